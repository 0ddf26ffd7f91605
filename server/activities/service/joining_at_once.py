"""The common join: a bound person who has never touched an open activity.

When joining opens they all come at once, and everybody behind one waits for what is done under the
lock. So who may join is judged before it, and what is left, the lock, the turn and the row, is one
statement that is its own transaction (docs/locking.md). Everything else, every refusal included, is
for ``joining.join``.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from server.activities.rules import (
    TICKET_BYTES,
    ActivityState,
    Audience,
    Standing,
    is_for,
    refusal_of_joining,
)
from server.core.transaction import single_statement
from server.identity.rules import places_of

_READ = """
    SELECT activity.state, activity.join_until, activity.ends_at, activity.revision,
        activity.audience, activity.audience_groups, activity.organiser_id,
        ARRAY(
            SELECT organisation_id FROM activity_partner WHERE activity_id = activity.id
        ) AS partners,
        person.id AS person_id, person.branch_id, person.groups, organisation.path
    FROM activity
    JOIN person ON person.member_id = %(member)s AND person.active
    JOIN organisation ON organisation.id = person.branch_id
    WHERE activity.id = %(activity)s AND NOT EXISTS (
        SELECT FROM participation
        WHERE participation.activity_id = activity.id AND participation.person_id = person.id
    )
"""
# Rows are locked in the order in which they are named: the queue first, and only who has its turn
# holds the activity still. What has changed meanwhile is read anew when its lock is given, so an
# activity that was changed or cancelled since it was judged gives no row.
_ENTER = """
    WITH queue AS (
        SELECT places.activity_id, places.next_number AS number, places.capacity,
            places.capacity IS NULL OR places.taken < places.capacity AS has_room, places.taken
        FROM activity_places AS places
        JOIN activity ON activity.id = places.activity_id
        WHERE places.activity_id = %(activity)s AND activity.revision = %(revision)s
        FOR NO KEY UPDATE OF places
        FOR SHARE OF activity
    ),
    drawn AS (
        UPDATE activity_places SET next_number = queue.number + 1,
            taken = queue.taken + queue.has_room::int
        FROM queue WHERE activity_places.activity_id = queue.activity_id
        RETURNING queue.number, queue.has_room, activity_places.taken, activity_places.capacity
    ),
    entered AS (
        INSERT INTO participation (activity_id, person_id, branch_id, standing, number, ticket,
            by_organiser, joined_at, changed_at)
        SELECT %(activity)s, %(person)s, %(branch)s,
            CASE WHEN has_room THEN %(joined)s ELSE %(waiting)s END,
            number, %(ticket)s, false, %(now)s, %(now)s
        FROM drawn
        RETURNING standing
    )
    SELECT standing, number, taken, capacity FROM drawn, entered
"""
_AHEAD = """
    SELECT count(*) AS ahead FROM participation
    WHERE activity_id = %(activity)s AND standing = %(waiting)s AND number < %(number)s
"""


@dataclass(frozen=True)
class Turn:
    """What a join gave; ``ahead`` is how many wait before."""

    standing: Standing
    number: int
    ahead: int
    taken: int
    capacity: int | None


def join_at_once(activity_id: int, member_id: UUID, now: datetime) -> Turn | None:
    """Give the person of a phone a place or the next turn; None where it isn't the common case."""
    row = single_statement(_READ, {"activity": activity_id, "member": member_id})
    if row is None or not _may_join(row, now):
        return None
    values = {
        "activity": activity_id,
        "person": row["person_id"],
        "branch": row["branch_id"],
        "revision": row["revision"],
        "joined": Standing.JOINED.value,
        "waiting": Standing.WAITING.value,
        "ticket": secrets.token_bytes(TICKET_BYTES),
        "now": now,
    }
    try:
        entered = single_statement(_ENTER, values)
    except IntegrityError:
        # A second tap was faster: nothing of this one is left, its number neither.
        return None
    if entered is None:
        return None
    standing, number = Standing(entered["standing"]), entered["number"]
    ahead = _ahead(activity_id, number) if standing is Standing.WAITING else 0
    return Turn(standing, number, ahead, entered["taken"], entered["capacity"])


def _may_join(row: Mapping[str, Any], now: datetime) -> bool:
    state, audience = ActivityState(row["state"]), Audience(row["audience"])
    if refusal_of_joining(state, join_until=row["join_until"], ends_at=row["ends_at"], now=now):
        return False
    return is_for(
        audience,
        branch_places=places_of(row["path"]),
        groups=row["groups"],
        holders=[row["organiser_id"], *row["partners"]],
        audience_groups=row["audience_groups"],
    )


def _ahead(activity_id: int, number: int) -> int:
    """Count who waits before a number: after the lock, so that nobody waits for the counting."""
    values = {"activity": activity_id, "waiting": Standing.WAITING.value, "number": number}
    row = single_statement(_AHEAD, values)
    assert row is not None  # noqa: S101 a count is always there
    ahead: int = row["ahead"]
    return ahead
