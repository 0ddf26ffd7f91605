"""How far a mean can be moved while everything that is shown stays the same. Pure.

All versions' equations together are a set of rows over the figures that are not shown, each known
to half a step of its last place. What can be told of a figure is the least and the greatest value
that it has in any solution: a linear programme, solved by the simplex method with bounds. The true
figures solve it, so it starts from them, and no row's right side needs to be known: unknown here
is only how far each figure lies from the truth.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Unknown = TypeVar("Unknown", bound=Hashable)
Row = Mapping[Unknown, Fraction]
Floats = NDArray[np.float64]
Range = tuple[float, float]

# Figures are published with 2 places.
HALF_STEP = 0.005
TINY = 1e-9
# After so many steps the first column that helps is taken, not the best: that never goes in
# circles. Who stops early only believes that more is told than is.
STEPS_OF_BEST = 60
MOST_STEPS = 2000


class Solutions(Generic[Unknown]):
    """All values of the unknowns that fit what is shown."""

    def __init__(
        self,
        rows: Iterable[Row[Unknown]],
        bounds: Mapping[Unknown, tuple[Fraction, Fraction, Fraction]],
    ) -> None:
        """Take rows and, by unknown, its least, true and greatest value.

        Args:
            rows: coefficients; what has no bounds is known and left out.
            bounds: least value, truth, greatest value, without regard to the rows.
        """
        self.bounds = bounds
        told = _distinct(rows, bounds)
        self.keys = sorted({key for row in told for key in row}, key=repr)
        self.place = {key: place for place, key in enumerate(self.keys)}
        self.rows: Floats = np.zeros((len(told), len(self.keys)))
        for line, row in enumerate(told):
            for key, factor in row.items():
                self.rows[line, self.place[key]] = float(factor)
        ends = [bounds[key] for key in self.keys]
        half = [HALF_STEP] * len(told)
        # The unknowns first, then a row's own value each.
        self.low: Floats = np.array(
            [*(float(low - true) for low, true, _ in ends), *(-h for h in half)]
        )
        self.high: Floats = np.array([*(float(high - true) for _, true, high in ends), *half])

    def range(self, functional: Row[Unknown]) -> Range:
        """Return the least and the greatest value of a sum of unknowns."""
        known = {key: factor for key, factor in functional.items() if key in self.bounds}
        goal = np.zeros(len(self.keys))
        low = high = sum(float(factor * self.bounds[key][1]) for key, factor in known.items())
        for key, factor in known.items():
            if key in self.place:
                goal[self.place[key]] = float(factor)
            else:
                least, true, most = (float(end) for end in self.bounds[key])
                low += float(factor) * (least - true)
                high += float(factor) * (most - true)
        return low - self._most(-goal), high + self._most(goal)

    def rows_within(self, functional: Row[Unknown]) -> int:
        """Return how many rows are of a sum's unknowns alone."""
        inside = np.array([key in functional for key in self.keys], dtype=bool)
        return int((~(self.rows != 0.0)[:, ~inside].any(axis=1)).sum()) if self.keys else 0

    def _most(self, goal: Floats) -> float:
        """Return how far a sum can be raised above the truth."""
        if not goal.any():
            return 0.0
        columns = len(self.keys)
        table = self.rows.copy()
        cost = goal.copy()
        outside = np.arange(columns)
        inside = np.arange(columns, columns + len(table))
        value = np.zeros(len(self.low))
        for step in range(MOST_STEPS):
            at = value[outside]
            helps = ((cost > TINY) & (at < self.high[outside] - TINY)) | (
                (cost < -TINY) & (at > self.low[outside] + TINY)
            )
            if not helps.any():
                break
            if step < STEPS_OF_BEST:
                column = int(np.argmax(np.where(helps, np.abs(cost), -1.0)))
            else:
                column = min(map(int, np.flatnonzero(helps)), key=lambda one: int(outside[one]))
            self._step(table, cost, outside, inside, value, column)
        return float(goal @ value[:columns])

    def _step(
        self,
        table: Floats,
        cost: Floats,
        outside: NDArray[np.int_],
        inside: NDArray[np.int_],
        value: Floats,
        column: int,
    ) -> None:
        """Move one unknown until it, or a row, meets its bound."""
        sign = 1.0 if cost[column] > 0 else -1.0
        moved = outside[column]
        own = (self.high if sign > 0 else self.low)[moved] - value[moved]
        rate = sign * table[:, column]
        room = np.full(len(rate), np.inf)
        up, down = rate > TINY, rate < -TINY
        room[up] = (self.high[inside[up]] - value[inside[up]]) / rate[up]
        room[down] = (self.low[inside[down]] - value[inside[down]]) / rate[down]
        nearest = float(room.min(initial=np.inf))
        length = max(0.0, min(abs(own), nearest))
        value[moved] += sign * length
        value[inside] += length * rate
        if nearest >= abs(own):
            return
        ties = np.flatnonzero(room <= nearest + TINY)
        line = int(max(ties, key=lambda one: (abs(table[one, column]), -int(inside[one]))))
        _exchange(table, cost, line, column)
        outside[column], inside[line] = inside[line], outside[column]


def _exchange(table: Floats, cost: Floats, line: int, column: int) -> None:
    """Solve a row for an unknown and put it into the others."""
    pivot = table[line, column]
    solved = -table[line] / pivot
    solved[column] = 1.0 / pivot
    factors = table[:, column].copy()
    factors[line] = 0.0
    table[:, column] = 0.0
    table += np.outer(factors, solved)
    table[line] = solved
    factor = cost[column]
    cost[column] = 0.0
    cost += factor * solved


def _distinct(
    rows: Iterable[Row[Unknown]], unknown: Mapping[Unknown, object]
) -> Sequence[Row[Unknown]]:
    found: dict[frozenset[tuple[Unknown, Fraction]], Row[Unknown]] = {}
    for row in rows:
        left = {key: factor for key, factor in row.items() if factor and key in unknown}
        if left:
            found.setdefault(frozenset(left.items()), left)
    return list(found.values())
