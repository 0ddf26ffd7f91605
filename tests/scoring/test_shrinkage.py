import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scoring.shrinkage import shrink


def test_three_units_by_hand() -> None:
    # Mean 70, squares 200, D = 20 each: A = (200 − 2/3 x 60) / 2 = 80, A / (A + D) = 0.8
    found = shrink([60, 70, 80], [math.sqrt(20)] * 3)
    assert found.between == pytest.approx(80)
    assert found.centre == pytest.approx(70)
    assert found.shares == pytest.approx((0.8, 0.8, 0.8))
    assert found.means == pytest.approx((62, 70, 78))


def test_the_less_certain_a_mean_the_further_it_moves() -> None:
    found = shrink([50, 70, 70, 90], [1, 5, 5, 12])
    assert found.shares[0] > found.shares[1] > found.shares[3]
    assert abs(found.means[3] - 90) > abs(found.means[0] - 50)


def test_noise_alone_is_shrunk_to_one_mean() -> None:
    found = shrink([69, 70, 71], [10, 10, 10])
    assert found.between == 0
    assert found.means == pytest.approx((70, 70, 70))


def test_a_certain_mean_stays_and_moves_no_other() -> None:
    means, errors = [74.0, 78, 82, 76, 80, 79, 81], [9.0] * 7
    alone = shrink(means, errors)
    for certain in (0.0, 60.0, 78.0, 100.0):
        found = shrink([certain, *means], [0, *errors])
        assert found.means == (certain, *alone.means)
        assert (found.centre, found.between) == (alone.centre, alone.between)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(1e-6, 50)), min_size=3, max_size=30),
)
def test_a_shrunk_mean_lies_between_its_own_and_the_common_one(
    units: list[tuple[float, float]],
) -> None:
    found = shrink([one[0] for one in units], [one[1] for one in units])
    for (mean, _), shrunk in zip(units, found.means, strict=True):
        low, high = sorted((mean, found.centre))
        assert low - 1e-9 <= shrunk <= high + 1e-9


def test_shrunk_means_are_nearer_to_the_truth_than_raw_ones() -> None:
    bits = random.Random(7)  # noqa: S311 the same draws at every run
    raw = better = 0.0
    for _ in range(100):
        truth = [bits.gauss(75, 4) for _ in range(20)]
        errors = [bits.choice([1, 4, 10]) for _ in truth]
        means = [bits.gauss(value, error) for value, error in zip(truth, errors, strict=True)]
        shrunk = shrink(means, errors).means
        raw += sum((a - b) ** 2 for a, b in zip(means, truth, strict=True))
        better += sum((a - b) ** 2 for a, b in zip(shrunk, truth, strict=True))
    assert better < 0.5 * raw


@pytest.mark.parametrize(
    ("means", "errors"),
    [([1, 2], [1, 1]), ([1, 2, 3], [1, 1]), ([1, 2, 3], [1, -1, 1]), ([1, 2, 3], [1, 0, 1])],
)
def test_too_few_units_and_impossible_errors_are_refused(
    means: list[float], errors: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"three units|below 0"):
        shrink(means, errors)
