"""A weighted mean and its linearised variance, in floats. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from server.scoring.intervals import Interval, critical_value


@dataclass(frozen=True)
class Answers:
    """Raters of one stratum who gave the same value and have the same weight."""

    value: float
    raters: int
    weight: float = 1.0
    stratum: str = ""


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error, both in the values' unit; ``raters`` unweighted."""

    mean: float
    standard_error: float
    raters: int

    def interval(self, level: float = 0.95) -> Interval:
        """Return mean ± z x standard error."""
        half = critical_value(level) * self.standard_error
        return Interval(self.mean - half, self.mean + half)


def weighted_mean(answers: Iterable[Answers]) -> Estimate:
    """Return Σwy / Σw with its variance by linearisation (Taylor), raters drawn with replacement.

        u = w (y − mean) / Σw;   v = Σ_h n_h / (n_h − 1) Σ_i (u_hi − ū_h)²

    Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), section 5.7. Weights are
    taken as fixed and the finite population correction is left out: both make it too large rather
    than too small. A stratum's only rater is set against the mean of all (u against 0).

    Raises:
        ValueError: fewer than two raters, or no weight.
    """
    given = [one for one in answers if one.raters]
    raters = sum(one.raters for one in given)
    total = math.fsum(one.weight * one.raters for one in given)
    if raters < 2 or total <= 0:  # noqa: PLR2004 one rater has no spread
        message = "a variance needs two raters with weights"
        raise ValueError(message)
    mean = math.fsum(one.weight * one.raters * one.value for one in given) / total
    strata: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for one in given:
        strata[one.stratum].append((one.weight * (one.value - mean) / total, one.raters))
    variance = math.fsum(map(_variance, strata.values()))
    return Estimate(mean, math.sqrt(variance), raters)


def _variance(parts: list[tuple[float, int]]) -> float:
    raters = sum(number for _, number in parts)
    if raters == 1:
        return parts[0][0] ** 2
    centre = math.fsum(u * number for u, number in parts) / raters
    squares = math.fsum((u - centre) ** 2 * number for u, number in parts)
    return squares * raters / (raters - 1)
