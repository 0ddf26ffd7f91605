"""The API of what an organiser's form chooses from: partners, and agreements in force."""

from typing import Any

from apiflask import APIBlueprint

from server.activities import queries
from server.activities.rules import ORGANISER_ROLES
from server.activities.schemas import (
    AgreementListSchema,
    AgreementQuery,
    CandidateQuery,
    PartnerListSchema,
)
from server.core.access import current_actor, requires
from server.core.apidocs import refusals
from server.core.limits import limited
from server.identity import queries as identity

activity_choices = APIBlueprint("activity_choices", __name__, url_prefix="/api/v1")


@activity_choices.get("/activities/partners")
@requires(*ORGANISER_ROLES)
@limited("read")
@activity_choices.input(CandidateQuery, location="query")
@activity_choices.output(PartnerListSchema)
@activity_choices.doc(responses=refusals(401, 403))
def find_partners(query_data: dict[str, Any]) -> dict[str, Any]:
    """Find units that can be a partner; the first few by pinyin."""
    return {"items": queries.partners_like(query_data["q"])}


@activity_choices.get("/agreements")
@requires(*ORGANISER_ROLES)
@limited("read")
@activity_choices.input(AgreementQuery, location="query")
@activity_choices.output(AgreementListSchema)
@activity_choices.doc(responses=refusals(401, 403, 404))
def list_agreements(query_data: dict[str, Any]) -> dict[str, Any]:
    """List the agreements in force of an organisation that the caller may organise for."""
    organiser = identity.organisation(query_data["organiser"])
    current_actor().require(organiser.path, *ORGANISER_ROLES)
    return {"items": queries.agreements_in_force(organiser.id)}
