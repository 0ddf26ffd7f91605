"""Departments beside each other: rank intervals and shrunk scores, in floats. Pure.

A table never shows a bare rank: a difference that the samples can't tell is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from server.scoring.ranks import RankInterval, marginal, simultaneous
from server.scoring.rules import SHOWN
from server.scoring.shrinkage import shrink
from server.scoring.tree import DepartmentNode

LEAST_SHRUNK = 3


@dataclass(frozen=True)
class Place:
    """Where a department may stand: on its own, and in the table as a whole.

    ``shrunk`` is its score shrunk towards the mean of all, None for fewer than three departments.
    """

    department_id: int
    alone: RankInterval
    in_table: RankInterval
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
    alone = marginal(means, errors, level=float(level), seed=seed)
    in_table = simultaneous(means, errors, level=float(level), seed=seed)
    shrunk: Sequence[float | None] = [None] * len(scored)
    if len(scored) >= LEAST_SHRUNK:
        shrunk = shrink(means, errors).means
    return [
        Place(identifier, own, joint, None if value is None else _shown(value))
        for (identifier, _, _), own, joint, value in zip(
            scored, alone, in_table, shrunk, strict=True
        )
    ]


def _shown(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(SHOWN, ROUND_HALF_UP)
