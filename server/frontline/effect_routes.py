"""The API of effects: links, what a code asks about, ratings, what may be told of them."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from server.core import clock, crockford
from server.core.access import anyone, current_actor, current_member_id, signed_in
from server.core.apidocs import refusals
from server.core.limits import limited
from server.core.transaction import commits
from server.frontline import queries, service
from server.frontline.effect_schemas import (
    EffectInput,
    EffectSceneInput,
    EffectSchema,
    LinksInput,
    LinksSchema,
    RatedSchema,
    ThanksSchema,
)
from server.frontline.rules import THANKS, LinkKind

effects = APIBlueprint("effects", __name__, url_prefix="/api/v1")
ENTRY = "/frontline/entries/<uuid:entry_id>"


@effects.get(ENTRY + "/effect")
@signed_in
@limited("read")
@effects.output(EffectSchema)
@effects.doc(responses=refusals(401, 404))
def show_effect(entry_id: UUID) -> dict[str, Any]:
    """Show how an entry's effect was rated, from the smallest group on, a day later."""
    actor = current_actor()
    found = queries.effect_of_entry(entry_id, actor, today=clock.today())
    spread = found.distribution
    return {
        "count": found.count,
        "withheld": found.withheld,
        "distribution": None if spread is None else {str(key): spread[key] for key in spread},
        "smallest_group": queries.smallest_group(),
        "mine_may_share": queries.shown_entry(entry_id, actor).may_share,
    }


@effects.post(ENTRY + "/effect-links")
@signed_in
@limited("write")
@effects.input(LinksInput)
@effects.output(LinksSchema, 201)
@effects.doc(responses=refusals(401, 403, 404, 409, 410))
@commits
def make_links(entry_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Make the poster's code, or one-time codes, which are shown this once."""
    links = service.make_links(entry_id, **json_data, actor=current_actor(), now=clock.now())
    if links.kind is LinkKind.POSTER:
        (code,) = links.codes
        poster = {"scene": service.scene_of(code), "address": service.picture_address(code)}
        return {"poster": poster, "codes": [], "expires_on": links.expires_on}
    codes = [
        {"code": crockford.shown(code), "address": service.address_of(code)} for code in links.codes
    ]
    return {"poster": None, "codes": codes, "expires_on": links.expires_on}


@effects.post("/effects")
@anyone
@limited("effect")
@effects.input(EffectSceneInput)
@effects.output(RatedSchema)
@effects.doc(responses=refusals(404, 410))
def resolve(json_data: dict[str, Any]) -> dict[str, Any]:
    """Tell what a scanned code asks about; whether it was used is not told."""
    found = queries.rated_entry(json_data["scene"], today=clock.today())
    return {"entry": found, "expires_on": found.expires_on}


@effects.post("/effects/ratings")
@signed_in
@limited("effect")
@effects.input(EffectInput)
@effects.output(ThanksSchema, 201)
@effects.doc(responses=refusals(401, 404, 409, 410))
@commits
def rate(json_data: dict[str, Any]) -> dict[str, str]:
    """Rate the effect, once a person."""
    service.rate(**json_data, member_id=current_member_id(), now=clock.now())
    return {"message": THANKS}
