"""Weights of cells from known population margins, in floats. Pure.

A rating carries its stratum cell and nothing nearer, so weights belong to cells, not to raters.
Weights become part of a score only after ``weights.frozen`` has written them down as decimals.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Margins = Mapping[str, Mapping[str, float]]

MOST_ROUNDS = 1000
MOST_TRIMS = 50
TOLERANCE = 1e-10


class RakingError(ValueError):
    """No weights meet the margins; ``reason`` and ``detail`` name why.

    Reasons: ``no_raters``, ``unknown_category`` (raters without a target), ``empty_category``
    (a target without raters), ``unequal_totals``, ``not_converging``.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        """Keep the reason."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Cell:
    """Raters of one stratum cell: its category in each dimension, their number, base weight."""

    categories: Mapping[str, str]
    raters: float
    base: float = 1.0


@dataclass(frozen=True)
class Raked:
    """The weight of a rater in each cell, in the order given.

    ``largest_gap`` is the largest difference that trimming left between a margin and its target,
    as a fraction of the population.
    """

    weights: tuple[float, ...]
    largest_gap: float


def rake(cells: Sequence[Cell], margins: Margins, *, cap: float | None = None) -> Raked:
    """Return weights whose sums by category meet every margin (iterative proportional fitting).

    Deming and Stephan, On a least squares adjustment of a sampled frequency table (1940): each
    dimension in turn, multiply the weights of a category by target / weighted sum, until all fit.

    Args:
        cells: the cells; those without raters get weight 0.
        margins: dimension -> category -> persons in the population.
        cap: the largest weight as a multiple of the mean weight, more than 1; None trims nothing.
            Trimming and raking take turns; the last word is trimming's, so the cap holds.

    Raises:
        RakingError: the margins can't be met.
    """
    _check(cells, margins)
    weights = _fit(cells, margins, [cell.base if cell.raters else 0.0 for cell in cells])
    if cap is None:
        return Raked(tuple(weights), _largest_gap(cells, margins, weights))
    sizes = [cell.raters for cell in cells]
    trimmed = trim(weights, sizes, cap=cap)
    for _ in range(MOST_TRIMS):
        if _largest_gap(cells, margins, trimmed) <= TOLERANCE:
            break
        trimmed = trim(_fit(cells, margins, trimmed), sizes, cap=cap)
    return Raked(tuple(trimmed), _largest_gap(cells, margins, trimmed))


def trim(weights: Sequence[float], sizes: Sequence[float], *, cap: float) -> list[float]:
    """Cut weights at ``cap`` x their mean and share what was cut among the others, in proportion.

    Potter, A study of procedures to identify and trim extreme sampling weights (1990), with the
    sum kept: what is shared can lift another weight over the cap, so it is done until none is.

    Args:
        weights: the weight of a rater in each cell.
        sizes: raters in each cell.
        cap: multiple of the mean weight, more than 1.

    Raises:
        ValueError: a cap of 1 or less.
    """
    if not cap > 1:
        message = f"a cap is more than 1: {cap}"
        raise ValueError(message)
    total = math.fsum(map(_product, weights, sizes))
    raters = math.fsum(size for size, weight in zip(sizes, weights, strict=True) if weight)
    if not raters:
        return list(weights)
    most = cap * total / raters
    result = list(weights)
    cut: set[int] = set()
    while above := {place for place, weight in enumerate(result) if weight > most} - cut:
        cut |= above
        kept = total - most * math.fsum(sizes[place] for place in cut)
        free = math.fsum(
            weight * sizes[place] for place, weight in enumerate(result) if place not in cut
        )
        result = [
            most if place in cut else weight * kept / free for place, weight in enumerate(result)
        ]
    return result


def design_effect(weights: Sequence[float], sizes: Sequence[float]) -> float:
    """Return Kish's design effect of unequal weights, n Σw² / (Σw)²: 1 for equal ones.

    Kish, Survey Sampling (1965), section 11.7. The effective size is n / design effect.
    ``weights`` and ``sizes`` are by cell: a rater's weight, raters. Raises ValueError for none.
    """
    total = math.fsum(map(_product, weights, sizes))
    if total <= 0:
        message = "no weights"
        raise ValueError(message)
    squares = math.fsum(w * w * size for w, size in zip(weights, sizes, strict=True))
    return math.fsum(sizes) * squares / (total * total)


def _product(weight: float, size: float) -> float:
    return weight * size


def _check(cells: Sequence[Cell], margins: Margins) -> None:
    filled = [cell for cell in cells if cell.raters > 0]
    if not filled or not margins:
        raise RakingError("no_raters")
    totals = {name: math.fsum(targets.values()) for name, targets in margins.items()}
    first = next(iter(totals.values()))
    for name, targets in margins.items():
        if not math.isclose(totals[name], first, rel_tol=TOLERANCE):
            raise RakingError("unequal_totals", name)
        present = {cell.categories.get(name, "") for cell in filled}
        for category in sorted(present):
            if not targets.get(category):
                raise RakingError("unknown_category", f"{name}={category}")
        for category, target in targets.items():
            if target and category not in present:
                raise RakingError("empty_category", f"{name}={category}")


def _fit(cells: Sequence[Cell], margins: Margins, start: Sequence[float]) -> list[float]:
    weights = list(start)
    for _ in range(MOST_ROUNDS):
        for name, targets in margins.items():
            sums = _sums(cells, name, weights)
            weights = [
                weight * targets[cell.categories[name]] / sums[cell.categories[name]]
                if weight
                else 0.0
                for cell, weight in zip(cells, weights, strict=True)
            ]
        if _largest_gap(cells, margins, weights) <= TOLERANCE:
            return weights
    raise RakingError("not_converging")


def _sums(cells: Sequence[Cell], name: str, weights: Sequence[float]) -> Mapping[str, float]:
    parts: dict[str, list[float]] = defaultdict(list)
    for cell, weight in zip(cells, weights, strict=True):
        if weight:
            parts[cell.categories[name]].append(weight * cell.raters)
    return {category: math.fsum(part) for category, part in parts.items()}


def _largest_gap(cells: Sequence[Cell], margins: Margins, weights: Sequence[float]) -> float:
    gaps = [0.0]
    for name, targets in margins.items():
        total = math.fsum(targets.values())
        sums = _sums(cells, name, weights)
        gaps += [
            abs(sums.get(category, 0.0) - target) / total for category, target in targets.items()
        ]
    return max(gaps)
