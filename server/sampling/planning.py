"""A plan: from a frame's strata and the office's wishes to cells with sizes. Pure.

The least number of drawn persons of a cell follows from what may be known of a rating: its cell and
its department. Each cell must have ten drawn persons for each department that they are dealt; with
``departments_each`` of D departments a person, that is ``10 D / departments_each``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, Decimal
from math import ceil
from typing import Any

from server.sampling.allocation import Block, allocated, counted, merged
from server.sampling.drawing import CellWish, Drawn, digest_of_draw, draw
from server.sampling.rules import LEAST_IN_CELL
from server.sampling.sizes import Sizes, sizes

Document = dict[str, Any]
VERSION = 1


class TooFewError(ValueError):
    """Not even one cell can be had: ``least`` persons are needed, ``eligible`` may be drawn."""

    def __init__(self, least: int, eligible: int) -> None:
        """Say how many are needed and how many there are."""
        super().__init__(f"{eligible} persons may be drawn, {least} are needed")
        self.least, self.eligible = least, eligible


@dataclass(frozen=True)
class Wish:
    """What the office asks of a draw; ``least`` is the fewest drawn persons of a cell."""

    margin: Decimal
    confidence: Decimal
    design_effect: Decimal
    reserve_share: Decimal
    departments_each: int
    least: int = LEAST_IN_CELL


@dataclass(frozen=True)
class Terms:
    """What a draw is made of besides frame and wishes; numbers and departments are in order.

    ``skipped`` are the numbers that are passed over, ``first_cell`` the first cell's number.
    """

    panel: str
    seed: str
    seed_source: str
    skip_days: int | None
    skipped: tuple[int, ...]
    departments: tuple[int, ...]
    first_cell: int


@dataclass(frozen=True)
class PlannedCell:
    """A cell, how many are drawn in it, and how many replacements."""

    name: str
    block: Block
    drawn: int
    reserve: int


@dataclass(frozen=True)
class Plan:
    """Sizes and cells; ``least_mixed`` is the least number by which cells were merged."""

    sizes: Sizes
    least_mixed: int
    cells: tuple[PlannedCell, ...]
    population: int
    eligible: int

    @property
    def drawn(self) -> int:
        """How many are drawn, without the replacements."""
        return sum(cell.drawn for cell in self.cells)

    @property
    def reserve(self) -> int:
        """How many replacements are drawn."""
        return sum(cell.reserve for cell in self.cells)


def plain(number: Decimal) -> str:
    """Return a number's one spelling: no exponent, no zeros at the end."""
    return f"{number.normalize():f}"


def least_mixed(departments: int, each: int) -> int:
    """Return how many a cell needs for ten in it to rate each department."""
    return max(LEAST_IN_CELL, ceil(LEAST_IN_CELL * departments / each))


def plan(
    dimensions: Sequence[str],
    persons: Mapping[tuple[str, ...], int],
    eligible: Mapping[tuple[str, ...], int],
    wish: Wish,
    departments: int,
) -> Plan:
    """Return the cells and sizes; persons and who of them may be drawn are counted by stratum.

    Raises TooFewError where there are not enough persons for a single cell.
    """
    population, free = sum(persons.values()), sum(eligible.values())
    least = least_mixed(departments, wish.departments_each)
    if free < least:
        raise TooFewError(least, free)
    wanted = sizes(wish.margin, wish.confidence, wish.design_effect, population)
    size = min(max(wanted.corrected, least), free)
    blocks = merged(counted(persons, eligible), size=size, least=least)
    drawn = allocated(blocks, size=size, least=max(least, wish.least))
    cells = tuple(
        PlannedCell(block.name(dimensions), block, count, _reserve(block, count, wish))
        for block, count in zip(blocks, drawn, strict=True)
    )
    return Plan(wanted, least, cells, population, free)


def _reserve(block: Block, drawn: int, wish: Wish) -> int:
    wanted = int((drawn * wish.reserve_share).to_integral_value(ROUND_CEILING))
    return min(wanted, block.eligible - drawn)


def drawn_persons(
    members: Mapping[tuple[str, ...], Iterable[int]], planned: Plan, terms: Terms, each: int
) -> list[Drawn]:
    """Draw by a plan from the numbers of each stratum; a person gets ``each`` departments."""
    cell_of = {
        stratum.categories: place
        for place, cell in enumerate(planned.cells)
        for stratum in cell.block.strata
    }
    passed_over = set(terms.skipped)
    eligible: list[list[int]] = [[] for _ in planned.cells]
    for categories, numbers in members.items():
        found = eligible[cell_of[categories]]
        found += [number for number in numbers if number not in passed_over]
    cells = [
        CellWish(terms.first_cell + place, eligible[place], cell.drawn, cell.reserve)
        for place, cell in enumerate(planned.cells)
    ]
    return draw(terms.seed, terms.panel, cells, terms.departments, each)


def document(
    planned: Plan, drawn: Sequence[Drawn], wish: Wish, terms: Terms, frame: Document
) -> Document:
    """Return the plan as it is kept and given out: all that a draw is made of but the frame."""
    return {
        "version": VERSION,
        "panel": terms.panel,
        "frame": frame,
        "seed": terms.seed,
        "seed_source": terms.seed_source,
        "margin": plain(wish.margin),
        "confidence": plain(wish.confidence),
        "design_effect": plain(wish.design_effect),
        "reserve_share": plain(wish.reserve_share),
        "least": wish.least,
        "departments": list(terms.departments),
        "departments_each": wish.departments_each,
        "skip_days": terms.skip_days,
        "skipped": list(terms.skipped),
        "sizes": asdict(planned.sizes),
        "least_mixed": planned.least_mixed,
        "population": planned.population,
        "drawn": planned.drawn,
        "reserve": planned.reserve,
        "result": digest_of_draw(drawn).hex(),
        "cells": [
            {
                "number": terms.first_cell + place,
                "name": cell.name,
                "population": cell.block.population,
                "drawn": cell.drawn,
                "reserve": cell.reserve,
            }
            for place, cell in enumerate(planned.cells)
        ],
    }
