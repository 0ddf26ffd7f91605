"""Days that stand out against a department's own rhythm, and busy days that don't."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.integrity.bursts import find_bursts
from server.integrity.rules import Group, Thresholds

FIRST = date(2026, 7, 1)
QUARTER = [FIRST + timedelta(days=number) for number in range(92)]
LIMITS = Thresholds()
Counts = dict[Group, dict[date, int]]


def poisson(draw: random.Random, mean: float) -> int:
    """Draw a number of arrivals: how many waits of mean 1 fit into ``mean``."""
    number, waited = 0, draw.expovariate(1)
    while waited < mean:
        number += 1
        waited += draw.expovariate(1)
    return number


def honest(seed: int, days: list[date] = QUARTER, departments: int = 30) -> Counts:
    """A city's quarter: departments of all sizes, uneven days, weekends of their own."""
    draw = random.Random(seed)  # noqa: S311 made-up data
    counts: Counts = {}
    for department in range(departments):
        for channel in (1, 2, 5):
            size = draw.choice([0.2, 1, 5, 20, 80, 250])
            weekend = draw.choice([0.0, 0.3, 1.0, 1.5])
            counts[Group(department, channel)] = {
                day: poisson(
                    draw,
                    size * (weekend if day.weekday() >= 5 else 1) * draw.gammavariate(12, 1 / 12),
                )
                for day in days
            }
    return counts


def found(counts: Counts, days: list[date] = QUARTER) -> list[tuple[Group, date]]:
    return [(burst.group, burst.day) for burst in find_bursts(counts, days, LIMITS)]


@pytest.mark.parametrize("seed", range(6))
def test_an_honest_quarter_has_no_burst(seed: int) -> None:
    assert found(honest(seed)) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_burst_is_found_and_nothing_else(seed: int) -> None:
    counts = honest(seed)
    group = next(one for one, days in counts.items() if 15 < sum(days.values()) / 92 < 30)
    day = QUARTER[40]
    counts[group][day] += 150
    assert found(counts) == [(group, day)]
    [burst] = find_bursts(counts, QUARTER, LIMITS)
    assert burst.count == counts[group][day]
    assert burst.expected < 60
    assert len(burst.days) == 92


def test_a_burst_of_several_days_does_not_hide_itself() -> None:
    counts = honest(9)
    group = Group(99, 1)
    counts[group] = dict.fromkeys(QUARTER, 10)
    planted = QUARTER[20:25]
    for day in planted:
        counts[group][day] = 90
    assert found(counts) == [(group, day) for day in planted]


def test_a_weekend_is_measured_by_weekends() -> None:
    group = Group(1, 5)
    counts = {group: {day: 2 if day.weekday() >= 5 else 60 for day in QUARTER}}
    saturday = next(day for day in QUARTER[30:] if day.weekday() == 5)
    counts[group][saturday] = 60
    assert found(counts) == [(group, saturday)]
    friday = saturday - timedelta(days=1)
    counts[group][saturday], counts[group][friday] = 2, 118
    assert found(counts) == []


def test_a_day_on_which_the_whole_city_rates_is_a_burst_for_nobody() -> None:
    counts = honest(3)
    reminder = QUARTER[50]
    for days in counts.values():
        days[reminder] *= 6
    assert found(counts) == []
    group = next(one for one, days in counts.items() if 15 < sum(days.values()) / 92 < 30)
    counts[group][reminder] += 900
    assert found(counts) == [(group, reminder)], "a larger one on such a day is still found"


def test_one_department_alone_does_not_make_a_day_busy_for_the_others() -> None:
    counts = {Group(number, 1): dict.fromkeys(QUARTER, 20) for number in range(8)}
    for number in (0, 1):
        counts[Group(number, 1)][QUARTER[7]] = 300
    assert found(counts) == [(Group(0, 1), QUARTER[7]), (Group(1, 1), QUARTER[7])]


def test_a_short_survey_is_measured_by_its_own_week() -> None:
    week = QUARTER[:7]
    group = Group(1, 1)
    counts = {group: dict(zip(week, [12, 9, 14, 11, 8, 300, 10], strict=True))}
    assert found(counts, week) == [(group, week[5])]
    assert found(counts, week[:6]) == [], "of six days none is the rule"


def test_few_ratings_are_no_burst_however_rare() -> None:
    group = Group(1, 1)
    counts = {group: {QUARTER[5]: 19}}
    assert found(counts) == []
    counts[group][QUARTER[5]] = 40
    assert found(counts) == [(group, QUARTER[5])]


def test_imported_channels_are_searched_like_all_others() -> None:
    counts = {Group(1, 5): dict.fromkeys(QUARTER, 400)}
    counts[Group(1, 5)][QUARTER[10]] = 1600
    assert found(counts) == [(Group(1, 5), QUARTER[10])]


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(st.sampled_from(QUARTER[:14]), st.integers(0, 10**6)))
def test_any_counts_are_judged(of_day: dict[date, int]) -> None:
    for burst in find_bursts({Group(1, 1): of_day}, QUARTER[:14], LIMITS):
        assert burst.count >= 3 * burst.expected
        assert burst.count >= burst.expected + 20
        assert 0 <= burst.chance <= LIMITS.chance
