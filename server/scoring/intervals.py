"""Confidence intervals for shares, in floats: they tell uncertainty and enter no score. Pure."""

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Interval:
    """Both ends belong to it."""

    low: float
    high: float


def critical_value(level: float) -> float:
    """Return z of a two-sided normal interval: 1.96 for a level of 0.95.

    Raises ValueError for a level that is not between 0 and 1.
    """
    if not 0 < level < 1:
        message = f"a confidence level lies between 0 and 1: {level}"
        raise ValueError(message)
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(successes: float, size: float, *, level: float = 0.95) -> Interval:
    """Return Wilson's score interval for a share, as fractions of 1.

        (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)

    Wilson, Probable inference, the law of succession, and statistical inference (JASA 22, 1927),
    without continuity correction. It stays within 0 and 1 and has a width at 0 of n as well.

    Args:
        successes: how many of them; with weights, weighted share x effective size.
        size: of how many; with weights, the effective size n / design effect. More than 0.
        level: the confidence level, between 0 and 1.

    Raises:
        ValueError: a size of 0, successes outside of 0 and size, a level outside of 0 and 1.
    """
    if not 0 < size < math.inf or not 0 <= successes <= size:
        message = f"no share: {successes} of {size}"
        raise ValueError(message)
    z = critical_value(level)
    share = successes / size
    middle = share + z * z / (2 * size)
    half = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    whole = 1 + z * z / size
    # At the ends the formula gives exactly 0 and 1; rounding must not put them beside it.
    low = 0.0 if successes == 0 else max(0.0, (middle - half) / whole)
    high = 1.0 if successes == size else min(1.0, (middle + half) / whole)
    return Interval(low, high)
