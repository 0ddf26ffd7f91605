"""Population margins of a panel: their form, and weights worked out and written down from them.

Weights are found in floats (``raking``) and frozen as decimals of six places in a snapshot: what a
score is worked out from is what stands there. Pure.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from server.core.yaml_text import shown
from server.indicators.rules import Fault, weight_of
from server.sampling.rules import BETWEEN, EQUALS, categories_of
from server.scoring import raking
from server.scoring.rules import STEP
from server.scoring.scheme import Panel

MOST_DIMENSIONS = 5
MOST_CATEGORIES = 100
LONGEST_WORD = 30
MOST_PEOPLE = 10**9
UNWEIGHTED = Decimal(1)


def weights_of_cells(panel: Panel, raters: Mapping[str, int]) -> dict[str, Decimal]:
    """Return the weight of a rater in each cell of a panel, 1 on average; 1 where nothing is known.

    Args:
        panel: with its margins and cap; margins without raters in a category are an error.
        raters: cell name -> raters; the cell must name every dimension of the margins.

    Raises:
        raking.RakingError: the margins can't be met with these raters.
    """
    if not panel.margins:
        return dict.fromkeys(raters, UNWEIGHTED)
    names = [name for name, number in raters.items() if number]
    cells = [raking.Cell(categories_of(name), raters[name]) for name in names]
    for cell in cells:
        if missing := set(panel.margins) - set(cell.categories):
            raise raking.RakingError("unknown_category", min(missing))
    margins = {name: dict(targets) for name, targets in panel.margins.items()}
    cap = None if panel.cap is None else float(panel.cap)
    weights = raking.rake(cells, margins, cap=cap).weights
    people = sum(next(iter(margins.values())).values())
    scale = sum(raters[name] for name in names) / people
    return {name: frozen(weight * scale) for name, weight in zip(names, weights, strict=True)} | {
        name: UNWEIGHTED for name, number in raters.items() if not number
    }


def frozen(weight: float) -> Decimal:
    """Write a weight down: six places, half up, never less than the smallest of them."""
    return max(STEP, Decimal(repr(weight)).quantize(STEP, ROUND_HALF_UP))


def check_panel_margins(place: str, label: str, panel: dict[str, Any]) -> list[Fault]:
    """Return the faults of a panel's margins and cap."""
    faults = []
    margins, cap = panel.get("margins"), panel.get("cap")
    if cap is not None and ((weight := weight_of(cap)) is None or weight <= 1):
        faults.append(Fault(f"{place}.cap", f"{label}：权重上限须大于 1（平均权重的倍数）。"))
    if margins is None:
        return faults
    if not isinstance(margins, dict) or len(margins) > MOST_DIMENSIONS:
        message = f"{label}：总体分布应按维度填写，最多 {MOST_DIMENSIONS} 个维度。"
        return [*faults, Fault(f"{place}.margins", message)]
    totals = set()
    for name, targets in margins.items():
        inner = f"{place}.margins.{shown(name)}"
        if reason := _margin_fault(name, targets):
            faults.append(Fault(inner, f"{label}：{reason}"))
        else:
            totals.add(sum(targets.values()))
    if len(totals) > 1:
        faults.append(Fault(f"{place}.margins", f"{label}：各维度的总人数应相等。"))
    return faults


def _margin_fault(name: object, targets: object) -> str | None:
    if not _is_word(name):
        return f"维度名称最多 {LONGEST_WORD} 个字，不能含「{BETWEEN}」「{EQUALS}」。"
    if not isinstance(targets, dict) or not 1 <= len(targets) <= MOST_CATEGORIES:
        return f"每个维度应有 1 至 {MOST_CATEGORIES} 个类别及其人数。"
    for category, people in targets.items():
        if not _is_word(category):
            return f"类别名称最多 {LONGEST_WORD} 个字，不能含「{BETWEEN}」「{EQUALS}」。"
        if isinstance(people, bool) or not isinstance(people, int) or not 0 < people <= MOST_PEOPLE:
            return "人数应为正整数。"
    return None


def _is_word(text: object) -> bool:
    return (
        isinstance(text, str)
        and 0 < len(text) <= LONGEST_WORD
        and text.isprintable()
        and text == text.strip()
        and BETWEEN not in text
        and EQUALS not in text
    )
