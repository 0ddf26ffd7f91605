"""The API of what the phone's forms choose from: units, communities, likely duplicates."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from server.core.access import current_actor, signed_in
from server.core.apidocs import refusals
from server.core.limits import limited
from server.frontline import queries
from server.frontline.schemas import EntryListSchema, OrganisationListSchema, OrganisationQuery

choices = APIBlueprint("frontline_choices", __name__, url_prefix="/api/v1/frontline")


@choices.get("/units")
@signed_in
@limited("read")
@choices.input(OrganisationQuery, location="query")
@choices.output(OrganisationListSchema)
@choices.doc(responses=refusals(401))
def find_units(query_data: dict[str, Any]) -> dict[str, Any]:
    """Find organisations that may have sent people to the front."""
    return {"items": queries.units_like(query_data["q"], current_actor())}


@choices.get("/communities")
@signed_in
@limited("read")
@choices.input(OrganisationQuery, location="query")
@choices.output(OrganisationListSchema)
@choices.doc(responses=refusals(401))
def find_communities(query_data: dict[str, Any]) -> dict[str, Any]:
    """Find communities and villages."""
    return {"items": queries.communities_like(query_data["q"], current_actor())}


@choices.get("/entries/<uuid:entry_id>/duplicates")
@signed_in
@limited("read")
@choices.output(EntryListSchema)
@choices.doc(responses=refusals(401, 404))
def find_duplicates(entry_id: UUID) -> dict[str, Any]:
    """Suggest to an entry's reviewer what it may be a duplicate of; to others nothing."""
    actor = current_actor()
    queries.shown_entry(entry_id, actor)
    return {"items": [one.entry for one in queries.likely_duplicates(entry_id, actor)]}
