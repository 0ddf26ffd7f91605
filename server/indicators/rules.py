"""What an indicator tree must be, which leaves concern a department, and the words for both.

A tree is a list of headings, each ``{code, name, weight, leaves}``, with leaves
``{code, name, question, weight, method, duties}``. A leaf's weight is its share of the whole:
leaves add up to their heading, headings to 100.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from marshmallow import ValidationError

from server.core.text import clean
from server.core.yaml_text import shown

# The kinds of department that a leaf may be meant for; a leaf without any concerns them all.
DUTIES = {
    "window": "窗口服务",
    "enterprise": "涉企",
    "enforcement": "执法监管",
    "livelihood": "民生保障",
    "project": "项目建设",
    "agriculture": "涉农",
}

# The method set of the evaluation office; the six others go by the names that cities give them.
OVERALL = "overall"
OVERALL_LABEL = "评价办总办法"

WHOLE = Decimal(100)
# What the column holds: Numeric(7, 4).
DECIMAL_PLACES = 4
LONGEST_NAME = 60
LONGEST_QUESTION = 100
LONGEST_METHOD = 20
MOST_HEADINGS = 20
MOST_LEAVES = 300

NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,19}")
HEADING_KEYS = frozenset({"code", "name", "weight", "leaves"})
LEAF_KEYS = frozenset({"code", "name", "question", "weight", "method", "duties"})

Node = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: ``place`` is a path such as ``headings.0.leaves.2.weight``."""

    place: str
    message: str


def method_label(method: str) -> str:
    """Return the name of a method set as it is shown."""
    return OVERALL_LABEL if method == OVERALL else method


def decimal_of(value: object) -> Decimal | None:
    """Return a number, or None for what people would not take for one.

    Python reads full-width digits, 1_00 and blanks around as numbers too; whoever compares a
    scheme with its print must see what counts. Floats are read as they are written.
    """
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return Decimal(value)
    text = str(value) if isinstance(value, float) else value
    return Decimal(text) if isinstance(text, str) and NUMBER.fullmatch(text) else None


def weight_of(value: object) -> Decimal | None:
    """Return a weight, or None for what is no number or more than the column holds.

    Floats are read as they are written: 0.1 is a tenth.
    """
    weight = decimal_of(value)
    if weight is None or not weight.is_finite() or not 0 < weight <= WHOLE:
        return None
    exact = weight == weight.quantize(Decimal(1).scaleb(-DECIMAL_PLACES))
    return weight if exact else None


def check_tree(tree: object) -> list[Fault]:
    """Return every fault of a tree, in the tree's order; none means that it can be stored."""
    if not isinstance(tree, list) or not tree:
        return [Fault("headings", "指标体系至少要有一个一级指标。")]
    if len(tree) > MOST_HEADINGS:
        return [Fault("headings", f"一级指标最多 {MOST_HEADINGS} 个。")]
    check = _TreeCheck()
    for number, heading in enumerate(tree):
        check.heading(number, heading)
    check.whole(tree)
    return check.faults


class _TreeCheck:
    """One walk through a tree: the faults so far, and the codes already seen."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._codes: dict[str, str] = {}
        self._leaves = 0
        self._general = False

    def heading(self, number: int, heading: object) -> None:
        place, label = f"headings.{number}", f"第 {number + 1} 个一级指标"
        if not isinstance(heading, dict):
            self._add(place, f"{label}：应为一组字段，包括编号、名称、权重和子项。")
            return
        self._names(place, label, heading, HEADING_KEYS)
        weight = self._weight(place, label, heading)
        leaves = heading.get("leaves")
        if not isinstance(leaves, list) or not leaves:
            self._add(f"{place}.leaves", f"{label}：没有子项。")
            return
        self._leaves += len(leaves)
        weights = [
            self._leaf(f"{place}.leaves.{index}", f"{label}的第 {index + 1} 个子项", leaf)
            for index, leaf in enumerate(leaves)
        ]
        if weight is not None and None not in weights:
            total = sum((one for one in weights if one is not None), Decimal(0))
            if total != weight:
                self._add(
                    f"{place}.weight",
                    f"{label}：子项权重合计为 {plain(total)}，应等于该指标的权重 {plain(weight)}。",
                )

    def whole(self, tree: list[Any]) -> None:
        """Check what only the whole tree shows."""
        weights = [weight_of(one.get("weight")) if isinstance(one, dict) else None for one in tree]
        if None not in weights:
            total = sum((one for one in weights if one is not None), Decimal(0))
            if total != WHOLE:
                self._add("headings", f"一级指标权重合计为 {plain(total)}，应为 100。")
        if self._leaves > MOST_LEAVES:
            self._add("headings", f"子项共 {self._leaves} 个，最多 {MOST_LEAVES} 个。")
        if self._leaves and not self._general:
            self._add("headings", "至少要有一个适用于所有部门的子项（不填适用职能）。")

    def _leaf(self, place: str, label: str, leaf: object) -> Decimal | None:
        if not isinstance(leaf, dict):
            self._add(place, f"{label}：应为一组字段，包括编号、名称、问题、权重和评价办法。")
            return None
        if "leaves" in leaf:
            self._add(f"{place}.leaves", f"{label}：下面不能再分层，指标体系只有两层。")
        self._names(place, label, leaf, LEAF_KEYS | {"leaves"})
        self._text(place, label, leaf, "question", "向群众提的问题", LONGEST_QUESTION)
        self._text(place, label, leaf, "method", "评价办法", LONGEST_METHOD)
        self._duties(place, label, leaf.get("duties", []))
        return self._weight(place, label, leaf)

    def _names(self, place: str, label: str, node: Node, known: frozenset[str]) -> None:
        for key in node:
            if key not in known:
                self._add(f"{place}.{shown(key)}", f"{label}：不认识的字段“{shown(key)}”。")
        self._code(f"{place}.code", label, node.get("code"))
        self._text(place, label, node, "name", "名称", LONGEST_NAME)

    def _code(self, place: str, label: str, code: object) -> None:
        if not isinstance(code, str) or not CODE.fullmatch(code):
            self._add(
                place, f"{label}：编号须为 1 至 20 个字母、数字、点或短横线（纯数字请加引号）。"
            )
        elif code in self._codes:
            self._add(place, f"{label}：编号 {code} 与{self._codes[code]}重复。")
        else:
            self._codes[code] = label

    def _text(self, place: str, label: str, node: Node, key: str, word: str, most: int) -> None:
        text = node.get(key)
        if not isinstance(text, str) or not text.strip():
            self._add(f"{place}.{key}", f"{label}：缺少{word}。")
            return
        try:
            length = len(clean(text))
        except ValidationError:
            self._add(f"{place}.{key}", f"{label}：{word}含有无法保存的字符。")
            return
        if length > most:
            self._add(f"{place}.{key}", f"{label}：{word}最多 {most} 个字。")

    def _duties(self, place: str, label: str, duties: object) -> None:
        if not isinstance(duties, list):
            self._add(f"{place}.duties", f"{label}：适用职能应为列表，适用于所有部门时留空。")
            return
        if not duties:
            self._general = True
        for index, duty in enumerate(duties):
            if not isinstance(duty, str) or duty not in DUTIES:
                self._add(
                    f"{place}.duties.{index}",
                    f"{label}：不认识的职能“{shown(duty)}”，可选 {'、'.join(DUTIES)}。",
                )

    def _weight(self, place: str, label: str, node: Node) -> Decimal | None:
        weight = weight_of(node.get("weight"))
        if weight is None:
            self._add(f"{place}.weight", f"{label}：权重须大于 0、不超过 100，最多 4 位小数。")
        return weight

    def _add(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))


def plain(weight: Decimal) -> str:
    """Write a weight without needless zeros."""
    text = f"{weight:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Heading(Protocol):
    """What the suggestion needs of a heading."""

    id: Any
    weight: Any


class Leaf(Protocol):
    """What the suggestion needs of a leaf."""

    id: Any
    parent_id: Any
    position: Any
    weight: Any
    duties: Any


def concerns(leaf: Leaf, duties: Iterable[str]) -> bool:
    """Tell whether a leaf concerns a department with these duties."""
    return not leaf.duties or not set(duties).isdisjoint(leaf.duties)


def suggest_leaves(
    headings: Sequence[Heading], leaves: Sequence[Leaf], duties: Iterable[str], most: int = 10
) -> list[int]:
    """Choose at most ``most`` leaves that concern a department; return their ids in tree order.

    The heaviest leaf of every heading first (the heaviest headings', should there be more than
    ``most``), then the heaviest of the rest; equal weights go by position.
    """
    duties = frozenset(duties)
    fitting = sorted(
        (leaf for leaf in leaves if concerns(leaf, duties)),
        key=lambda leaf: (-leaf.weight, leaf.position),
    )
    by_weight = sorted(headings, key=lambda heading: -heading.weight)
    firsts = [
        next((leaf for leaf in fitting if leaf.parent_id == heading.id), None)
        for heading in by_weight
    ]
    chosen = [leaf for leaf in firsts if leaf is not None][:most]
    taken = {leaf.id for leaf in chosen}
    chosen += [leaf for leaf in fitting if leaf.id not in taken][: most - len(chosen)]
    return [leaf.id for leaf in sorted(chosen, key=lambda leaf: leaf.position)]
