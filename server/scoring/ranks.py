"""Rank intervals: which ranks a unit may truly have, in floats; the ends are whole numbers. Pure.

Mogstad, Romano, Shaikh and Wilhelm, Inference for ranks with applications to mobility across
neighbourhoods and academic achievement across countries (Review of Economic Studies, 2024),
section 3: a unit's rank is counted from which differences to other units are surely above or below
zero. Those are found by the step-down method of Romano and Wolf (2005) over one-sided hypotheses
``unit a is not better than unit b``, so that the chance of even one wrong finding is at most
1 − level. The distribution of the largest statistic is drawn (parametric bootstrap): the units'
errors are independent and normal, which means of many ratings are.

Draws depend on the seed alone: Python fixes the generator's bits, and the normal quantile and all
else are plain arithmetic, element by element. So a published interval can be worked out again.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

DRAWS = 1000
# Draws are looked at in pieces, so that memory doesn't grow with units² x draws.
MOST_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class RankInterval:
    """Ranks from ``best`` to ``worst``, 1 the highest mean; both belong to it."""

    best: int
    worst: int


def marginal(
    means: Sequence[float],
    standard_errors: Sequence[float],
    *,
    level: float = 0.95,
    seed: int,
    draws: int = DRAWS,
) -> list[RankInterval]:
    """Return for each unit an interval that covers its own true rank with the level's chance.

    Right for the question where one unit stands; for a whole table use ``simultaneous``.

    Args:
        means: the units' means, higher is better.
        standard_errors: theirs, in the same unit; 0 for one that is known exactly.
        level: the confidence level, between 0 and 1.
        seed: the same seed, the same intervals.
        draws: how many draws the critical values come from.

    Raises:
        ValueError: lists of unlike length, a negative error, a level outside of 0 and 1.
    """
    study = _Study(means, standard_errors, level, seed, draws)
    better = np.zeros((study.units, study.units), dtype=bool)
    result = []
    for unit in range(study.units):
        family = np.zeros_like(better)
        family[unit, :] = family[:, unit] = True
        result.append(_interval(study.surely_better(family), unit))
    return result


def simultaneous(
    means: Sequence[float],
    standard_errors: Sequence[float],
    *,
    level: float = 0.95,
    seed: int,
    draws: int = DRAWS,
) -> list[RankInterval]:
    """Return intervals that cover the true ranks of all units at once with the level's chance.

    Arguments and errors as ``marginal``.
    """
    study = _Study(means, standard_errors, level, seed, draws)
    better = study.surely_better(np.ones((study.units, study.units), dtype=bool))
    return [_interval(better, unit) for unit in range(study.units)]


def _interval(better: Flags, unit: int) -> RankInterval:
    above = int(better[:, unit].sum())
    below = int(better[unit, :].sum())
    return RankInterval(1 + above, len(better) - below)


class _Study:
    """The differences of all pairs, their errors, and drawn errors of the units."""

    def __init__(
        self,
        means: Sequence[float],
        standard_errors: Sequence[float],
        level: float,
        seed: int,
        draws: int,
    ) -> None:
        if len(means) != len(standard_errors) or not means:
            message = "each unit has a mean and a standard error"
            raise ValueError(message)
        if any(not 0 <= error < math.inf for error in standard_errors):
            message = "a standard error is not below 0"
            raise ValueError(message)
        if not 0 < level < 1 or draws < 1:
            message = f"a confidence level lies between 0 and 1: {level}"
            raise ValueError(message)
        self.units = len(means)
        values = np.array(means, dtype=np.float64)
        errors = np.array(standard_errors, dtype=np.float64)
        self._differences: Floats = values[:, None] - values[None, :]
        self._errors: Floats = np.sqrt(errors[:, None] ** 2 + errors[None, :] ** 2)
        self._noise: Floats = _normal(seed, draws, self.units) * errors
        self._place = math.ceil(draws * level) - 1

    def surely_better(self, family: Flags) -> Flags:
        """Tell for each pair (a, b) of the family whether a is surely better than b."""
        # Between two units without error nothing is to be tested: the larger is the better one.
        found: Flags = family & (self._errors == 0) & (self._differences > 0)
        left: Flags = family & (self._errors > 0)
        while left.any():
            firsts, seconds = np.nonzero(left)
            critical = self._critical(firsts, seconds)
            errors = self._errors[firsts, seconds]
            new = self._differences[firsts, seconds] > critical * errors
            if not new.any():
                break
            found[firsts[new], seconds[new]] = True
            left[firsts[new], seconds[new]] = False
        return found

    def _critical(self, firsts: Places, seconds: Places) -> float:
        """Return the quantile of the largest drawn statistic over these pairs."""
        errors = self._errors[firsts, seconds]
        step = max(1, MOST_AT_ONCE // len(firsts))
        largest = [
            ((noise[:, firsts] - noise[:, seconds]) / errors).max(axis=1)
            for noise in (
                self._noise[start : start + step] for start in range(0, len(self._noise), step)
            )
        ]
        ordered: Floats = np.sort(np.concatenate(largest))
        # Below 0 the quantile would call a unit better that has the lower mean.
        return max(0.0, float(ordered[self._place]))


def _normal(seed: int, draws: int, units: int) -> Floats:
    """Return standard normal draws, by inversion of the generator's bits."""
    bits = random.Random(seed)  # noqa: S311 no secret: the same draws again are the point
    quantile = NormalDist().inv_cdf
    drawn = [quantile((bits.getrandbits(53) + 0.5) / 2**53) for _ in range(draws * units)]
    return np.array(drawn, dtype=np.float64).reshape(draws, units)
