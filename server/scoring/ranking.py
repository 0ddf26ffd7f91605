"""Departments beside each other: rank intervals and shrunk scores, in floats. Pure.

A table never shows a bare rank: a difference that the samples can't tell is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from server.core.lazily import Later
from server.scoring.rules import SHOWN
from server.scoring.shrinkage import LEAST_UNITS, shrink
from server.scoring.tree import DepartmentNode

if TYPE_CHECKING:
    from server.scoring import ranks
else:
    ranks = Later("server.scoring.ranks")


@dataclass(frozen=True)
class Place:
    """Where a department may stand: on its own, and in the table as a whole.

    ``shrunk`` is its score shrunk towards the mean of all: its own score where that has no error,
    None where fewer than three departments have one.
    """

    department_id: int
    alone: "ranks.RankInterval"
    in_table: "ranks.RankInterval"
    shrunk: Decimal | None


def places(departments: Sequence[DepartmentNode], *, level: str, seed: int) -> list[Place]:
    """Return the place of each department that has a score, in the order given.

    Args:
        departments: their trees.
        level: the confidence level, such as "0.95".
        seed: what the rank intervals are drawn with.
    """
    scored = [
        (node.department.id, float(node.figure.score), float(node.figure.standard_error))
        for node in departments
        if node.figure.score is not None and node.figure.standard_error is not None
    ]
    if not scored:
        return []
    means = [mean for _, mean, _ in scored]
    errors = [error for _, _, error in scored]
    alone = ranks.marginal(means, errors, level=float(level), seed=seed)
    in_table = ranks.simultaneous(means, errors, level=float(level), seed=seed)
    shrunk: Sequence[float | None] = [None if error else mean for _, mean, error in scored]
    if sum(error > 0 for error in errors) >= LEAST_UNITS:
        shrunk = shrink(means, errors).means
    return [
        Place(identifier, own, joint, None if value is None else _shown(value))
        for (identifier, _, _), own, joint, value in zip(
            scored, alone, in_table, shrunk, strict=True
        )
    ]


def _shown(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(SHOWN, ROUND_HALF_UP)
