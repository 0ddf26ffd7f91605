"""When evaluations come again, and when two ask the same people."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.clock import months_later
from server.register.rules import Audience, Period, Planned, days_of, loads, occurrences, overlaps


def planned(
    key: str,
    starts_on: date,
    ends_on: date,
    *,
    period: Period = Period.ONCE,
    audiences: tuple[Audience, ...] = (Audience.RESIDENTS,),
    departments: tuple[int, ...] = (1,),
    campaign_id: int | None = None,
) -> Planned:
    return Planned(
        key=key,
        title=key,
        starts_on=starts_on,
        ends_on=ends_on,
        period=period,
        audiences=frozenset(audiences),
        departments=frozenset(departments),
        campaign_id=campaign_id,
    )


def test_a_quarterly_evaluation_comes_four_times_a_year() -> None:
    one = planned("a", date(2025, 2, 10), date(2025, 2, 20), period=Period.QUARTERLY)
    found = [(item.starts_on, item.ends_on) for item in occurrences(one, 2026)]
    assert found == [(date(2026, month, 10), date(2026, month, 20)) for month in (2, 5, 8, 11)]


def test_what_begins_before_the_year_and_ends_in_it_is_cut_at_its_edges() -> None:
    one = planned("a", date(2025, 12, 20), date(2026, 1, 10))
    (item,) = occurrences(one, 2026)
    assert days_of(item, 2026) == (0, 10)
    (before,) = occurrences(one, 2025)
    assert days_of(before, 2025) == (353, 12)


def test_the_last_of_january_comes_again_on_the_last_of_february() -> None:
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_later(date(2027, 11, 30), 3) == date(2028, 2, 29)
    assert months_later(date(2026, 12, 1), 12) == date(2027, 12, 1)


def test_two_that_ask_the_same_people_on_the_same_day_overlap() -> None:
    first = planned("a", date(2026, 3, 1), date(2026, 3, 31), departments=(1, 2))
    second = planned("b", date(2026, 3, 31), date(2026, 4, 30), departments=(2, 3))
    (found,) = overlaps([*occurrences(first, 2026), *occurrences(second, 2026)])
    assert (found.starts_on, found.ends_on) == (date(2026, 3, 31), date(2026, 3, 31))
    assert found.departments == {2}
    assert found.audiences == {Audience.RESIDENTS}


@pytest.mark.parametrize(
    "second",
    [
        planned("b", date(2026, 4, 1), date(2026, 4, 30)),
        planned("b", date(2026, 3, 5), date(2026, 3, 6), audiences=(Audience.OFFICIALS,)),
    ],
    ids=["another time", "other people"],
)
def test_other_people_or_another_time_are_no_overlap(second: Planned) -> None:
    first = planned("a", date(2026, 3, 1), date(2026, 3, 31))
    assert not overlaps([*occurrences(first, 2026), *occurrences(second, 2026)])


def test_what_was_merged_into_one_campaign_asks_once() -> None:
    first = planned("a", date(2026, 3, 1), date(2026, 3, 31), campaign_id=7)
    second = planned("b", date(2026, 3, 1), date(2026, 3, 31), campaign_id=7)
    held = [*occurrences(first, 2026), *occurrences(second, 2026)]
    assert not overlaps(held)
    assert len(loads(held, 2026)[Audience.RESIDENTS][1]) == 1


def test_an_evaluation_never_overlaps_with_itself() -> None:
    one = planned("a", date(2026, 1, 1), date(2026, 2, 15), period=Period.MONTHLY)
    assert not overlaps(list(occurrences(one, 2026)))


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 365), st.sampled_from(Period))
def test_every_occurrence_touches_the_year_and_keeps_its_length(
    starts_on: date, days: int, period: Period
) -> None:
    one = planned("a", starts_on, starts_on + timedelta(days=days), period=period)
    for item in occurrences(one, 2026):
        before, length = days_of(item, 2026)
        assert item.ends_on - item.starts_on == timedelta(days=days)
        assert before >= 0
        assert 1 <= length <= 365 - before
