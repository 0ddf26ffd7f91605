"""Which days are worked: the State Council's holidays as ``chinesecalendar`` knows them: pure.

What the office says of a day goes before the library. A year that neither of them knows has
weekends alone, and whoever counts in it is told that the result is provisional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import holidays

ONE_DAY = timedelta(days=1)
SATURDAY = 6
LIBRARY_YEARS = range(min(holidays).year, max(holidays).year + 1)


@dataclass(frozen=True)
class Calendar:
    """The working days, with the office's own days and the years that it has entered in full."""

    days: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def knows(self, year: int) -> bool:
        """Tell whether a year's holidays are known."""
        return year in LIBRARY_YEARS or year in self.years

    def is_working(self, day: date) -> bool:
        """Tell whether a day is worked, as far as is known."""
        said = self.days.get(day)
        if said is not None:
            return said
        if day.year in LIBRARY_YEARS:
            return bool(chinese_calendar.is_workday(day))
        return day.isoweekday() < SATURDAY

    def working_days_on(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after a day; with 0 the day itself."""
        for _ in range(count):
            day += ONE_DAY
            while not self.is_working(day):
                day += ONE_DAY
        return day

    def working_day_before(self, day: date) -> date:
        """Return the last working day before a day."""
        day -= ONE_DAY
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Return how many working days lie after ``first``, up to and including ``last``."""
        if last < first:
            return -self.working_days_between(last, first)
        span = (last - first).days
        return sum(self.is_working(first + ONE_DAY * step) for step in range(1, span + 1))

    def working_days_taken(self, first: date, last: date) -> int:
        """Return how many working days a limit from ``first`` needs to be kept on ``last``.

        What is done on a day that isn't worked is done in the limit of the next working day: those
        that ended before it have passed.
        """
        taken = self.working_days_between(first, last)
        return taken + (last > first and not self.is_working(last))


LIBRARY = Calendar()
