"""A month of working days as its page shows it: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import chinese_calendar

from server.console.month import Month
from server.rectification.calendar import LIBRARY_YEARS, Calendar


@dataclass(frozen=True)
class WorkingDay:
    """A day: whether it is worked, what it is called, and whether the office said so."""

    day: date
    working: bool
    name: str
    own: bool


def days_of(month: Month, calendar: Calendar, own: Mapping[date, str]) -> list[list[WorkingDay]]:
    """Return the weeks that touch a month; ``own`` are the office's days of the year, by name."""
    return [[_day(day, calendar, own) for day in week] for week in month.weeks]


def _day(day: date, calendar: Calendar, own: Mapping[date, str]) -> WorkingDay:
    is_own = day in calendar.days
    name = own.get(day, "") if is_own else _holiday(day)
    return WorkingDay(day, calendar.is_working(day), name, is_own)


def _holiday(day: date) -> str:
    """Return the holiday that a day belongs to, also as the working day that makes up for it."""
    if day.year not in LIBRARY_YEARS:
        return ""
    off, english = chinese_calendar.get_holiday_detail(day)
    names = {one.value: one.chinese for one in chinese_calendar.Holiday}
    name = names.get(english, "")
    return f"{name}调休" if name and not off else str(name)
