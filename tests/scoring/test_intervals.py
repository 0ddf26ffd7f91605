import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scoring.intervals import critical_value, wilson


@pytest.mark.parametrize(
    ("successes", "size", "low", "high"), [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611)]
)
def test_wilson_gives_the_published_intervals(
    successes: int, size: int, low: float, high: float
) -> None:
    found = wilson(successes, size)
    assert round(found.low, 4) == low
    assert round(found.high, 4) == high


def test_the_ends_of_the_scale_are_exact_and_still_have_a_width() -> None:
    assert wilson(0, 20).low == 0
    assert wilson(20, 20).high == 1
    assert wilson(20, 20).low == pytest.approx(1 - wilson(0, 20).high)


@given(st.integers(1, 10**6).flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))))
def test_an_interval_holds_its_share_and_stays_within_the_scale(case: tuple[int, int]) -> None:
    successes, size = case
    found = wilson(successes, size)
    assert 0 <= found.low <= successes / size <= found.high <= 1
    mirrored = wilson(size - successes, size)
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-12)


def test_more_ratings_and_less_confidence_make_an_interval_narrower() -> None:
    def width(successes: int, size: int, level: float) -> float:
        found = wilson(successes, size, level=level)
        return found.high - found.low

    assert width(300, 1000, 0.95) < width(30, 100, 0.95) < width(30, 100, 0.99)


@pytest.mark.parametrize(("successes", "size"), [(0, 0), (-1, 5), (6, 5), (1, math.inf)])
def test_what_is_no_share_is_refused(successes: float, size: float) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(successes, size)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_outside_of_0_and_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        critical_value(level)
