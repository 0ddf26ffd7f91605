"""Many ratings from one block: compared with what the block sends about other departments."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.integrity.blocks import find_crowds
from server.integrity.rules import Group, Thresholds

LIMITS = Thresholds()
Counts = dict[Group, Counter[bytes]]


def name(number: int) -> bytes:
    return number.to_bytes(8, "big")


CARRIER, HALL, OFFICE = name(1), name(2), name(3)


def honest(seed: int, departments: int = 20) -> Counts:
    """A city: home blocks of a few raters, two carriers' gateways, a hall that serves all."""
    draw = random.Random(seed)  # noqa: S311 made-up data
    counts: Counts = {}
    for department in range(departments):
        for channel in (1, 2):
            group = counts[Group(department, channel)] = Counter()
            for _ in range(draw.randint(40, 600)):
                kind = draw.random()
                if kind < 0.25:
                    block = CARRIER
                elif kind < 0.45 and channel == 2:
                    block = HALL
                else:
                    block = name(100 + draw.randint(0, 900))
                group[block] += 1
    return counts


def found(counts: Counts) -> list[tuple[Group, bytes]]:
    return [(crowd.group, crowd.block) for crowd in find_crowds(counts, LIMITS)]


@pytest.mark.parametrize("seed", range(6))
def test_carriers_and_service_halls_stand_out_for_nobody(seed: int) -> None:
    assert found(honest(seed)) == []


@pytest.mark.parametrize("seed", range(4))
def test_ratings_from_one_office_are_found(seed: int) -> None:
    counts = honest(seed)
    group = max(counts, key=lambda one: counts[one].total())
    counts[group][OFFICE] += 60
    assert found(counts) == [(group, OFFICE)]
    [crowd] = find_crowds(counts, LIMITS)
    assert (crowd.count, crowd.elsewhere) == (60, 0)
    assert crowd.ratings == counts[group].total()
    assert crowd.blocks == len(counts[group])


def test_an_office_that_rates_many_departments_is_found_where_it_does_so_most() -> None:
    counts = honest(7)
    for group in counts:
        counts[group][OFFICE] += 2
    target = min(counts, key=lambda one: counts[one].total())
    counts[target][OFFICE] += 80
    assert found(counts) == [(target, OFFICE)]


def test_a_departments_own_channels_are_no_excuse_for_each_other() -> None:
    counts = honest(5)
    for channel in (1, 2):
        counts[Group(4, channel)][OFFICE] += 120
    assert found(counts) == [(Group(4, 1), OFFICE), (Group(4, 2), OFFICE)]


def test_a_small_share_of_a_large_department_is_let_pass() -> None:
    counts = honest(2)
    counts[Group(50, 1)] = Counter({name(5000 + number): 1 for number in range(1000)})
    counts[Group(50, 1)][OFFICE] = 40
    assert found(counts) == []


def test_where_everything_comes_by_one_block_nothing_is_told_by_it() -> None:
    counts = {Group(number, 1): Counter({CARRIER: 200}) for number in range(3)}
    assert found(counts) == []


@given(
    st.dictionaries(
        st.builds(Group, st.integers(1, 3), st.integers(1, 2)),
        st.dictionaries(st.sampled_from([name(n) for n in range(5)]), st.integers(1, 10**5)),
    )
)
def test_any_counts_are_judged(counts: dict[Group, dict[bytes, int]]) -> None:
    for crowd in find_crowds(counts, LIMITS):
        assert crowd.count >= 20
        assert crowd.count >= 5 * crowd.expected
        assert crowd.chance <= LIMITS.chance
