"""A month as a calendar shows it: whole weeks from Monday, and the months beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol, TypeVar

from server.core.clock import SHANGHAI, local_date

DAYS_A_WEEK = 7
WEEKDAYS = "一二三四五六日"
FIRST_YEAR, LAST_YEAR = 2020, 2100


class Lasting(Protocol):
    """What a calendar shows: something with a beginning and an end."""

    starts_at: datetime
    ends_at: datetime


Item = TypeVar("Item", bound=Lasting)


@dataclass(frozen=True)
class Month:
    """A month of a year in Asia/Shanghai."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def read(cls, code: str, otherwise: date) -> "Month":
        """Read "2026-11"; what is no month of the calendar's years counts as not given."""
        try:
            day = datetime.strptime(code, "%Y-%m").replace(tzinfo=SHANGHAI).date()
        except ValueError:
            return cls.of(otherwise)
        return cls.of(day if FIRST_YEAR <= day.year <= LAST_YEAR else otherwise)

    @property
    def code(self) -> str:
        """The month as it stands in addresses."""
        return f"{self.year}-{self.number:02}"

    @property
    def label(self) -> str:
        """The month as people read it."""
        return f"{self.year} 年 {self.number} 月"

    @property
    def first(self) -> date:
        """The month's first day."""
        return date(self.year, self.number, 1)

    def beside(self, months: int) -> "Month":
        """Return the month so many months later, or earlier."""
        at = self.year * 12 + self.number - 1 + months
        return Month(at // 12, at % 12 + 1)

    @property
    def weeks(self) -> list[list[date]]:
        """The weeks that touch the month, from Monday to Sunday."""
        start = self.first - timedelta(days=self.first.weekday())
        end = self.beside(1).first
        found = []
        while start < end:
            found.append([start + timedelta(days=day) for day in range(DAYS_A_WEEK)])
            start += timedelta(days=DAYS_A_WEEK)
        return found

    @property
    def begins_at(self) -> datetime:
        """The first moment of the shown weeks."""
        return midnight(self.weeks[0][0])

    @property
    def ends_at(self) -> datetime:
        """The first moment after the shown weeks."""
        return midnight(self.weeks[-1][-1] + timedelta(days=1))


def midnight(day: date) -> datetime:
    """Return when a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def by_day(items: Iterable[Item], first: date, last: date) -> dict[date, list[Item]]:
    """Return what happens on each day; what lasts several stands on each of them."""
    found: dict[date, list[Item]] = {}
    for item in items:
        # What ends at midnight does not reach into the next day.
        end = local_date(max(item.starts_at, item.ends_at - timedelta(microseconds=1)))
        day = max(local_date(item.starts_at), first)
        while day <= min(end, last):
            found.setdefault(day, []).append(item)
            day += timedelta(days=1)
    return found
