"""Unit means shrunk towards the common mean (empirical Bayes), in floats. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_UNITS = 3


@dataclass(frozen=True)
class Shrunk:
    """What the means share, and each mean shrunk towards it, in the order given.

    ``between`` is the variance of the true means; ``shares`` tell how much of its own mean each
    unit keeps: 1 all of it, 0 none.
    """

    centre: float
    between: float
    shares: tuple[float, ...]
    means: tuple[float, ...]


def shrink(means: Sequence[float], standard_errors: Sequence[float]) -> Shrunk:
    """Shrink each mean towards the common one, the more the less certain it is.

    Normal model, y_i ~ N(θ_i, D_i) with θ_i ~ N(μ, A), D_i known:

        A  = max(0, (Σ(y_i − ȳ)² − (1 − 1/m) ΣD_i) / (m − 1))       moments: Prasad and Rao (1990)
        μ  = Σ y_i/(A + D_i) / Σ 1/(A + D_i)
        θ̂_i = μ + A/(A + D_i) (y_i − μ)                               Morris (1983), Fay-Herriot

    A unit without error keeps its mean, and says nothing of A and μ: it is no draw whose error
    would have to be told from the spread of the others, and with a weight of 1/A it would be the
    centre by itself wherever A is 0.

    Args:
        means: y_i, at least three with an error (below that A can't be told from nothing).
        standard_errors: √D_i in the same unit, none below 0.

    Raises:
        ValueError: fewer than three units with an error, lists of unlike length, a negative error.
    """
    if len(standard_errors) != len(means):
        message = "shrinkage needs three units or more, each with its error"
        raise ValueError(message)
    if any(not error >= 0 for error in standard_errors):
        message = "a standard error is not below 0"
        raise ValueError(message)
    within = [error * error for error in standard_errors]
    uncertain = [(mean, error) for mean, error in zip(means, within, strict=True) if error > 0]
    units = len(uncertain)
    if units < LEAST_UNITS:
        message = "shrinkage needs three units or more, each with its error"
        raise ValueError(message)
    middle = math.fsum(mean for mean, _ in uncertain) / units
    spread = math.fsum((mean - middle) ** 2 for mean, _ in uncertain)
    errors = math.fsum(error for _, error in uncertain)
    between = max(0.0, (spread - (1 - 1 / units) * errors) / (units - 1))
    centre = _centre([mean for mean, _ in uncertain], [between + error for _, error in uncertain])
    shares = tuple(1.0 if error == 0 else between / (between + error) for error in within)
    return Shrunk(
        centre,
        between,
        shares,
        tuple(
            mean if share == 1 else centre + share * (mean - centre)
            for mean, share in zip(means, shares, strict=True)
        ),
    )


def _centre(means: Sequence[float], variances: Sequence[float]) -> float:
    """Return the mean weighted by 1 / variance."""
    least = min(variances)
    weights = [least / variance for variance in variances]
    return math.fsum(w * mean for w, mean in zip(weights, means, strict=True)) / math.fsum(weights)
