"""The API of activities for who organises them: draft, change, announce, cancel, roster."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from server.activities import queries, service
from server.activities.describing import describe, describe_standing
from server.activities.routes import ACTIVITY
from server.activities.rules import ORGANISER_ROLES
from server.activities.schemas import (
    ActivitySchema,
    CancellationInput,
    CandidateListSchema,
    CandidateQuery,
    ChangeInput,
    DraftInput,
    OrganisablePageSchema,
    ParticipantInput,
    ParticipationSchema,
    SearchQuery,
    content_of,
)
from server.core import clock
from server.core.access import current_actor, requires
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.transaction import commits
from server.identity import queries as identity

organising = APIBlueprint("organising", __name__, url_prefix="/api/v1")


def _described(activity: queries.Activity) -> dict[str, Any]:
    return describe(activity, queries.reader_of(current_actor()), clock.now())


@organising.get("/organisable")
@requires(*ORGANISER_ROLES)
@limited("read")
@organising.input(SearchQuery, location="query")
@organising.output(OrganisablePageSchema)
@organising.doc(responses=refusals(401, 403))
def organisable(query_data: dict[str, Any]) -> dict[str, Any]:
    """List the organisations that the caller may organise for."""
    found = queries.organisable(current_actor(), **query_data)
    return {"items": found.items, "next_cursor": found.next_cursor}


@organising.post("/activities")
@requires(*ORGANISER_ROLES)
@limited("write")
@organising.input(DraftInput)
@organising.output(ActivitySchema, 201)
@organising.doc(responses=refusals(401, 403, 404, 409))
@commits
def draft(json_data: dict[str, Any]) -> dict[str, Any]:
    """Start a draft that only its organisers see."""
    activity = service.draft_activity(
        content_of(json_data),
        planned_id=json_data["planned"],
        actor=current_actor(),
        now=clock.now(),
    )
    return _described(activity)


@organising.put(ACTIVITY)
@requires(*ORGANISER_ROLES)
@limited("write")
@organising.input(ChangeInput)
@organising.output(ActivitySchema)
@organising.doc(responses=refusals(401, 403, 404, 409))
@commits
def change(activity_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Change an activity; a new time or place is told to all who joined or wait."""
    activity = service.change_activity(
        activity_id,
        content_of(json_data),
        revision=json_data["revision"],
        actor=current_actor(),
        now=clock.now(),
    )
    return _described(activity)


@organising.post(ACTIVITY + "/announcement")
@requires(*ORGANISER_ROLES)
@limited("write")
@organising.output(ActivitySchema)
@organising.doc(responses=refusals(401, 403, 404, 409))
@commits
def announce(activity_id: int) -> dict[str, Any]:
    """Show a draft to those it is for and open joining."""
    return _described(service.announce(activity_id, actor=current_actor(), now=clock.now()))


@organising.post(ACTIVITY + "/cancellation")
@requires(*ORGANISER_ROLES)
@limited("write")
@organising.input(CancellationInput)
@organising.output(ActivitySchema)
@organising.doc(responses=refusals(401, 403, 404, 409))
@commits
def cancel(activity_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Cancel an activity and tell all who joined or wait why."""
    activity = service.cancel(
        activity_id, json_data["reason"], actor=current_actor(), now=clock.now()
    )
    return _described(activity)


@organising.get(ACTIVITY + "/candidates")
@requires(*ORGANISER_ROLES)
@limited("read")
@organising.input(CandidateQuery, location="query")
@organising.output(CandidateListSchema)
@organising.doc(responses=refusals(401, 403, 404))
def list_candidates(activity_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """Find persons within the caller's reach, and those that partners lend by agreement.

    Who takes part already is left out; twenty at most.
    """
    found = queries.candidates(_managed(activity_id), query_data["q"], current_actor())
    names = identity.organisation_names({row.branch_id for row in found})
    return {
        "items": [
            {
                "id": row.id,
                "name": row.name,
                "branch": {"id": row.branch_id, "name": names[row.branch_id]},
            }
            for row in found
        ]
    }


def _managed(activity_id: int) -> queries.Activity:
    activity = queries.activity(activity_id)
    if not queries.may_manage(activity, current_actor()):
        if activity.announced_at is None:
            raise Refusal("activity_unknown", 404)
        raise Refusal("not_allowed", 403)
    return activity


@organising.post(ACTIVITY + "/participants")
@requires(*ORGANISER_ROLES)
@limited("write")
@organising.input(ParticipantInput)
@organising.output(ParticipationSchema, 201)
@organising.doc(responses=refusals(401, 403, 404, 409))
@commits
def add(activity_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Give a person a place on the organiser's word; refused where all are taken."""
    person_id: UUID = json_data["person"]
    service.add_participant(activity_id, person_id, current_actor(), clock.now())
    return describe_standing(activity_id, person_id)


@organising.delete(ACTIVITY + "/participants/<uuid:person_id>")
@requires(*ORGANISER_ROLES)
@limited("write")
@organising.output(ParticipationSchema)
@organising.doc(responses=refusals(401, 403, 404, 409))
@commits
def remove(activity_id: int, person_id: UUID) -> dict[str, Any]:
    """Take a person out; the next one who waits moves up."""
    service.remove_participant(activity_id, person_id, current_actor(), clock.now())
    return describe_standing(activity_id, person_id)
