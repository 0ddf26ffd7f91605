"""What the organiser does with the roster: last-minute additions, and removals."""

from datetime import datetime
from uuid import UUID

from server.activities import queries
from server.activities.models import Activity, Participation
from server.activities.rules import (
    QUEUED,
    TAKING_PART,
    ActivityState,
    Standing,
    refusal_of_taking_part,
)
from server.activities.service.authority import require_manager
from server.activities.service.joining import enter, has_room, take_out
from server.activities.service.presence import is_present
from server.activities.service.telling import moment, tell
from server.audit import service as audit
from server.core.access import Actor
from server.core.errors import Refusal
from server.membership import queries as membership
from server.notifications.rules import NoticeKind


def add_participant(
    activity_id: int, person_id: UUID, actor: Actor, now: datetime
) -> Participation:
    """Give a person a place on the organiser's word, after the end of joining too.

    Where all places are taken it is refused: the organiser raises the capacity first, so that
    nobody is added past those who wait unseen.
    """
    activity, places = queries.lock_places(activity_id)
    require_manager(activity, actor)
    state = ActivityState(activity.state)
    if refusal := refusal_of_taking_part(state, ends_at=activity.ends_at, now=now):
        raise Refusal(refusal, 409)
    mine = queries.participation(activity_id, person_id)
    if mine is not None and mine.standing in {Standing.JOINED, Standing.WALK_IN}:
        return mine
    _require_candidate(activity, person_id, actor)
    if not has_room(places):
        raise Refusal("activity_full", 409)
    if mine is not None and mine.standing == Standing.WAITING:
        mine.standing, mine.by_organiser, mine.changed_at = Standing.JOINED.value, True, now
        places.taken += 1
    else:
        mine = enter(activity, places, person_id, mine, Standing.JOINED, by_organiser=True, now=now)
    tell(
        activity,
        [person_id],
        NoticeKind.ADDED,
        occasion=f"added-{mine.number}",
        body=f"组织者已为您报名，{moment(activity.starts_at)} 在{activity.place}。",
        now=now,
    )
    audit.record(
        actor,
        "activity.participant_added",
        ("activity", activity_id),
        at=now,
        person=str(person_id),
    )
    return mine


def _require_candidate(activity: Activity, person_id: UUID, actor: Actor) -> None:
    """Refuse whom the actor could not find among the candidates."""
    if not queries.may_add(activity, membership.person(person_id), actor):
        raise Refusal("person_no_candidate", 422, field="person")


def remove_participant(
    activity_id: int, person_id: UUID, actor: Actor, now: datetime
) -> Participation:
    """Take a person out; it can't join again by itself. Removing twice changes nothing."""
    activity, places = queries.lock_places(activity_id)
    require_manager(activity, actor)
    mine = queries.participation(activity_id, person_id)
    if mine is None or (mine.standing not in TAKING_PART and mine.standing != Standing.REMOVED):
        raise Refusal("participant_unknown", 404)
    if mine.standing == Standing.REMOVED:
        return mine
    if activity.state == ActivityState.CANCELLED:
        raise Refusal("activity_cancelled", 409)
    came = mine.standing not in QUEUED or is_present(activity_id, person_id)
    if came or now >= activity.ends_at:
        raise Refusal("participant_came", 409)
    take_out(activity, places, mine, Standing.REMOVED, now=now)
    tell(
        activity,
        [person_id],
        NoticeKind.ACTIVITY_CHANGED,
        occasion=f"removed-{mine.number}",
        body="组织者已取消您的报名，如有疑问请联系组织者。",
        now=now,
    )
    audit.record(
        actor,
        "activity.participant_removed",
        ("activity", activity_id),
        at=now,
        person=str(person_id),
    )
    return mine
