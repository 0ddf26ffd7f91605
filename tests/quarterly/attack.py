"""An outsider who keeps every edition, adds and subtracts, and can solve linear programmes.

Unknown to him are the withheld numbers. He takes every figure and every sum for an equation, once
as if nothing had changed between the editions, once with numbers of each edition's own; and asks
scipy for the least and the greatest value of what he wants to know.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from server.quarterly.rules import Measure

# Edition (the last is 0 where all are taken for one) and department.
Unknown = tuple[int, int]
Row = Mapping[Unknown, float]


@dataclass
class Equations:
    """What some editions say of one measure."""

    rows: list[tuple[dict[Unknown, float], float]]

    def range(self, wanted: Row) -> tuple[float, float]:
        """Return the least and the greatest value of a sum of unknowns."""
        keys = sorted({key for row, _ in self.rows for key in row} | set(wanted))
        place = {key: index for index, key in enumerate(keys)}
        matrix = np.zeros((len(self.rows), len(keys)))
        for line, (row, _) in enumerate(self.rows):
            for key, factor in row.items():
                matrix[line, place[key]] = factor
        values = np.array([value for _, value in self.rows])
        goal = np.zeros(len(keys))
        for key, factor in wanted.items():
            goal[place[key]] = factor
        ends = []
        for sign in (1, -1):
            found = linprog(sign * goal, A_eq=matrix, b_eq=values, bounds=[(0, 5000)] * len(keys))
            if found.status != 0:
                return -np.inf, np.inf
            ends.append(sign * found.fun)
        return ends[0], ends[1]


def equations(documents: Sequence[Mapping[str, Any]], measure: Measure, part: str) -> Equations:
    """Return what the editions say, each with unknowns of its own; the last has the number 0."""
    rows = []
    for place, document in enumerate(reversed(documents)):
        for members, value in _figures(document, measure, part):
            rows.append(({(place, one): 1.0 for one in members}, float(value)))
    return Equations(rows)


def as_if_unchanged(
    documents: Sequence[Mapping[str, Any]], measure: Measure, part: str
) -> Equations:
    """Return the last edition's equations, and what earlier ones say of what it withholds.

    Where an earlier figure disagrees, the later one is believed; an earlier sum is corrected by
    how its shown members have moved since.
    """
    *earlier, last = documents
    now = dict(_cells(last, measure, part))
    rows = equations([last], measure, part).rows
    for document in earlier:
        before = dict(_cells(document, measure, part))
        for one, value in before.items():
            if one not in now:
                rows.append(({(0, one): 1.0}, float(value)))
        for members, value in _figures(document, measure, part):
            if len(members) > 1:
                moved = sum(
                    now[one] - before[one] for one in members if one in now and one in before
                )
                rows.append(({(0, one): 1.0 for one in members}, float(value + moved)))
    return Equations(rows)


def _cells(document: Mapping[str, Any], measure: Measure, part: str) -> Iterator[tuple[int, int]]:
    for members, value in _figures(document, measure, part, sums=False):
        yield members[0], value


def _figures(
    document: Mapping[str, Any], measure: Measure, part: str, *, sums: bool = True
) -> Iterator[tuple[list[int], int]]:
    everybody = []
    for group in document["groups"]:
        members = [one["id"] for one in group["departments"]]
        everybody += members
        for one in group["departments"]:
            node = one["cases"][measure.value]
            if "withheld" not in node:
                yield [one["id"]], node[part]
        node = group.get("cases", {}).get(measure.value, {"withheld": True})
        if sums and "withheld" not in node:
            yield members, node[part]
    node = document["cases"][measure.value]
    if sums and "withheld" not in node:
        yield everybody, node[part]
