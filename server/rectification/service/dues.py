"""A case's two limits: the first round's, which the rates go by, and the present one.

The first counts from ``counts_from``, the present one from ``limit_from``; they are the same until
an answer is refused or the case is reopened.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from server.core.clock import local_date
from server.core.database import db
from server.rectification.calendar import Calendar
from server.rectification.limits import due_at, end_of
from server.rectification.models import Case, CaseEvent
from server.rectification.queries import settings
from server.rectification.rules import EventKind


@dataclass(frozen=True)
class Dues:
    """A case's limits as a calendar puts them."""

    first: datetime
    present: datetime
    provisional: bool


def counted(case: Case, calendar: Calendar, now: datetime) -> Dues:
    """Count a case's limits by a calendar: none moves into the past.

    The first one stays once it has passed or an answer was given, unless it was provisional. The
    present one is never before what the refusal of an answer promised.
    """
    limits = settings.limits_of(case)
    more = limits.extension
    days = limits.rectify + (more if _was_extended_first(case) else 0)
    first = due_at(case.counts_from, days, limits.unit, calendar)
    days = limits.rectify + (more if case.extended_at else 0)
    present = due_at(case.limit_from, days, limits.unit, calendar)
    floor = case.due_floor or present.at
    return Dues(
        first=_moved(case.first_due_at, first.at, now)
        if case.provisional or _runs_first(case, now)
        else case.first_due_at,
        present=_moved(case.rectify_due_at, max(present.at, floor), now),
        provisional=first.provisional or present.provisional,
    )


def dues_of(case: Case) -> Dues:
    """Return the limits that a case has."""
    return Dues(case.first_due_at, case.rectify_due_at, case.provisional)


def set_due(case: Case, dues: Dues) -> None:
    """Give a locked case the limits that were counted."""
    case.first_due_at, case.rectify_due_at = dues.first, dues.present
    case.provisional = dues.provisional


def _runs_first(case: Case, now: datetime) -> bool:
    """Tell whether the first limit still waits for an answer."""
    return case.round == 1 and case.first_answered_at is None and case.first_due_at >= now


def _was_extended_first(case: Case) -> bool:
    """Tell whether the first limit was extended; a reopened case has forgotten its extension."""
    if case.round == 1:
        return case.extended_at is not None
    found = exists().where(
        CaseEvent.case_id == case.id,
        CaseEvent.kind == EventKind.EXTENDED.value,
        CaseEvent.at.between(case.counts_from, case.first_answered_at),
    )
    return bool(db.session.scalar(select(found)))


def _moved(before: datetime, after: datetime, now: datetime) -> datetime:
    """Return where a limit moves: what has passed only later, the others not before today's end."""
    if after >= min(before, now):
        return after
    return min(before, end_of(local_date(now)))
