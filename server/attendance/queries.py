"""Reading check-ins: one's own, an activity's, what is asked, and hours by unit.

Nothing here gives hours, counts or an order of persons: the law rules that out (domain.md), and
``tests/attendance/test_fixed_rules.py`` holds it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from server.activities import queries as activities
from server.activities.rules import (
    ORGANISER_ROLES,
    PEERS_NEEDED,
    EvidenceKind,
    Quarter,
    Standing,
)
from server.attendance import codes, keys
from server.attendance.cases import Case, of_member, run
from server.attendance.rules import (
    OFFICE_ANSWERS_AFTER,
    SMALLEST_GROUP,
    Doubt,
    Presence,
)
from server.core import crockford
from server.core.access import Actor, ActorKind, Role
from server.core.errors import Refusal
from server.core.rounding import half_up
from server.membership import queries as membership
from server.pictures import queries as pictures

LIST_CODE_LENGTH = 6
WHOLE_CODE_LENGTH = 12
MOST_QUESTIONS = 200


# One's own


def my_check_in(activity_id: int, member_id: UUID) -> Case:
    """Return where the person of a phone stands; refuse with 404, or 403 for an unbound phone."""
    return of_member(activity_id, member_id)


# Codes


def code_key(activity_id: int) -> bytes:
    """Return the key that an activity's organisers sign rotating codes and proofs with."""
    return keys.of_activity(activity_id)


def rotating_code(activity_id: int, now: datetime) -> str:
    """Return the code to be shown at this moment."""
    return codes.rotating_code(keys.of_activity(activity_id), activity_id, codes.step_of(now))


# An activity's people


@dataclass(frozen=True)
class Attendee:
    """A line of an activity's roster, for its organisers; it tells states and never times.

    ``number`` and ``standing`` are None for who checked in without having joined: a question.
    """

    person: UUID
    name: str
    branch: str
    number: int | None
    standing: Standing | None
    presence: Presence | None
    kinds: list[EvidenceKind]
    doubts: list[Doubt]
    marks: list[str]
    pictures: list[UUID]
    left: bool
    decided: bool


@dataclass(frozen=True)
class Overview:
    """An activity's people in the order of their turn, which is no order of merit."""

    counts: dict[str, int]
    items: list[Attendee]


_PEOPLE = """
    SELECT person.id AS person_id, participation.number, participation.standing,
        participation.ticket, organisation.name AS branch,
        attendance.presence, attendance.left_at IS NOT NULL AS left_already,
        attendance.decided_at IS NOT NULL AS decided
    FROM (SELECT * FROM participation WHERE activity_id = %(activity)s) AS participation
    FULL JOIN (SELECT * FROM attendance WHERE activity_id = %(activity)s) AS attendance
        ON attendance.person_id = participation.person_id
    JOIN person ON person.id = coalesce(participation.person_id, attendance.person_id)
    JOIN organisation ON organisation.id = person.branch_id
    WHERE participation.standing IN ('joined', 'walk_in') OR attendance.presence IS NOT NULL
    ORDER BY participation.number, person.id
"""
_PIECES = """
    SELECT person_id,
        array_agg(DISTINCT kind) FILTER (WHERE outcome = 'good' AND phase = 'in') AS kinds,
        count(DISTINCT given_by) FILTER (
            WHERE outcome = 'good' AND phase = 'in' AND kind = 'peers') AS peers,
        array_agg(DISTINCT doubt) FILTER (WHERE outcome = 'doubtful') AS doubts,
        bool_or(coarse) AS coarse, bool_or(mock) AS mock, bool_or(on_paper) AS on_paper,
        array_agg(picture_id) FILTER (WHERE picture_id IS NOT NULL) AS pictures
    FROM evidence WHERE activity_id = %(activity)s GROUP BY person_id
"""


def overview(activity_id: int) -> Overview:
    """Return who came, who is asked about and who is still awaited, with two statements."""
    values = {"activity": activity_id}
    people = run(_PEOPLE, values)
    pieces = {row.person_id: row for row in run(_PIECES, values)}
    names = membership.names(row.person_id for row in people)
    items = [_attendee(row, pieces.get(row.person_id), names[row.person_id]) for row in people]
    found = [item.presence for item in items]
    return Overview(
        {
            "joined": sum(item.standing is Standing.JOINED for item in items),
            "present": found.count(Presence.PRESENT),
            "question": found.count(Presence.QUESTION),
            "incomplete": found.count(Presence.INCOMPLETE),
            "absent": found.count(Presence.ABSENT),
        },
        items,
    )


def _attendee(row: Any, piece: Any | None, name: str) -> Attendee:
    kinds = set(piece.kinds or ()) if piece else set()
    if piece and piece.peers < PEERS_NEEDED:
        kinds.discard(EvidenceKind.PEERS)
    doubts = set(piece.doubts or ()) if piece else set()
    marks = ("coarse", "mock", "on_paper")
    return Attendee(
        person=row.person_id,
        name=name,
        branch=row.branch,
        number=row.number,
        standing=Standing(row.standing) if row.standing else None,
        presence=Presence(row.presence) if row.presence else None,
        kinds=[kind for kind in EvidenceKind if kind in kinds],
        doubts=[doubt for doubt in Doubt if doubt in doubts],
        marks=[mark for mark in marks if piece and getattr(piece, mark)],
        pictures=list(piece.pictures or ()) if piece else [],
        left=row.left_already,
        decided=row.decided,
    )


def check_in_picture(activity_id: int, picture_id: UUID, actor: Actor) -> bytes:
    """Return a photo that was shown as evidence, to the activity's organisers alone."""
    if not activities.may_manage(activities.activity(activity_id), actor):
        raise Refusal("not_allowed", 403)
    found = run(
        "SELECT FROM evidence WHERE activity_id = %(activity)s AND picture_id = %(picture)s",
        {"activity": activity_id, "picture": picture_id},
    )
    if not found:
        raise Refusal("not_found", 404)
    return pictures.read(picture_id)


def is_present(activity_id: int, person_id: UUID) -> bool:
    """Tell whether a person was found present."""
    found = run(
        "SELECT FROM attendance WHERE activity_id = %(activity)s AND person_id = %(person)s"
        " AND presence = 'present'",
        {"activity": activity_id, "person": person_id},
    )
    return bool(found)


# Questions


@dataclass(frozen=True)
class Question:
    """A doubtful check-in that waits for a yes or no."""

    activity_id: int
    title: str
    organiser_id: int
    organiser: str
    starts_at: datetime
    person: UUID
    name: str
    branch: str
    doubts: list[Doubt]
    overdue: bool


_ASKED = """
    SELECT attendance.activity_id, attendance.person_id, activity.title, activity.starts_at,
        organiser.id AS organiser_id, organiser.name AS organiser, branch.name AS branch,
        shown.doubts, shown.asked_at
    FROM attendance
    JOIN activity ON activity.id = attendance.activity_id
    JOIN organisation AS organiser ON organiser.id = activity.organiser_id
    JOIN person ON person.id = attendance.person_id
    JOIN organisation AS branch ON branch.id = person.branch_id
    JOIN LATERAL (
        SELECT array_agg(DISTINCT doubt) AS doubts, min(received_at) AS asked_at FROM evidence
        WHERE evidence.activity_id = attendance.activity_id
            AND evidence.person_id = attendance.person_id
            AND outcome = 'doubtful' AND phase = 'in'
    ) AS shown ON shown.asked_at IS NOT NULL
    WHERE attendance.presence = 'question' AND activity.state = 'announced'
        AND person.member_id IS DISTINCT FROM %(self)s
        AND (
            EXISTS (SELECT FROM unnest(%(branches)s::text[]) AS path
                WHERE starts_with(organiser.path, path))
            OR shown.asked_at < %(overdue)s
                AND EXISTS (SELECT FROM unnest(%(offices)s::text[]) AS path
                    WHERE starts_with(organiser.path, path))
        )
    ORDER BY activity.starts_at, attendance.activity_id, attendance.person_id
    LIMIT %(most)s
"""


def questions(actor: Actor, *, now: datetime, limit: int = MOST_QUESTIONS) -> list[Question]:
    """Return the questions that an actor may answer, those of the oldest activity first.

    The organiser's branch is asked at once; what it leaves open for a week, the office as well.
    Nobody is asked about himself. When a question arose tells when somebody came, and stays here.
    """
    branches = [grant.path for grant in actor.grants if grant.role in ORGANISER_ROLES]
    offices = [grant.path for grant in actor.grants if grant.role is Role.OFFICE]
    if not branches and not offices:
        return []
    late = now - OFFICE_ANSWERS_AFTER
    rows = run(
        _ASKED,
        {
            "self": actor.id if actor.kind is ActorKind.MEMBER else None,
            "branches": branches,
            "offices": offices,
            "overdue": late,
            "most": limit,
        },
    )
    names = membership.names(row.person_id for row in rows)
    return [
        Question(
            activity_id=row.activity_id,
            title=row.title,
            organiser_id=row.organiser_id,
            organiser=row.organiser,
            starts_at=row.starts_at,
            person=row.person_id,
            name=names[row.person_id],
            branch=row.branch,
            doubts=[doubt for doubt in Doubt if doubt in row.doubts],
            overdue=row.asked_at < late,
        )
        for row in rows
    ]


def overdue(activity_id: int, person_id: UUID, now: datetime) -> bool:
    """Tell whether a question has waited for its branch so long that the office may answer."""
    found = run(
        "SELECT FROM evidence WHERE activity_id = %(activity)s AND person_id = %(person)s"
        " AND outcome = 'doubtful' AND received_at < %(overdue)s",
        {"activity": activity_id, "person": person_id, "overdue": now - OFFICE_ANSWERS_AFTER},
    )
    return bool(found)


# Hours by unit


@dataclass(frozen=True)
class BranchHours:
    """A unit's hours in a quarter; None where too few people came to keep each of them unseen."""

    branch_id: int
    branch: str
    hours: int | None

    @property
    def withheld(self) -> bool:
        """Whether the hours are kept back."""
        return self.hours is None


@dataclass(frozen=True)
class Hours:
    """Hours by unit, and their sum over the units that are shown: nothing can be subtracted."""

    branches: list[BranchHours]
    total: int


_HOURS = """
    SELECT branch.id, branch.name, count(DISTINCT attendance.person_id) AS people,
        sum(greatest(0, extract(epoch FROM
            least(coalesce(attendance.left_at, activity.ends_at), activity.ends_at)
            - greatest(coalesce(attendance.came_at, activity.starts_at), activity.starts_at)
        ))) / 3600 AS hours
    FROM attendance
    JOIN activity ON activity.id = attendance.activity_id
    JOIN organisation AS branch ON branch.id = attendance.branch_id
    WHERE attendance.presence = 'present' AND activity.state = 'announced'
        AND activity.ends_at <= %(now)s
        AND activity.starts_at >= %(begins)s AND activity.starts_at < %(ends)s
        AND starts_with(branch.path, %(path)s)
    GROUP BY branch.id, branch.name, branch.sort_key
    ORDER BY branch.sort_key, branch.id
"""


def hours_by_branch(quarter: Quarter, path: str, *, now: datetime) -> Hours:
    """Return the hours that the units below ``path`` gave in a quarter, for their planning.

    None before the quarter is over: two looks would differ by who came between them. Each counts
    for the branch that was his then. By pinyin, in whole hours; from scheduled times where nobody
    checked out. A unit of which fewer than three persons came is withheld, and left out of the sum.
    """
    if now < quarter.ends_at:
        return Hours([], 0)
    rows = run(
        _HOURS,
        {"begins": quarter.starts_at, "ends": quarter.ends_at, "path": path, "now": now},
    )
    branches = [
        BranchHours(
            row.id, row.name, int(half_up(row.hours)) if row.people >= SMALLEST_GROUP else None
        )
        for row in rows
    ]
    return Hours(branches, sum(one.hours or 0 for one in branches))


# The list on paper


@dataclass(frozen=True)
class PaperRow:
    """A line of the printed list; ``code`` finds the person again when it is read in."""

    number: int
    code: str
    person: UUID
    name: str
    branch: str


def paper_rows(activity_id: int) -> list[PaperRow]:
    """Return the printable list of who joined or was taken in, in the order of turn."""
    rows = [row for row in run(_PEOPLE, {"activity": activity_id}) if row.ticket is not None]
    names = membership.names(row.person_id for row in rows)
    spelled = _list_codes([row.ticket for row in rows])
    return [
        PaperRow(row.number, code, row.person_id, names[row.person_id], row.branch)
        for row, code in zip(rows, spelled, strict=True)
    ]


def _list_codes(tickets: list[bytes]) -> list[str]:
    """Spell the beginning of each ticket, as much of it as tells them apart."""
    whole = [crockford.from_bytes(ticket, WHOLE_CODE_LENGTH) for ticket in tickets]
    length = LIST_CODE_LENGTH
    while length < WHOLE_CODE_LENGTH and len({code[:length] for code in whole}) < len(whole):
        length += 1
    return [code[:length] for code in whole]
