"""Strata, the cells that they are merged into, and how many are drawn in each. Pure and exact.

The rule of merging. A cell is too small where its share of the sample is under the least number of
drawn persons, or where fewer than that can be drawn. Categories of a dimension stand in their
natural order: runs of digits count as numbers, all else by code point. Within the persons who share
all dimensions but the last, the smallest too-small category (the first of equal ones) is joined to
the smaller of its two neighbours (the former of equal ones), until none is too small or one is
left. Where that one is still too small, its category of the dimension before is joined to a
neighbour by the same rule, and the persons of both are parted anew by the last dimension; and so on
up to the first.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import floor

from server.sampling.rules import MERGED, cell_name

Categories = tuple[str, ...]
DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class Stratum:
    """Who has the same categories: how many they are, and how many of them may be drawn."""

    categories: Categories
    population: int
    eligible: int


@dataclass(frozen=True)
class Block:
    """A cell: for each dimension the categories that it joins, and the strata within."""

    joined: tuple[Categories, ...]
    strata: tuple[Stratum, ...]

    @property
    def population(self) -> int:
        """How many persons of the frame are in it."""
        return sum(one.population for one in self.strata)

    @property
    def eligible(self) -> int:
        """How many of them may be drawn."""
        return sum(one.eligible for one in self.strata)

    def name(self, dimensions: Sequence[str]) -> str:
        """Return the cell's name; joined categories are parted by ``MERGED``."""
        shown = (MERGED.join(categories) for categories in self.joined)
        return cell_name(dict(zip(dimensions, shown, strict=True)))


TooSmall = Callable[[Block], bool]


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key in which 9岁 stands before 10岁."""
    return [
        (0, int(part), part) if place % 2 else (1, 0, part)
        for place, part in enumerate(DIGITS.split(text))
    ]


def merged(strata: Iterable[Stratum], *, size: int, least: int) -> list[Block]:
    """Join strata to cells by the rule above, for a sample of ``size``; in natural order.

    The last cell left may still be too small: whoever asks looks.
    """
    ordered = sorted(strata, key=lambda one: [natural(part) for part in one.categories])
    population = sum(one.population for one in ordered)

    def too_small(block: Block) -> bool:
        return block.eligible < least or size * block.population < least * population

    return _cells(ordered, (), too_small) if ordered else []


def _cells(
    strata: Sequence[Stratum], above: tuple[Categories, ...], small: TooSmall
) -> list[Block]:
    """Return the cells of strata that share the joined categories ``above``."""
    depth = len(above)
    if depth == len(strata[0].categories):
        return [Block(above, tuple(strata))]
    # What was joined above stands in the order of its own categories: sort by this one again.
    ordered = sorted(strata, key=lambda one: natural(one.categories[depth]))
    units: list[tuple[Categories, list[Stratum]]] = [
        ((category,), list(group))
        for category, group in groupby(ordered, key=lambda one: one.categories[depth])
    ]
    cells = [_cells(group, (*above, joined), small) for joined, group in units]
    while len(units) > 1:
        at = _smallest(cells, small)
        if at is None:
            break
        first = _neighbour(units, at)
        joined, group = units[first][0] + units[first + 1][0], units[first][1] + units[first + 1][1]
        units[first : first + 2] = [(joined, group)]
        cells[first : first + 2] = [_cells(group, (*above, joined), small)]
    return [cell for found in cells for cell in found]


def _smallest(cells: Sequence[Sequence[Block]], small: TooSmall) -> int | None:
    """Return which category is too small even as one cell: that with the fewest persons."""
    found = [place for place, blocks in enumerate(cells) if any(small(one) for one in blocks)]
    return min(found, key=lambda place: sum(one.population for one in cells[place]), default=None)


def _neighbour(units: Sequence[tuple[Categories, list[Stratum]]], at: int) -> int:
    """Return the former place of the two that are joined: ``at`` and its smaller neighbour."""
    beside = [place for place in (at - 1, at + 1) if 0 <= place < len(units)]
    chosen = min(beside, key=lambda place: sum(one.population for one in units[place][1]))
    return min(at, chosen)


def allocated(blocks: Sequence[Block], *, size: int, least: int) -> list[int]:
    """Return how many are drawn in each cell: in proportion to its persons, by largest remainder.

    No cell gets fewer than ``least`` or more than may be drawn in it; where that binds, the others
    share the rest in proportion. The whole is ``size``, unless these bounds say otherwise.
    """
    most = [block.eligible for block in blocks]
    fewest = [min(least, one) for one in most]
    total = min(max(size, sum(fewest)), sum(most))
    quotas = _quotas([block.population for block in blocks], fewest, most, total)
    drawn = [floor(quota) for quota in quotas]
    by_remainder = sorted(
        range(len(quotas)), key=lambda place: (drawn[place] - quotas[place], place)
    )
    for place in by_remainder[: total - sum(drawn)]:
        drawn[place] += 1
    return drawn


def _quotas(
    weights: Sequence[int], fewest: Sequence[int], most: Sequence[int], total: int
) -> list[Fraction]:
    """Return shares in proportion to ``weights`` within bounds, which sum to ``total``.

    The factor of proportion is found between those at which a bound begins or ceases to bind.
    """

    def bounded(factor: Fraction) -> list[Fraction]:
        return [
            min(max(factor * weight, Fraction(low)), Fraction(high))
            for weight, low, high in zip(weights, fewest, most, strict=True)
        ]

    turns = sorted(
        {
            Fraction(bound, weight)
            for bounds in (fewest, most)
            for bound, weight in zip(bounds, weights, strict=True)
        }
    )
    at = bisect_left(range(len(turns)), 1, key=lambda place: sum(bounded(turns[place])) >= total)
    upper = bounded(turns[at])
    if at == 0:
        return upper
    lower = bounded(turns[at - 1])
    # Between two turns the sum grows evenly.
    share = Fraction(total - sum(lower)) / (sum(upper) - sum(lower))
    return [low + share * (high - low) for low, high in zip(lower, upper, strict=True)]


def counted(strata: Mapping[Categories, int], eligible: Mapping[Categories, int]) -> list[Stratum]:
    """Return strata from counts of persons, and of those who may be drawn."""
    return [Stratum(key, count, eligible.get(key, 0)) for key, count in strata.items()]
