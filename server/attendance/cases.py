"""One person and one activity: what was asked, what was shown, where that leaves the person.

Check-ins come by the hundred within seconds, so reading is one statement of plain SQL, which names
the tables of the domains below (docs/benchmark.md tells what was measured).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from server.activities.rules import ORGANISER_ROLES, ActivityState, EvidenceKind
from server.activities.rules import Standing as Joined
from server.attendance.rules import Asked, Doubt, Outcome, Phase, Presence, Shown, Stand
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import single_statement

# Who may manage an activity is given its key, and could sign any code of his own.
_HOLDS_KEY = f"""
    EXISTS (
        SELECT FROM role_grant
        JOIN organisation AS reached ON reached.id = role_grant.organisation_id
        JOIN organisation AS organiser ON organiser.id = activity.organiser_id
        WHERE role_grant.member_id = person.member_id
            AND role_grant.role IN ({", ".join(f"'{role.value}'" for role in ORGANISER_ROLES)})
            AND starts_with(organiser.path, reached.path)
    ) AS holds_key
"""
_READ = """
    SELECT activity.state, activity.announced_at, activity.starts_at, activity.ends_at,
        activity.evidence, activity.evidence_needed, activity.check_out,
        person.id AS person_id, person.branch_id, participation.standing, participation.ticket,
        {holds_key},
        attendance.presence, attendance.came_at, attendance.left_at,
        attendance.decided_by, attendance.decided_at, attendance.changed_at,
        evidence.id, evidence.kind, evidence.phase, evidence.outcome, evidence.doubt,
        evidence.happened_at, evidence.given_by, evidence.nonce
    FROM activity
    LEFT JOIN person ON {person}
    LEFT JOIN participation ON participation.activity_id = activity.id
        AND participation.person_id = person.id
    LEFT JOIN attendance ON attendance.activity_id = activity.id
        AND attendance.person_id = person.id
    LEFT JOIN evidence ON evidence.activity_id = activity.id
        AND evidence.person_id = person.id
    WHERE activity.id = %(activity)s
    ORDER BY evidence.received_at, evidence.id
"""
_OF_MEMBER = _READ.format(
    person="person.member_id = %(who)s AND person.active", holds_key=_HOLDS_KEY
)
# What somebody did before he left his branch is asked about and answered all the same.
_OF_PERSON = _READ.format(person="person.id = %(who)s", holds_key=_HOLDS_KEY)
_OF_TICKET = _READ.format(
    person="person.id = (SELECT person_id FROM participation"
    " WHERE ticket = %(who)s AND activity_id = %(activity)s)",
    holds_key=_HOLDS_KEY,
)

_UNTOUCHED = f"""
    SELECT activity.state, activity.announced_at, activity.starts_at, activity.ends_at,
        activity.evidence, activity.evidence_needed, activity.check_out,
        person.id AS person_id, person.branch_id, participation.standing, participation.ticket,
        {_HOLDS_KEY}
    FROM activity
    JOIN person ON person.member_id = %(who)s AND person.active
    JOIN participation ON participation.activity_id = activity.id
        AND participation.person_id = person.id
    WHERE activity.id = %(activity)s AND NOT EXISTS (
        SELECT FROM attendance
        WHERE attendance.activity_id = activity.id AND attendance.person_id = person.id
    )
"""  # noqa: S608 made of constants

# Who holds a place, or was taken in by the organiser's word.
TAKING_PART = frozenset({Joined.JOINED, Joined.WALK_IN})


@dataclass(frozen=True)
class Case:
    """A person and an activity, with all that was shown so far, oldest first."""

    activity_id: int
    state: ActivityState
    asked: Asked
    person_id: UUID
    branch_id: int
    joined: Joined | None
    ticket: bytes | None
    holds_key: bool = False
    stand: Stand | None = None
    shown: tuple[Shown, ...] = ()
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    version: datetime | None = None

    @property
    def presence(self) -> Presence | None:
        """Where the person stands, or None where nothing was shown yet."""
        return self.stand.presence if self.stand else None

    @property
    def decided(self) -> Presence | None:
        """The organiser's word, where there is one."""
        return self.presence if self.decided_at else None

    @property
    def takes_part(self) -> bool:
        """Whether the person holds a place or is a walk-in."""
        return self.joined in TAKING_PART

    def doubt_of(self, kind: EvidenceKind, doubt: Doubt | None) -> Doubt | None:
        """Return what is doubtful; who somebody is, is asked where nothing else is."""
        if doubt is not None:
            return doubt
        if kind is EvidenceKind.CODE and self.holds_key:
            return Doubt.OWN_CODE
        return None if self.takes_part else Doubt.NOT_JOINED


def of_member(activity_id: int, member_id: UUID) -> Case:
    """Read the case of the person that a phone is bound to; refuse with 404 or 403."""
    return _read(_OF_MEMBER, activity_id, member_id, Refusal("person_not_bound", 403))


def of_person(activity_id: int, person_id: UUID) -> Case:
    """Read the case of a person; refuse with 404."""
    return _read(_OF_PERSON, activity_id, person_id, Refusal("person_unknown", 404))


def of_ticket(activity_id: int, ticket: bytes) -> Case:
    """Read the case of who holds a ticket; refuse with 422 where nobody does."""
    return _read(_OF_TICKET, activity_id, ticket, Refusal("ticket_unknown", 422))


def run(statement: str, values: Mapping[str, Any]) -> list[Any]:
    """Run a statement in the session's transaction, past the ORM, and return its rows."""
    result = db.session.connection().exec_driver_sql(statement, dict(values))
    return list(result) if result.returns_rows else []


def _read(statement: str, activity_id: int, who: object, nobody: Refusal) -> Case:
    rows = run(statement, {"activity": activity_id, "who": who})
    if not rows or rows[0].announced_at is None:
        raise Refusal("activity_unknown", 404)
    first = rows[0]
    if first.person_id is None:
        raise nobody
    bare = _bare(activity_id, first._mapping)  # noqa: SLF001 SQLAlchemy's public name for it
    if not first.presence:
        return bare
    return replace(
        bare,
        stand=Stand(Presence(first.presence), first.came_at, first.left_at),
        shown=tuple(_shown(row) for row in rows if row.id is not None),
        decided_by=first.decided_by,
        decided_at=first.decided_at,
        version=first.changed_at,
    )


def untouched(activity_id: int, member_id: UUID) -> Case | None:
    """Read the case of a participant of whom nothing was shown yet, or return None.

    Outside any transaction, with plans that don't grow with what is stored (core/transaction.py).
    """
    row = single_statement(_UNTOUCHED, {"activity": activity_id, "who": member_id})
    if row is None or row["announced_at"] is None:
        return None
    return _bare(activity_id, row)


def _bare(activity_id: int, row: Mapping[str, Any]) -> Case:
    """Return a case without what was shown."""
    return Case(
        activity_id=activity_id,
        state=ActivityState(row["state"]),
        asked=Asked(
            evidence=frozenset(map(EvidenceKind, row["evidence"])),
            needed=row["evidence_needed"],
            check_out=row["check_out"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
        ),
        person_id=row["person_id"],
        branch_id=row["branch_id"],
        joined=Joined(row["standing"]) if row["standing"] else None,
        ticket=row["ticket"],
        holds_key=row["holds_key"],
    )


def _shown(row: Any) -> Shown:
    return Shown(
        id=row.id,
        kind=EvidenceKind(row.kind),
        phase=Phase(row.phase),
        outcome=Outcome(row.outcome),
        doubt=Doubt(row.doubt) if row.doubt else None,
        happened_at=row.happened_at,
        given_by=row.given_by,
        nonce=row.nonce,
    )
