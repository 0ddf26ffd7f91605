"""Days on which a department got far more ratings than its own rhythm lets one expect. Pure.

For a department, a channel and a day:

- ``base``: the median of its other days of the same kind (workdays, or weekends; of all other days
  where there are fewer than ``LEAST_ALIKE`` of that kind). A median, so that the days of a burst
  don't lift what they are measured by.
- ``busy``: how busy that day was for everybody: the median of count / base over the other
  departments of the channel, at least 1; with fewer than ``LEAST_OTHERS`` of them it is 1. The day
  of a reminder or the last day is a busy one for all, and a burst for nobody.
- ``expected`` = base x busy.
- ``spread``: the scaled median absolute deviation of the other days (1.4826 MAD, which is the
  standard deviation of a normal distribution: Rousseeuw and Croux 1993), times busy, but at least
  ``LEAST_SPREAD`` of what is expected: a week of even days doesn't promise a month of them.
- ``chance`` = P(X >= count), X negative binomial with mean ``expected`` and variance
  max(expected, expected + (LEAST_SPREAD x expected)², spread²).

A day is a burst where the chance survives Holm's correction over every department, channel and day
of the campaign, and the day has ``ratio`` times as many ratings as expected and ``least`` more.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from server.integrity.rules import Group, Thresholds
from server.integrity.tails import count_tail, surprising

LEAST_ALIKE = 4
LEAST_DAYS = 6
LEAST_OTHERS = 4
LEAST_BASE = 0.5
LEAST_SPREAD = 0.35
MAD_TO_DEVIATION = 1.4826
SATURDAY = 5

Counts = Mapping[Group, Mapping[date, int]]


@dataclass(frozen=True)
class Day:
    """A day of a department: what came, and what its rhythm lets one expect."""

    day: date
    count: int
    expected: float


@dataclass(frozen=True)
class Burst:
    """A day that stands out, and all days of its department and channel to see it by."""

    group: Group
    day: date
    count: int
    expected: float
    chance: float
    days: tuple[Day, ...]


@dataclass(frozen=True)
class _Rhythm:
    base: float
    deviation: float


def find_bursts(counts: Counts, days: Sequence[date], thresholds: Thresholds) -> list[Burst]:
    """Return the bursts of a campaign's days; days without a rating count as such."""
    if len(days) <= LEAST_DAYS:
        return []
    rhythms = {
        (group, day): _rhythm(of_day, days, day) for group, of_day in counts.items() for day in days
    }
    busy = _busy(counts, days, rhythms)
    chances: dict[tuple[Group, date], float] = {}
    for group, of_day in counts.items():
        for day in days:
            count, rhythm = of_day.get(day, 0), rhythms[group, day]
            expected = rhythm.base * busy[group, day]
            if count < thresholds.burst_ratio * expected:
                continue
            if count < expected + thresholds.burst_least:
                continue
            spread = rhythm.deviation * busy[group, day]
            floor = expected + (LEAST_SPREAD * expected) ** 2
            chances[group, day] = count_tail(count, expected, max(floor, spread * spread))
    found = surprising(chances, thresholds.chance, asked=len(counts) * len(days))
    return [
        _burst(counts, days, rhythms, busy, group, day, chances[group, day])
        for group, day in sorted(found)
    ]


def _rhythm(of_day: Mapping[date, int], days: Sequence[date], day: date) -> _Rhythm:
    is_weekend = day.weekday() >= SATURDAY
    others = [one for one in days if one != day]
    alike = [one for one in others if (one.weekday() >= SATURDAY) is is_weekend]
    numbers = [of_day.get(one, 0) for one in (alike if len(alike) >= LEAST_ALIKE else others)]
    middle = median(numbers)
    deviation = MAD_TO_DEVIATION * median(abs(number - middle) for number in numbers)
    return _Rhythm(max(middle, LEAST_BASE), deviation)


def _busy(
    counts: Counts, days: Sequence[date], rhythms: Mapping[tuple[Group, date], _Rhythm]
) -> dict[tuple[Group, date], float]:
    """Return how busy each day was for the other departments of a channel."""
    groups: dict[int, list[Group]] = defaultdict(list)
    for group in counts:
        groups[group.channel].append(group)
    busy: dict[tuple[Group, date], float] = {}
    for alike in groups.values():
        for day in days:
            # Who hardly gets a rating has no rhythm to tell by.
            ratios = {
                group: counts[group].get(day, 0) / rhythms[group, day].base
                for group in alike
                if rhythms[group, day].base >= 1
            }
            for group in alike:
                others = [ratio for one, ratio in ratios.items() if one != group]
                busy[group, day] = max(1.0, median(others)) if len(others) >= LEAST_OTHERS else 1.0
    return busy


def _burst(
    counts: Counts,
    days: Sequence[date],
    rhythms: Mapping[tuple[Group, date], _Rhythm],
    busy: Mapping[tuple[Group, date], float],
    group: Group,
    day: date,
    chance: float,
) -> Burst:
    shown = tuple(
        Day(one, counts[group].get(one, 0), rhythms[group, one].base * busy[group, one])
        for one in days
    )
    at = days.index(day)
    return Burst(group, day, shown[at].count, shown[at].expected, chance, shown)
