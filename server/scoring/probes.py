"""Trial scores of a scheme: what must hold for whatever it says. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from server.evaluation.rules import UNKNOWN
from server.scoring.rules import HIGHEST, LOWEST
from server.scoring.scheme import Scheme
from server.scoring.snapshot import Cell, Department, Group
from server.scoring.tree import score_department


def failures(scheme: Scheme, most_x: Decimal) -> list[str]:
    """Return what a scheme gets wrong: the ends of the scale, and 不了解 in the denominator."""
    score = partial(_score, scheme, most_x)
    best, worst, middle = {5: 1}, {1: 1}, {4: 2, 2: 1}
    found = []
    if score(best) != HIGHEST:
        found.append("全部非常满意时得不到 100 分，请检查分值和权重。")
    if score(worst) != LOWEST:
        found.append("全部非常不满意时得不到 0 分，请检查分值和权重。")
    if score(middle) != score({**middle, UNKNOWN: 7}):
        found.append("“不了解”影响了分数，请检查分值和权重。")
    return found


def _score(scheme: Scheme, most_x: Decimal, levels: Mapping[int, int]) -> Decimal | None:
    """Return the score of a department whose raters of all channels answer all questions alike."""
    raters = scheme.smallest_group
    counts = {level: number * raters for level, number in levels.items()}
    cell = Cell("", Decimal(1), {leaf.code: counts for leaf in scheme.leaves})
    groups = tuple(
        Group(part.channel, panel, raters, (cell,))
        for part in scheme.channels
        for panel in ([one.code for one in part.panels] or [""])
    )
    return score_department(scheme, Department(1, "", groups), most_x=most_x).score
