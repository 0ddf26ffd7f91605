"""The API of activities for who takes part: lists, a page, joining and leaving, calendar file."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from server.activities import queries, service
from server.activities.calendar_file import MEDIA_TYPE, calendar_answer
from server.activities.describing import describe, describe_all, describe_standing
from server.activities.schemas import (
    ActivityPageSchema,
    ActivityQuery,
    ActivitySchema,
    ParticipationSchema,
)
from server.core import clock
from server.core.access import current_actor, signed_in, signed_in_member
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.transaction import transaction
from server.membership import queries as membership

activities = APIBlueprint("activities", __name__, url_prefix="/api/v1")
ACTIVITY = "/activities/<int:activity_id>"


def _readable(activity_id: int) -> tuple[queries.Activity, queries.Reader]:
    reader = queries.reader_of(current_actor())
    activity = queries.activity(activity_id)
    if not queries.may_read(activity, reader):
        raise Refusal("activity_unknown", 404)
    return activity, reader


@activities.get("/activities")
@signed_in
@limited("read")
@activities.input(ActivityQuery, location="query")
@activities.output(ActivityPageSchema)
@activities.doc(responses=refusals(401, 403))
def list_activities(query_data: dict[str, Any]) -> dict[str, Any]:
    """List what the caller can join, has joined, or manages (drafts too)."""
    reader, now = queries.reader_of(current_actor()), clock.now()
    found = queries.reader_page(reader, query_data.pop("when"), **query_data, now=now)
    return {"items": describe_all(found.items, reader, now), "next_cursor": found.next_cursor}


@activities.get(ACTIVITY)
@signed_in
@limited("read")
@activities.output(ActivitySchema)
@activities.doc(responses=refusals(401, 403, 404))
def show(activity_id: int) -> dict[str, Any]:
    """Show an announced activity; drafts to their organisers alone."""
    activity, reader = _readable(activity_id)
    return describe(activity, reader, clock.now())


@activities.get(ACTIVITY + "/calendar.ics")
@signed_in
@limited("read")
@activities.doc(
    responses={
        200: {
            "description": "an iCalendar file (RFC 5545)",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        },
        **refusals(401, 403, 404),
    }
)
def calendar(activity_id: int) -> Response:
    """Give an activity as a calendar file; a newer one replaces it by UID and SEQUENCE."""
    activity, _ = _readable(activity_id)
    return calendar_answer(activity, clock.now())


@activities.post(ACTIVITY + "/participation")
@signed_in
@limited("write")
@activities.output(ParticipationSchema, 201)
@activities.doc(responses=refusals(401, 403, 404, 409))
def join(activity_id: int) -> dict[str, Any]:
    """Take a place, or the next turn on the waiting list. Repeating gets the same answer."""
    member_id, now = signed_in_member(), clock.now()
    turn = service.join_at_once(activity_id, member_id, now)
    if turn is not None:
        return asdict(turn)
    with transaction():
        person_id = membership.bound_person(member_id).id
        service.join(activity_id, person_id, now)
    return describe_standing(activity_id, person_id)


@activities.delete(ACTIVITY + "/participation")
@signed_in
@limited("write")
@activities.output(ParticipationSchema)
@activities.doc(responses=refusals(401, 403, 404, 409))
def leave(activity_id: int) -> dict[str, Any]:
    """Give the place or turn back before the start. Repeating changes nothing."""
    with transaction():
        person_id = membership.bound_person(signed_in_member()).id
        service.leave(activity_id, person_id, clock.now())
    return describe_standing(activity_id, person_id)
