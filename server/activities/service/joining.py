"""Joining and leaving: who comes first has the place, and the list moves up.

Everything that changes who takes part locks the activity's ``activity_places`` row first; the
order in which that lock is given is the order of turn (docs/locking.md).
"""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.activities import queries
from server.activities.models import Activity, ActivityPlaces, Participation
from server.activities.rules import (
    QUEUED,
    TAKING_PART,
    TICKET_BYTES,
    ActivityState,
    Audience,
    Standing,
    is_for,
    moves_up,
    refusal_of_joining,
    refusal_of_taking_part,
)
from server.activities.service.presence import is_present
from server.activities.service.telling import moment, tell
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries as identity
from server.identity.rules import places_of
from server.membership import queries as membership
from server.notifications.rules import NoticeKind


def join(activity_id: int, person_id: UUID, now: datetime) -> Participation:
    """Give a person a place, or the next turn on the waiting list.

    Repeating changes nothing, at whatever time. Who left and joins again goes to the end.
    """
    activity, places = queries.lock_places(activity_id)
    mine = queries.participation(activity_id, person_id)
    if mine is not None and mine.standing in TAKING_PART:
        return mine
    refusal = refusal_of_joining(
        ActivityState(activity.state),
        join_until=activity.join_until,
        ends_at=activity.ends_at,
        now=now,
    )
    if refusal:
        raise Refusal(refusal, 409)
    if mine is not None and mine.standing == Standing.REMOVED:
        raise Refusal("activity_removed_from", 403)
    require_meant(activity, membership.person(person_id))
    standing = Standing.JOINED if has_room(places) else Standing.WAITING
    return enter(activity, places, person_id, mine, standing, now=now)


def leave(activity_id: int, person_id: UUID, now: datetime) -> Participation:
    """Give a place or turn back, until the activity starts; the next one who waits moves up.

    Leaving twice changes nothing. After the start attendance speaks, so leaving is refused; to who
    has checked in before it, as well.
    """
    activity, places = queries.lock_places(activity_id)
    mine = queries.participation(activity_id, person_id)
    if mine is None:
        raise Refusal("not_joined", 404)
    if mine.standing not in QUEUED:
        return mine
    if activity.state == ActivityState.CANCELLED:
        raise Refusal("activity_cancelled", 409)
    if now >= activity.starts_at:
        raise Refusal("activity_started", 409)
    if is_present(activity_id, person_id):
        raise Refusal("present_already", 409)
    take_out(activity, places, mine, Standing.LEFT, now=now)
    return mine


def walk_in(activity_id: int, person_id: UUID, now: datetime) -> Participation:
    """Note that somebody was there who holds no place; it takes none: never refused for want.

    That is the organiser's word and comes once the activity has begun: until then whoever waits
    keeps the turn. Who holds a place keeps it.
    """
    activity, places = queries.lock_places(activity_id)
    mine = queries.participation(activity_id, person_id)
    if mine is not None and mine.standing in {Standing.JOINED, Standing.WALK_IN}:
        return mine
    if activity.state != ActivityState.ANNOUNCED:
        code = refusal_of_taking_part(
            ActivityState(activity.state), ends_at=activity.ends_at, now=now
        )
        raise Refusal(code or "activity_not_announced", 409)
    if now < activity.starts_at:
        raise Refusal("walk_in_not_begun", 409)
    if mine is not None and mine.standing == Standing.WAITING:
        mine.standing, mine.changed_at = Standing.WALK_IN.value, now
        return mine
    return enter(activity, places, person_id, mine, Standing.WALK_IN, now=now)


def walk_out(activity_id: int, person_id: UUID, now: datetime) -> None:
    """Take a walk-in back, on the organiser's word that nobody came; others stay as they are."""
    queries.lock_places(activity_id)
    mine = queries.participation(activity_id, person_id)
    if mine is not None and mine.standing == Standing.WALK_IN:
        mine.standing, mine.changed_at = Standing.LEFT.value, now
        db.session.flush()


# Steps that the organiser's acts share; their callers hold the lock


def has_room(places: ActivityPlaces) -> bool:
    """Tell whether a place is free."""
    return places.capacity is None or places.taken < places.capacity


def require_meant(activity: Activity, person: membership.Person) -> None:
    """Refuse a person that an activity is not for."""
    if not is_meant(activity, person):
        raise Refusal("activity_not_for_you", 403)


def is_meant(activity: Activity, person: membership.Person) -> bool:
    """Tell whether an activity is for a person, where it stands now."""
    if not person.active or activity.audience == Audience.EVERYONE:
        return person.active  # two questions less while others queue for the lock
    branch = identity.organisation(person.branch_id)
    return is_for(
        Audience(activity.audience),
        branch_places=places_of(branch.path),
        groups=person.groups,
        holders=queries.holder_ids(activity),
        audience_groups=activity.audience_groups,
    )


def enter(
    activity: Activity,
    places: ActivityPlaces,
    person_id: UUID,
    mine: Participation | None,
    standing: Standing,
    *,
    by_organiser: bool = False,
    now: datetime,
) -> Participation:
    """Take a person in with the next turn."""
    branch_id = membership.person(person_id).branch_id
    if mine is None:
        mine = Participation(
            activity_id=activity.id,
            person_id=person_id,
            ticket=secrets.token_bytes(TICKET_BYTES),
        )
        db.session.add(mine)
    mine.branch_id = branch_id
    mine.standing = standing.value
    mine.number = places.next_number
    mine.by_organiser = by_organiser
    mine.joined_at = mine.changed_at = now
    places.next_number += 1
    if standing is Standing.JOINED:
        places.taken += 1
    db.session.flush()
    return mine


def take_out(
    activity: Activity,
    places: ActivityPlaces,
    mine: Participation,
    standing: Standing,
    *,
    now: datetime,
) -> None:
    """Take a person out; a place that gets free goes to the next who waits."""
    held_place = mine.standing == Standing.JOINED
    mine.standing, mine.changed_at = standing.value, now
    if held_place:
        places.taken -= 1
        db.session.flush()
        move_up(activity, places, now=now)


def move_up(activity: Activity, places: ActivityPlaces, *, now: datetime) -> list[Participation]:
    """Give free places to those who wait, in their turn, and tell them; return whom."""
    open_still = moves_up(starts_at=activity.starts_at, join_until=activity.join_until, now=now)
    if activity.state != ActivityState.ANNOUNCED or not open_still or not has_room(places):
        return []
    free = None if places.capacity is None else places.capacity - places.taken
    following = db.session.scalars(
        select(Participation)
        .where(
            Participation.activity_id == activity.id,
            Participation.standing == Standing.WAITING.value,
        )
        .order_by(Participation.number)
        .limit(free)
    ).all()
    for row in following:
        row.standing, row.changed_at = Standing.JOINED.value, now
    places.taken += len(following)
    db.session.flush()
    if following:
        tell(
            activity,
            [row.person_id for row in following],
            NoticeKind.PLACE_GIVEN,
            # A turn moves up once, so no later group has the same first and last.
            occasion=f"turns-{following[0].number}-{following[-1].number}",
            body=f"您已候补成功，{moment(activity.starts_at)} 在{activity.place}。"
            "不能参加请及时取消。",
            now=now,
        )
    return list(following)
