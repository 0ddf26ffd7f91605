"""Population margins of a panel: their form, and which categories are raked as one. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.core.yaml_text import shown
from server.indicators.rules import Fault, weight_of
from server.sampling.rules import BETWEEN, EQUALS, MERGED

MOST_DIMENSIONS = 5
MOST_CATEGORIES = 100
LONGEST_WORD = 30
MOST_PEOPLE = 10**9

Margins = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Together:
    """Categories of each dimension that are raked as one, and what they are to add up to.

    ``groups``: dimension -> category -> the name of its group, its categories joined by ``MERGED``;
    ``targets``: dimension -> group -> persons.
    """

    groups: Mapping[str, Mapping[str, str]]
    targets: Mapping[str, Mapping[str, int]]

    def group_of(self, dimension: str, written: str) -> str:
        """Return the group of a cell's category, merged or not; KeyError for an unknown one."""
        return self.groups[dimension][categories_in(written)[0]]


def together(margins: Margins, cells: Iterable[Mapping[str, str]]) -> Together:
    """Return which categories must be raked as one: those that stand together in any cell.

    Before a draw small cells are merged (年龄=46至60岁+60岁以上): of their people nothing nearer
    is known, so that these categories' margins can only be met together. A scheme's own margins
    join categories in the same way.

    Args:
        margins: dimension -> category -> persons.
        cells: what categories each cell has in each dimension.

    Raises:
        KeyError: a cell has a category that the margins don't have; its argument names both.
    """
    given = list(cells)
    groups = {}
    targets: dict[str, dict[str, int]] = {}
    for dimension, people in margins.items():
        union = _Union()
        for written in people:
            union.join(categories_in(written))
        for cell in given:
            for category in categories_in(cell[dimension]):
                if category not in union:
                    raise KeyError(dimension, category)
            union.join(categories_in(cell[dimension]))
        groups[dimension] = union.names()
        targets[dimension] = defaultdict(int)
        for written, number in people.items():
            targets[dimension][groups[dimension][categories_in(written)[0]]] += number
    return Together(groups, targets)


def categories_in(written: str) -> list[str]:
    """Return the categories that are joined in one; a sign at either end joins nothing."""
    parts = written.split(MERGED)
    return parts if all(parts) else [written]


class _Union:
    """Sets of categories that grow together."""

    def __init__(self) -> None:
        self._sets: dict[str, list[str]] = {}

    def __contains__(self, category: str) -> bool:
        return category in self._sets

    def join(self, categories: Iterable[str]) -> None:
        whole: list[str] = []
        for category in categories:
            for one in self._sets.get(category, [category]):
                if one not in whole:
                    whole.append(one)
        for category in whole:
            self._sets[category] = whole

    def names(self) -> dict[str, str]:
        return {category: MERGED.join(sorted(members)) for category, members in self._sets.items()}


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
        return f"维度名称最多 {LONGEST_WORD} 个字，不能含“{BETWEEN}”“{EQUALS}”。"
    if not isinstance(targets, dict) or not 1 <= len(targets) <= MOST_CATEGORIES:
        return f"每个维度应有 1 至 {MOST_CATEGORIES} 个类别及其人数。"
    for category, people in targets.items():
        if not _is_word(category):
            return f"类别名称最多 {LONGEST_WORD} 个字，不能含“{BETWEEN}”“{EQUALS}”。"
        if isinstance(people, bool) or not isinstance(people, int) or not 0 < people <= MOST_PEOPLE:
            return "人数应为正整数。"
    names = [one for category in targets for one in categories_in(category)]
    if len(set(names)) < len(names):
        return f"每个类别只能出现一次（“{MERGED}”表示合并的类别）。"
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
