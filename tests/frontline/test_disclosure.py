"""Which ratings may be shown: whatever two figures are subtracted, a block or more is left."""

import random
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from server.frontline.disclosure import Rated, shown

A, B, C = (UUID(int=number) for number in (1, 2, 3))
FIRST = date(2026, 10, 5)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_a_block_is_shown_when_it_is_full_and_the_rest_waits() -> None:
    ratings = [Rated(A, day(0), 5, 10), Rated(A, day(1), 1, 9)]
    found = shown(ratings, smallest=10, today=day(2))
    assert found.entries[A] == Counter({5: 10})
    later = shown([*ratings, Rated(A, day(2), 3, 1)], smallest=10, today=day(3))
    assert later.entries[A] == Counter({5: 10, 1: 9, 3: 1})


def test_the_day_under_way_is_left_out() -> None:
    assert shown([Rated(A, day(0), 5, 50)], smallest=10, today=day(0)).entries == {}


def test_small_entries_are_shown_together_once_the_month_is_over() -> None:
    ratings = [Rated(A, day(0), 5, 6), Rated(B, day(1), 1, 6)]
    during = shown(ratings, smallest=10, today=date(2026, 10, 31))
    after = shown(ratings, smallest=10, today=date(2026, 11, 1))
    assert during.together.total() == 0
    assert after.together == Counter({5: 6, 1: 6})
    assert after.entries == {}


def test_what_is_left_at_a_months_end_waits_for_the_next() -> None:
    ratings = [Rated(A, day(0), 5, 6), Rated(B, date(2026, 11, 2), 1, 4)]
    assert shown(ratings, smallest=10, today=date(2026, 11, 30)).together.total() == 0
    assert shown(ratings, smallest=10, today=date(2026, 12, 1)).together.total() == 10


@pytest.mark.parametrize("seed", range(60))
def test_no_difference_of_any_two_days_is_smaller_than_the_smallest_group(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 figures, not secrets
    ratings = [
        Rated(draw.choice([A, B, C]), day(draw.randrange(70)), draw.randint(1, 5), 1)
        for _ in range(draw.randint(5, 150))
    ]
    figures: list[tuple[int, ...]] = []
    for number in range(75):
        found = shown(
            [one for one in ratings if one.day <= day(number)], smallest=10, today=day(number)
        )
        single = [found.entries.get(one, Counter()).total() for one in (A, B, C)]
        figures.append((*single, found.together.total(), found.together.total() - sum(single)))
    for earlier, later in pairwise(figures):
        for before, after in zip(earlier, later, strict=True):
            assert after == before or after - before >= 10
    for last in figures:
        assert all(number == 0 or number >= 10 for number in last)


@pytest.mark.parametrize("seed", range(30))
def test_every_block_ever_shown_is_whole(seed: int) -> None:
    """Collect the steps by which each figure grows: none of them is told apart from another's."""
    draw = random.Random(seed)  # noqa: S311 figures, not secrets
    ratings = [
        Rated(draw.choice([A, B]), day(draw.randrange(60)), draw.randint(1, 5), 1)
        for _ in range(80)
    ]
    before = (Counter[int](), Counter[int](), Counter[int]())
    for number in range(65):
        found = shown(ratings, smallest=10, today=day(number))
        now = (found.entries.get(A, Counter()), found.entries.get(B, Counter()), found.together)
        grown = [Counter(after) - earlier for after, earlier in zip(now, before, strict=True)]
        rest = grown[2] - grown[0] - grown[1]
        for step in (*grown, rest):
            assert step.total() == 0 or step.total() >= 10
        before = (Counter(now[0]), Counter(now[1]), Counter(now[2]))
