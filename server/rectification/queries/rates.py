"""The rates of a quarter by department, and how fast cases were answered."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, text

from server.core.clock import local_date
from server.core.database import db
from server.rectification.limits import begins_on
from server.rectification.models import Case
from server.rectification.queries.settings import calendar
from server.rectification.rules import UNCOUNTED, CaseKind, ClosedBy

UNCOUNTED_VALUES = [one.value for one in UNCOUNTED]
# Of an origin that was let go: its rater took it back when the department knew of it. It stays in
# the figures, or a department could better them by pressing its raters. The line that let it go
# says so; the newest has the last word, and one older than this rule says nothing.
STAYED = """COALESCE((SELECT CAST(detail ->> 'stays' AS boolean) FROM case_event
    WHERE case_event.case_id = own.case_id AND case_event.origin_id = own.id
        AND detail ->> 'stays' IS NOT NULL
    ORDER BY case_event.id DESC LIMIT 1), false)"""
# A case counts once it is registered, and what happened to it as far as it had by then. One that
# was let go (its ratings set apart, or taken back at once) says nothing about the department; nor
# does one that has only origins that are to be left out.
STANDS = f"""
    SELECT * FROM rectification_case
    WHERE quarter = :quarter AND registered_at <= :as_of
        AND ((closed_by = ANY(:uncounted) AND closed_at <= :as_of) IS NOT TRUE
            OR EXISTS (SELECT FROM case_origin AS own
                WHERE own.case_id = rectification_case.id AND own.id <> ALL(:without)
                AND {STAYED}))
        AND (NOT EXISTS (SELECT FROM case_origin AS own
                WHERE own.case_id = rectification_case.id AND own.id = ANY(:without))
            OR EXISTS (SELECT FROM case_origin AS own
                WHERE own.case_id = rectification_case.id AND own.id <> ALL(:without)
                AND own.joined_at <= :as_of
                AND (own.released_at IS NULL OR own.released_at > :as_of OR {STAYED})))
"""  # noqa: S608
CASES = f"""
    SELECT department_id, kind, count(*) AS registered,
        count(*) FILTER (WHERE first_answered_at <= :as_of
            OR first_due_at <= LEAST(:as_of,
                CASE WHEN closed_by = ANY(:uncounted) THEN closed_at END)
            OR (closed_at <= :as_of AND closed_by <> ALL(:uncounted))) AS due,
        count(*) FILTER (WHERE first_answered_at <= :as_of) AS answered,
        count(*) FILTER (WHERE first_answered_at <= LEAST(first_due_at, :as_of))
            AS answered_in_time,
        count(*) FILTER (WHERE closed_at <= :as_of) AS closed,
        count(*) FILTER (WHERE closed_at <= :as_of AND first_answered_at <= first_due_at
            AND answered_at <= rectify_due_at) AS closed_in_time,
        count(*) FILTER (WHERE round = 2 AND EXISTS (SELECT FROM case_event
            WHERE case_id = stands.id AND kind = 'reopened' AND at <= :as_of)) AS reopened
    FROM ({STANDS}) AS stands GROUP BY 1, 2
"""  # noqa: S608 no value of a person
ORIGINS = f"""
    SELECT department_id, count(*) AS real_name,
        count(*) FILTER (WHERE called_back_at <= :as_of) AS called_back,
        count(*) FILTER (WHERE called_back_at <= LEAST(callback_due_at, :as_of))
            AS called_back_in_time
    FROM case_origin AS own JOIN ({STANDS}) AS stands ON stands.id = own.case_id
    WHERE real_name AND joined_at <= :as_of AND own.id <> ALL(:without)
        AND (released_at IS NULL OR released_at > :as_of
            OR ((called_back_at <= :as_of OR callback_due_at <= released_at) AND {STAYED}))
    GROUP BY 1
"""  # noqa: S608
# How many cases ended because their raters took back what they had been called back about.
TAKEN_BACK = f"""
    SELECT department_id, count(*) AS cases FROM rectification_case
    WHERE quarter = :quarter AND closed_by = :withdrawal AND closed_at <= :as_of
        AND EXISTS (SELECT FROM case_origin AS own WHERE own.case_id = rectification_case.id
            AND own.called_back_at IS NOT NULL AND {STAYED})
    GROUP BY 1
"""  # noqa: S608
# Which cases are in figures at all, as a condition on columns.
COUNTED = or_(
    Case.closed_by.is_(None),
    Case.closed_by.not_in(UNCOUNTED_VALUES),
    text(
        f"""EXISTS (SELECT FROM case_origin AS own
            WHERE own.case_id = rectification_case.id AND {STAYED})"""
    ),
)
# Each rater's newest word. Satisfied or not, of a rating that was taken back nothing is told.
WORDS = f"""
    SELECT department_id, count(*) FILTER (WHERE solved) AS solved,
        count(*) FILTER (WHERE NOT solved) AS not_solved
    FROM (SELECT DISTINCT ON (case_origin.id) stands.department_id, solved
        FROM case_follow_up JOIN case_origin ON case_origin.id = case_follow_up.origin_id
            JOIN ({STANDS}) AS stands ON stands.id = case_origin.case_id
        WHERE on_day <= :day AND case_origin.id <> ALL(:without)
            AND (released_at IS NULL OR released_at > :as_of)
        ORDER BY case_origin.id, case_follow_up.round DESC) AS words
    GROUP BY 1
"""  # noqa: S608


@dataclass(frozen=True)
class Rates:
    """What became of a department's cases of a quarter; counts only, shares are worked out.

    ``due`` are those whose first limit has passed, or that were answered or closed before; of those
    that ended with their ratings, what was answered or late by then.
    ``solved`` and ``not_solved`` count raters by their newest word.
    """

    registered: int = 0
    real_name: int = 0
    called_back: int = 0
    called_back_in_time: int = 0
    due: int = 0
    answered: int = 0
    answered_in_time: int = 0
    closed: int = 0
    closed_in_time: int = 0
    reopened: int = 0
    solved: int = 0
    not_solved: int = 0
    by_kind: dict[CaseKind, int] = field(default_factory=dict)


def rates(quarter: str, *, as_of: datetime, without: Collection[int] = ()) -> dict[int, Rates]:
    """Return the rates of each department that has a case of a quarter, as of a moment.

    ``without`` are origins that are left out, with the cases that only they registered.
    """
    values = {
        "quarter": quarter,
        "as_of": as_of,
        "day": local_date(as_of),
        "uncounted": UNCOUNTED_VALUES,
        "without": sorted(without),
    }
    found: dict[int, dict[str, Any]] = {}
    for row in db.session.execute(text(CASES), values):
        counts = found.setdefault(row.department_id, {"by_kind": {}})
        counts["by_kind"][CaseKind(row.kind)] = row.registered
        for name in ("registered", "due", "answered", "answered_in_time"):
            counts[name] = counts.get(name, 0) + getattr(row, name)
        for name in ("closed", "closed_in_time", "reopened"):
            counts[name] = counts.get(name, 0) + getattr(row, name)
    for statement in (ORIGINS, WORDS):
        for row in db.session.execute(text(statement), values):
            counts = dict(row._mapping)  # noqa: SLF001 SQLAlchemy's public name for it
            found[counts.pop("department_id")] |= counts
    return {department: Rates(**counts) for department, counts in found.items()}


def taken_back(quarter: str, *, as_of: datetime) -> dict[int, int]:
    """Return by department how many cases ended by withdrawal after a callback; for the office."""
    values = {"quarter": quarter, "as_of": as_of, "withdrawal": ClosedBy.WITHDRAWAL.value}
    rows = db.session.execute(text(TAKEN_BACK), values)
    return {row.department_id: row.cases for row in rows}


@dataclass(frozen=True)
class CaseFact:
    """A case's place in the figures of a year's assessment: no text, no rater."""

    number: str
    kind: CaseKind
    late: bool
    reopened: bool
    closed_by: str | None


def case_facts(department_id: int, quarter: str, *, as_of: datetime) -> list[CaseFact]:
    """Return a department's cases of a quarter one by one, in order of their numbers."""
    rows = db.session.scalars(
        select(Case)
        .where(
            Case.department_id == department_id,
            Case.quarter == quarter,
            Case.registered_at <= as_of,
            COUNTED,
        )
        .order_by(Case.registered_at, Case.id)
    )
    return [
        CaseFact(
            number=one.number,
            kind=CaseKind(one.kind),
            late=(one.first_answered_at or _let_go_at(one) or as_of) > one.first_due_at,
            reopened=one.round > 1,
            closed_by=one.closed_by,
        )
        for one in rows
    ]


def _let_go_at(case: Case) -> datetime | None:
    """Return when a case ended with its ratings: from then on nobody could answer it."""
    return case.closed_at if case.closed_by in UNCOUNTED_VALUES else None


@dataclass(frozen=True)
class Speed:
    """How fast cases were answered: by time passed (n x 24 hours), and in working days.

    Working days are counted as limits are: after the day on which the matter came in, up to the
    answer's day, by the calendar of holidays.
    """

    cases: int = 0
    answered: int = 0
    median: timedelta | None = None
    longest: timedelta | None = None
    within: dict[int, int] = field(default_factory=dict)
    within_working: dict[int, int] = field(default_factory=dict)
    median_working: float | None = None

    def share(self, count: int) -> float:
        """Return a count's share of the answered cases, in per cent."""
        return count * 100 / self.answered if self.answered else 0.0

    @property
    def median_days(self) -> float:
        """The median in days of 24 hours."""
        return self.median / timedelta(days=1) if self.median is not None else 0.0


def speed(
    *,
    kinds: tuple[CaseKind, ...] = (),
    quarter: str = "",
    department_id: int | None = None,
    matters: str = "",
    days: tuple[int, ...] = (5, 15),
) -> Speed:
    """Return how fast the cases of some kinds, a quarter or a department were first answered.

    ``matters`` is what their matters begin with: "ticket:7:" are those of source 7.
    """
    query = select(Case.counts_from, Case.first_answered_at).where(COUNTED)
    if kinds:
        query = query.where(Case.kind.in_([kind.value for kind in kinds]))
    if quarter:
        query = query.where(Case.quarter == quarter)
    if department_id is not None:
        query = query.where(Case.department_id == department_id)
    if matters:
        query = query.where(Case.matter.startswith(matters, autoescape=True))
    rows = db.session.execute(query).all()
    answered = [(begun, at) for begun, at in rows if at is not None]
    if not answered:
        return Speed(cases=len(rows))
    taken = sorted(at - begun for begun, at in answered)
    working = sorted(_working_days(answered))
    return Speed(
        cases=len(rows),
        answered=len(taken),
        median=(taken[(len(taken) - 1) // 2] + taken[len(taken) // 2]) / 2,
        longest=taken[-1],
        within={limit: sum(one <= timedelta(days=limit) for one in taken) for limit in days},
        within_working={limit: sum(one <= limit for one in working) for limit in days},
        median_working=(working[(len(working) - 1) // 2] + working[len(working) // 2]) / 2,
    )


def _working_days(answered: list[tuple[datetime, datetime]]) -> list[int]:
    """Return the working days of each answer, by one walk over the calendar."""
    spans = [(begins_on(begun), local_date(at)) for begun, at in answered]
    first = min(min(span) for span in spans)
    last = max(max(span) for span in spans)
    days = calendar()
    worked, upto = 0, {}
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        works = days.is_working(day)
        worked += works
        # As in ``Calendar.working_days_taken``, which counts each span by itself.
        upto[day] = (worked, not works)
    return [upto[end][0] - upto[begin][0] + (end > begin and upto[end][1]) for begin, end in spans]
