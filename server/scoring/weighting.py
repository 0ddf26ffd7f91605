"""What a rater of each cell of a panel weighs: population, margins, cap; then written down. Pure.

    weight of a cell = its people / its ratings         design weight x nonresponse (see below)
    raked to the scheme's margins, where it gives some
    trimmed at the scheme's cap, where it gives one
    times a factor so that ratings weigh 1 on average

The first line is the design weight (people / asked) times what nonresponse asks for (asked /
answered). All of a panel are asked about the same number of departments, by rotation, so that the
ratings of a cell in all departments together stand for its people, whatever it answered of; one
weight serves all departments.

Weights are found in floats (``raking``) and frozen as decimals of six places in a snapshot: what a
score is worked out from is what stands there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from server.sampling.rules import MERGED, categories_of
from server.scoring import raking
from server.scoring.margins import Together, together
from server.scoring.rules import STEP, UNWEIGHTED
from server.scoring.scheme import Panel


class WeightingError(ValueError):
    """No weights can be told; the text says to the office why, and what to do."""


@dataclass(frozen=True)
class SampledCell:
    """A cell of a panel: its people, and its ratings in all departments."""

    name: str
    population: int
    ratings: int


def weights_of_cells(panel: Panel, cells: Sequence[SampledCell]) -> dict[str, Decimal]:
    """Return the weight of a rater in each cell of a panel; 1 where nobody rated.

    Raises:
        WeightingError: the scheme's margins can't be met with these cells and ratings.
    """
    rated = [cell for cell in cells if cell.ratings]
    result = {cell.name: UNWEIGHTED for cell in cells}
    if not rated:
        return result
    start = [cell.population / cell.ratings for cell in rated]
    sizes = [float(cell.ratings) for cell in rated]
    cap = None if panel.cap is None else float(panel.cap)
    if panel.margins:
        found = _raked(panel, cells, start, cap)
    elif cap is not None:
        found = raking.trim(start, sizes, cap=cap)
    else:
        found = start
    scale = sum(sizes) / sum(weight * size for weight, size in zip(found, sizes, strict=True))
    for cell, weight in zip(rated, found, strict=True):
        result[cell.name] = frozen(weight * scale)
    return result


def check_cells(panel: Panel, cells: Sequence[SampledCell]) -> None:
    """Raise WeightingError where the scheme's margins don't fit the cells that were drawn."""
    if not panel.margins:
        return
    joined, categories = _together(panel, cells)
    for dimension, targets in joined.targets.items():
        drawn = {joined.group_of(dimension, one[dimension]) for one in categories.values()}
        if missing := [group for group in targets if group not in drawn]:
            message = (
                f"{panel.name}没有抽到“{dimension}：{missing[0]}”的人，无法按总体分布加权。"
                f"{_merge_hint(missing[0])}"
            )
            raise WeightingError(message)


def frozen(weight: float) -> Decimal:
    """Write a weight down: six places, half up, never less than the smallest of them."""
    return max(STEP, Decimal(repr(weight)).quantize(STEP, ROUND_HALF_UP))


def _raked(
    panel: Panel, cells: Sequence[SampledCell], start: Sequence[float], cap: float | None
) -> Sequence[float]:
    joined, categories = _together(panel, cells)
    rated = [cell for cell in cells if cell.ratings]
    raked = [
        raking.Cell(
            {name: joined.group_of(name, categories[cell.name][name]) for name in panel.margins},
            cell.ratings,
            base,
        )
        for cell, base in zip(rated, start, strict=True)
    ]
    try:
        return raking.rake(raked, joined.targets, cap=cap).weights
    except raking.RakingError as error:
        raise WeightingError(_told(panel, error)) from error


def _together(
    panel: Panel, cells: Sequence[SampledCell]
) -> tuple[Together, dict[str, dict[str, str]]]:
    categories = {cell.name: _categories(panel, cell.name) for cell in cells}
    try:
        return together(panel.margins, categories.values()), categories
    except KeyError as error:
        dimension, category = error.args
        message = (
            f"{panel.name}的样本中有“{dimension}：{category}”，评分方案的总体分布里没有这一类。"
            "请在评分方案中补上它的人数，另存为新版本，再重新计算。"
        )
        raise WeightingError(message) from error


def _categories(panel: Panel, name: str) -> dict[str, str]:
    found = categories_of(name)
    if missing := [dimension for dimension in panel.margins if dimension not in found]:
        message = (
            f"{panel.name}没有按“{missing[0]}”分层抽样，不能按它的总体分布加权。"
            f"请在评分方案中删去{panel.name}的这一维总体分布，另存为新版本，再重新计算。"
        )
        raise WeightingError(message)
    return found


def _told(panel: Panel, error: raking.RakingError) -> str:
    if error.reason == "empty_category":
        dimension, _, category = error.detail.partition("=")
        return (
            f"{panel.name}中“{dimension}：{category}”没有收到评价，无法按总体分布加权。"
            f"{_merge_hint(category)}"
        )
    if error.reason == "not_converging":
        return (
            f"{panel.name}的各维总体分布与样本不能同时吻合，无法加权。"
            "请在评分方案中合并人数少的类别或减少维度，另存为新版本，再重新计算。"
        )
    return f"{panel.name}的总体分布不能用于加权，请核对评分方案后另存为新版本，再重新计算。"


def _merge_hint(category: str) -> str:
    return (
        f"请在评分方案中把它与相邻的类别合写成一类（如“{category}{MERGED}相邻类别”，"
        "人数相加），另存为新版本，再重新计算。"
    )
