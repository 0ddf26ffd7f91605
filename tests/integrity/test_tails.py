"""How surprising a count is: held to exact sums, and to what tables of statistics print."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.integrity.tails import binomial_tail, count_tail, surprising


def exact_binomial(at_least: int, tries: int, chance: Fraction) -> float:
    terms = (
        math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k)
        for k in range(at_least, tries + 1)
    )
    return float(sum(terms, Fraction(0)))


@given(st.integers(1, 60), st.integers(1, 99), st.data())
def test_a_binomial_tail_is_the_exact_sum_where_it_is_a_surprise(
    tries: int, percent: int, data: st.DataObject
) -> None:
    at_least = data.draw(st.integers(0, tries))
    chance = Fraction(percent, 100)
    found = binomial_tail(at_least, tries, percent / 100)
    if at_least > tries * percent / 100:
        assert found == pytest.approx(exact_binomial(at_least, tries, chance), rel=1e-9)
    else:
        assert found == 1.0


@pytest.mark.parametrize(
    ("at_least", "mean", "tail"),
    # 1 minus what tables of the Poisson distribution print for one count less.
    [(5, 1.0, 0.00366), (10, 4.0, 0.00813), (21, 10.0, 0.00159)],
)
def test_a_poisson_tail_is_that_of_the_tables(at_least: int, mean: float, tail: float) -> None:
    assert count_tail(at_least, mean, mean) == pytest.approx(tail, abs=5e-6)


@given(st.floats(0.5, 200), st.floats(1.05, 40), st.integers(1, 400))
def test_a_negative_binomial_tail_is_the_sum_of_its_terms(
    mean: float, times: float, more: int
) -> None:
    variance = mean * times
    at_least = math.ceil(mean) + more
    size = mean * mean / (variance - mean)
    share = mean / (mean + size)
    below = math.fsum(
        math.exp(
            math.lgamma(k + size)
            - math.lgamma(size)
            - math.lgamma(k + 1)
            + size * math.log1p(-share)
            + k * math.log(share)
        )
        for k in range(at_least)
    )
    assert count_tail(at_least, mean, variance) == pytest.approx(1 - below, abs=1e-9)


@given(st.integers(1, 10**6), st.floats(1e-6, 0.999), st.integers(0, 10**6))
def test_a_tail_is_a_chance_however_large_the_numbers(
    tries: int, chance: float, at_least: int
) -> None:
    assert 0.0 <= binomial_tail(at_least, tries, chance) <= 1.0


def test_what_cannot_be_has_no_chance_and_what_must_be_is_certain() -> None:
    assert binomial_tail(11, 10, 0.5) == 0.0
    assert binomial_tail(0, 10, 0.5) == 1.0
    assert binomial_tail(10, 10, 1.0) == 1.0
    assert binomial_tail(1, 10, 0.0) == 0.0
    assert count_tail(1, 0.0, 0.0) == 0.0
    assert count_tail(0, 5.0, 5.0) == 1.0


def test_holms_example_keeps_what_survives_step_by_step() -> None:
    chances = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}
    assert surprising(chances, 0.05, asked=4) == {"a", "d"}
    assert surprising(chances, 0.05, asked=400) == set()


@given(st.dictionaries(st.integers(), st.floats(0, 1), max_size=30))
def test_asking_more_questions_never_finds_more(chances: dict[int, float]) -> None:
    few = surprising(chances, 0.05, asked=len(chances))
    many = surprising(chances, 0.05, asked=10 * len(chances) + 1)
    assert many <= few
    assert all(chances[name] <= 0.05 for name in few)
