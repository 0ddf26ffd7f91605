"""When a limit passes: pure.

A limit of n days ends with the n-th day after the day on which it begins, that day not counted
(Civil Code, articles 201 and 203), in Asia/Shanghai. What begins at midnight begins with the end of
the day before: so an anonymous rating, which counts from the end of its day, has the same last day
as one with a contact from the same day.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from server.core.clock import SHANGHAI, local_date
from server.rectification.calendar import Calendar
from server.rectification.rules import Unit

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Due:
    """The last second of a limit; ``provisional`` where it reaches a year of unknown holidays."""

    at: datetime
    provisional: bool


def begins_on(counts_from: datetime) -> date:
    """Return the day that a limit does not count yet."""
    return local_date(counts_from - INSTANT)


def due_at(counts_from: datetime, days: int, unit: Unit, calendar: Calendar) -> Due:
    """Return when a limit of some days, counted from a moment, passes."""
    first = begins_on(counts_from)
    if unit is Unit.CALENDAR:
        return Due(end_of(first + timedelta(days=days)), provisional=False)
    last = calendar.working_days_on(first, days)
    known = all(calendar.knows(year) for year in range(first.year, last.year + 1))
    return Due(end_of(last), provisional=not known)


def end_of(day: date) -> datetime:
    """Return the last second of a day in Asia/Shanghai."""
    return start_of(day + ONE_DAY) - ONE_SECOND


def start_of(day: date) -> datetime:
    """Return the first moment of a day in Asia/Shanghai."""
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def yellow_at(due: datetime, unit: Unit, calendar: Calendar) -> datetime:
    """Return when the yellow warning comes: as the day before the last one begins.

    In working days that is the working day before, so that nobody is first told on a Sunday.
    """
    last = local_date(due)
    if unit is Unit.CALENDAR:
        return start_of(last - ONE_DAY)
    return start_of(calendar.working_day_before(last))


def red_at(due: datetime) -> datetime:
    """Return when the red warning comes: a day after the limit has passed."""
    return due + ONE_DAY


def overdue_before(now: datetime, days: int, unit: Unit, calendar: Calendar) -> datetime:
    """Return the latest moment from which a limit of some days has passed by now."""
    first = local_date(now) - timedelta(days=days)
    while due_at(start_of(first + ONE_DAY), days, unit, calendar).at >= now:
        first -= ONE_DAY
    return start_of(first + ONE_DAY)
