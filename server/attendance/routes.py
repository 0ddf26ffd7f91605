"""The API of check-in (打卡): the member's, its peers', and the organiser's."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from server.activities import queries as activities
from server.activities.rules import ORGANISER_ROLES
from server.attendance import keys, queries, service
from server.attendance.answers import Answer, answer
from server.attendance.rules import DOUBT_LABELS, PRESENCE_LABELS, STEP_SECONDS, Phase
from server.attendance.schemas import (
    CheckInInput,
    CodeKeySchema,
    ConfirmationInput,
    ConfirmedSchema,
    DecisionInput,
    MyCheckInSchema,
    OverviewSchema,
    OwnStandingSchema,
    ProofInput,
    StandingSchema,
    claim_of,
    confirmation_of,
)
from server.core import clock
from server.core.access import Role, current_actor, requires, signed_in, signed_in_member
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.transaction import commits, transaction

attendance = APIBlueprint("attendance", __name__, url_prefix="/api/v1")
ACTIVITY = "/activities/<int:activity_id>"


def _standing(found: Answer) -> dict[str, Any]:
    label = PRESENCE_LABELS[found.presence] if found.presence else None
    return {**vars(found), "presence_label": label}


@attendance.get(ACTIVITY + "/check-in")
@signed_in
@limited("read")
@attendance.output(MyCheckInSchema)
@attendance.doc(responses=refusals(401, 403, 404))
def my_check_in(activity_id: int) -> dict[str, Any]:
    """Show where one stands, and give the phone the key of its own ticket."""
    case = queries.my_check_in(activity_id, signed_in_member())
    activity = activities.activity(activity_id)
    ticket = None
    if case.ticket is not None:
        key = keys.of_ticket(activity_id, case.ticket)
        ticket = {"id": case.ticket.hex(), "key": key.hex()}
    return {
        "activity": activity,
        "my": _standing(answer(case, Phase.IN)),
        "ticket": ticket,
        "server_time": clock.now(),
    }


@attendance.post(ACTIVITY + "/check-ins")
@signed_in
@limited("check_in")
@attendance.input(CheckInInput)
@attendance.output(OwnStandingSchema)
@attendance.doc(responses=refusals(401, 403, 404, 409))
def check_in(activity_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Check in or out by code, place or photo. The same again gets the same answer."""
    claim, member, now = claim_of(json_data), signed_in_member(), clock.now()
    found = service.check_in_at_once(activity_id, claim, member_id=member, now=now)
    if found is None:
        with transaction():
            found = service.check_in(activity_id, claim, member_id=member, now=now)
    return _standing(found)


@attendance.post(ACTIVITY + "/proofs")
@signed_in
@limited("check_in")
@attendance.input(ProofInput)
@attendance.output(OwnStandingSchema)
@attendance.doc(responses=refusals(401, 403, 404, 409))
@commits
def proof(activity_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Deliver what two phones agreed on without network; which of them comes first stores it."""
    return _standing(
        service.deliver_proof(
            activity_id, json_data["proof"], actor=current_actor(), now=clock.now()
        )
    )


@attendance.post(ACTIVITY + "/confirmations")
@signed_in
@limited("check_in")
@attendance.input(ConfirmationInput)
@attendance.output(ConfirmedSchema)
@attendance.doc(responses=refusals(401, 403, 404, 409))
@commits
def confirm(activity_id: int, json_data: dict[str, Any]) -> Any:
    """Confirm that a peer is there; the confirmer must be present himself."""
    return service.confirm(
        activity_id, confirmation_of(json_data), member_id=signed_in_member(), now=clock.now()
    )


# The organiser's


def _require_manager(activity_id: int) -> None:
    if not activities.may_manage(activities.activity(activity_id), current_actor()):
        raise Refusal("not_allowed", 403)


@attendance.get(ACTIVITY + "/code-key")
@requires(*ORGANISER_ROLES)
@limited("read")
@attendance.output(CodeKeySchema)
@attendance.doc(responses=refusals(401, 403, 404))
def code_key(activity_id: int) -> dict[str, Any]:
    """Give an organiser's phone the activity's key, so that it works without network."""
    _require_manager(activity_id)
    return {
        "key": queries.code_key(activity_id).hex(),
        "server_time": clock.now(),
        "step_seconds": STEP_SECONDS,
    }


@attendance.get(ACTIVITY + "/attendance")
@requires(*ORGANISER_ROLES)
@limited("read")
@attendance.output(OverviewSchema)
@attendance.doc(responses=refusals(401, 403, 404))
def overview(activity_id: int) -> dict[str, Any]:
    """Show who came and what is asked, in the order of turn."""
    _require_manager(activity_id)
    found = queries.overview(activity_id)
    return {
        "counts": found.counts,
        "items": [
            {**vars(item), "doubt_labels": [DOUBT_LABELS[doubt] for doubt in item.doubts]}
            for item in found.items
        ],
    }


@attendance.get(ACTIVITY + "/check-in-pictures/<uuid:picture_id>")
@requires(*ORGANISER_ROLES)
@limited("read")
@attendance.doc(responses=refusals(401, 403, 404))
def picture(activity_id: int, picture_id: UUID) -> Response:
    """Show a photo that somebody checked in with, to the organisers alone."""
    return Response(
        queries.check_in_picture(activity_id, picture_id, current_actor()),
        mimetype="image/jpeg",
        headers={"Cache-Control": "private, no-store"},
    )


@attendance.post(ACTIVITY + "/attendance/<uuid:person_id>/decision")
@requires(*ORGANISER_ROLES, Role.OFFICE)
@limited("write")
@attendance.input(DecisionInput)
@attendance.output(StandingSchema)
@attendance.doc(responses=refusals(401, 403, 404, 409))
@commits
def decide(activity_id: int, person_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Say yes or no to a question, or confirm somebody by hand."""
    return _standing(
        service.decide(
            activity_id,
            person_id,
            present=json_data["present"],
            phase=Phase(json_data["phase"]),
            actor=current_actor(),
            now=clock.now(),
        )
    )
