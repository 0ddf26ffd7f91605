"""The API of an official's own phone: linked to the account at the desk, and its sessions."""

from typing import Any

from apiflask import APIBlueprint

from server.core import clock
from server.core.access import ROLE_LABELS, Grant, signed_in, signed_in_member
from server.core.apidocs import refusals
from server.core.limits import limited
from server.core.transaction import commits
from server.identity import queries as identity
from server.identity import service as accounts
from server.identity.rules import DELEGABLE
from server.notifications import service
from server.notifications.schemas import DeskLinkInput, DeskLinkSchema, DeskSessionSchema

desk_phone = APIBlueprint("desk_phone", __name__, url_prefix="/api/v1/me")


@desk_phone.get("/desk-link")
@signed_in
@limited("read")
@desk_phone.output(DeskLinkSchema)
@desk_phone.doc(responses=refusals(401))
def show_link() -> dict[str, Any]:
    """Tell whether this member's phone is linked to an account, and to whose."""
    account = identity.account_of_phone(signed_in_member())
    return {"linked": account is not None, "name": account.display_name if account else ""}


@desk_phone.post("/desk-link")
@signed_in
@limited("guess")
@desk_phone.input(DeskLinkInput)
@desk_phone.output(DeskLinkSchema, 201)
@desk_phone.doc(responses=refusals(401, 404, 409))
@commits
def link(json_data: dict[str, Any]) -> dict[str, Any]:
    """Link this phone to the account that shows the code; the code serves once."""
    before = identity.account_of_phone(signed_in_member())
    account = accounts.link_phone(json_data["code"], signed_in_member(), now=clock.now())
    if before is None:
        # What an account told this phone before is not the new one's to read.
        service.forget_phone(signed_in_member())
    return {"linked": True, "name": account.display_name}


@desk_phone.delete("/desk-link")
@signed_in
@limited("write")
@desk_phone.output({}, 204)
@desk_phone.doc(responses=refusals(401))
@commits
def unlink() -> str:
    """Unlink this phone; its tokens are worth nothing at once."""
    accounts.unlink_this_phone(signed_in_member(), now=clock.now())
    service.forget_phone(signed_in_member())
    return ""


@desk_phone.post("/desk-sessions")
@signed_in
@limited("sign_in")
@desk_phone.output(DeskSessionSchema, 201)
@desk_phone.doc(responses=refusals(401, 403, 404))
@commits
def begin_session() -> dict[str, Any]:
    """Trade the link for a short-lived token of the account, for the desk's everyday steps."""
    token, seconds, account = accounts.begin_desk_session(signed_in_member(), now=clock.now())
    return {
        "token": token,
        "expires_in": seconds,
        "name": account.display_name,
        "roles": _roles(identity.access_grants(account_id=account.id)),
    }


def _roles(grants: tuple[Grant, ...]) -> list[dict[str, str]]:
    usable = [grant for grant in grants if grant.role in DELEGABLE]
    places = identity.organisation_names(grant.organisation_id for grant in usable)
    lenders = identity.account_names({one.lent_by for one in usable if one.lent_by is not None})
    return [
        {
            "role": grant.role.value,
            "role_label": ROLE_LABELS[grant.role],
            "organisation": places[grant.organisation_id],
            "in_stead_of": lenders.get(grant.lent_by, "") if grant.lent_by else "",
        }
        for grant in usable
    ]
