"""Ratings with the same extreme level throughout: a share far above that of other departments."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.integrity.rules import Group, Thresholds
from server.integrity.straight import Extreme, find_straight_lines

LIMITS = Thresholds()
Counts = dict[tuple[Group, int], Extreme]


def honest(seed: int) -> Counts:
    """A city whose departments differ in how good they are, and a little in how they are rated."""
    draw = random.Random(seed)  # noqa: S311 made-up data
    counts: Counts = {}
    for department in range(30):
        for level, usual in ((5, 0.55), (1, 0.3)):
            ratings = draw.choice([15, 60, 200, 700])
            share = min(0.95, max(0.05, draw.gauss(usual, 0.03)))
            straight = sum(draw.random() < share for _ in range(ratings))
            counts[Group(department, 1), level] = Extreme(ratings, straight)
    return counts


def found(counts: Counts) -> list[tuple[Group, int]]:
    return [(line.group, line.level) for line in find_straight_lines(counts, LIMITS)]


@pytest.mark.parametrize("seed", range(8))
def test_an_honest_campaign_has_none(seed: int) -> None:
    assert found(honest(seed)) == []


@pytest.mark.parametrize("level", [5, 1])
def test_planted_ones_are_found(level: int) -> None:
    counts = honest(1)
    group = Group(3, 1)
    before = counts[group, level] = Extreme(300, 150 if level == 5 else 90)
    counts[group, level] = Extreme(before.ratings + 300, before.straight + 300)
    assert found(counts) == [(group, level)]


def test_a_department_that_everybody_praises_does_not_stand_out_by_that() -> None:
    counts = honest(2)
    counts[Group(8, 1), 5] = Extreme(5000, 2800)
    assert found(counts) == []


def test_where_everybody_taps_the_best_level_throughout_nothing_is_told_by_it() -> None:
    counts = {(Group(number, 1), 5): Extreme(200, 190) for number in range(10)}
    counts[Group(10, 1), 5] = Extreme(200, 200)
    assert found(counts) == []


def test_a_campaign_without_others_to_compare_with_tells_nothing() -> None:
    assert found({(Group(1, 1), 5): Extreme(500, 500)}) == []
    assert found({(Group(1, 1), 5): Extreme(500, 500), (Group(2, 1), 5): Extreme(20, 1)}) == []


def test_a_channel_is_compared_with_itself_where_it_can_be() -> None:
    counts: Counts = {(Group(number, 2), 5): Extreme(300, 285) for number in range(5)}
    counts |= {(Group(number, 1), 5): Extreme(300, 90) for number in range(5)}
    assert found(counts) == [], "counters are rated in a hurry, everywhere"
    counts[Group(9, 1), 5] = Extreme(300, 285)
    assert found(counts) == [(Group(9, 1), 5)]


extreme = st.integers(0, 10**5).flatmap(
    lambda number: st.builds(Extreme, st.just(number), st.integers(0, number))
)


@given(
    st.dictionaries(
        st.tuples(st.builds(Group, st.integers(1, 4), st.integers(1, 2)), st.sampled_from([5, 1])),
        extreme,
    )
)
def test_any_counts_are_judged(counts: Counts) -> None:
    for line in find_straight_lines(counts, LIMITS):
        assert line.count - line.expected >= 20
        assert 100 * (line.count / line.ratings - line.share_elsewhere) >= 15
