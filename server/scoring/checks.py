"""What a scheme's document must meet before it is stored. Pure; every fault with its place."""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

from marshmallow import ValidationError

from server.campaigns.rules import CHANNEL_LABELS
from server.core.text import clean
from server.core.yaml_text import shown
from server.indicators.rules import CODE, WHOLE, Fault, decimal_of, plain, weight_of
from server.scoring import probes
from server.scoring.margins import check_panel_margins
from server.scoring.rules import (
    CHANNELS_BY_CODE,
    CRITICAL_VALUES,
    HIGHEST,
    LEAST_GROUP,
    LEVELS,
    LOWEST,
    MOST_GROUP,
    MOST_SELF_CHOSEN,
    SELF_CHOSEN,
    WITH_PANELS,
)
from server.scoring.scheme import FORMAT, build

LONGEST_NAME = 60
LONGEST_NOTE = 1000
LONGEST_OWNER = 60
MOST_PARTS = 7
MOST_PANELS = 20
MOST_HEADINGS = 20
MOST_LEAVES = 300

KEYS = frozenset(
    {
        "scheme",
        "name",
        "note",
        "levels",
        "smallest_group",
        "interval_level",
        "least_weight",
        "parts",
        "channels",
        "headings",
    }
)
PART_KEYS = frozenset({"code", "name", "owner", "organisation", "weight", "levels"})
CHANNEL_KEYS = frozenset({"channel", "weight", "panels"})
PANEL_KEYS = frozenset({"code", "name", "weight", "margins", "cap"})
HEADING_KEYS = frozenset({"code", "name", "weight", "leaves"})
LEAF_KEYS = frozenset({"code", "name", "weight", "part"})

WEIGHT_RULE = "权重须大于 0、不超过 100，最多 4 位小数，用半角数字写，不加空格和分隔符。"

Walk = Callable[[str, str, dict[str, Any]], Decimal | None]


def check_scheme(document: object, *, most_x: Decimal = MOST_SELF_CHOSEN) -> list[Fault]:
    """Return every fault of a document, in its order; none means that it can be stored.

    X may weigh ``most_x`` per cent at most.

    The last check works scores out: all very satisfied gives 100, all very dissatisfied 0, and
    不了解 changes nothing.
    """
    if not isinstance(document, dict):
        return [Fault("", "方案应为一组字段，包括名称、分值、办法、渠道和指标。")]
    check = _SchemeCheck(document, most_x)
    check.head()
    check.parts()
    check.channels()
    check.headings()
    check.weights_of_parts()
    if not check.faults:
        check.faults += [Fault("", message) for message in probes.failures(build(document), most_x)]
    return check.faults


class _SchemeCheck:
    """One walk through a document: the faults so far, and what later steps need."""

    def __init__(self, document: dict[str, Any], most_x: Decimal) -> None:
        self.faults: list[Fault] = []
        self._most_x = most_x
        self._document = document
        self._parts: dict[str, Decimal | None] = {}
        self._used: dict[str, Decimal] = {}
        self._leaves: set[str] = set()

    def head(self) -> None:
        """Check what stands outside of the lists."""
        document = self._document
        self._keys("", "方案", document, KEYS)
        if document.get("scheme", FORMAT) != FORMAT:
            self._add("scheme", f"只认识第 {FORMAT} 版格式。")
        self._text("name", "", document.get("name"), "方案名称", LONGEST_NAME)
        if document.get("note"):
            self._text("note", "", document["note"], "说明", LONGEST_NOTE)
        self._levels("levels", "", document.get("levels"))
        group = document.get("smallest_group", LEAST_GROUP)
        if isinstance(group, bool) or not isinstance(group, int) or group < LEAST_GROUP:
            self._add("smallest_group", f"最小样本数应为不小于 {LEAST_GROUP} 的整数。")
        elif group > MOST_GROUP:
            self._add("smallest_group", f"最小样本数不能超过 {MOST_GROUP}。")
        level = document.get("interval_level", "0.95")
        if not isinstance(level, str) or level not in CRITICAL_VALUES:
            known = "、".join(CRITICAL_VALUES)
            self._add("interval_level", f"置信水平可选 {known}（请加引号）。")
        if weight_of(document.get("least_weight", "50")) is None:
            self._add("least_weight", "最低有效权重须大于 0、不超过 100。")

    def parts(self) -> None:
        """Check the 1+6 methods."""

        def walk(place: str, label: str, part: dict[str, Any]) -> Decimal | None:
            self._keys(place, label, part, PART_KEYS)
            self._text(f"{place}.name", label, part.get("name"), "名称", LONGEST_NAME)
            self._text(f"{place}.owner", label, part.get("owner"), "牵头部门", LONGEST_OWNER)
            owner = part.get("organisation")
            if owner is not None and (isinstance(owner, bool) or not isinstance(owner, int)):
                self._add(f"{place}.organisation", f"{label}：牵头部门编号应为整数。")
            if part.get("levels") is not None:
                self._levels(f"{place}.levels", label, part["levels"])
            weight = self._weight(place, label, part)
            code = self._code(place, label, part, self._parts)
            if code is not None:
                self._parts[code] = weight
            return weight

        self._list("parts", "评价办法", MOST_PARTS, walk, WHOLE)

    def channels(self) -> None:
        """Check channels and panels."""
        seen: set[str] = set()
        chosen: dict[str, Decimal] = {}

        def walk(place: str, label: str, part: dict[str, Any]) -> Decimal | None:
            self._keys(place, label, part, CHANNEL_KEYS)
            code = part.get("channel")
            channel = CHANNELS_BY_CODE.get(code) if isinstance(code, str) else None
            if channel is None:
                known = "、".join(CHANNELS_BY_CODE)
                self._add(f"{place}.channel", f"{label}：渠道可选 {known}。")
            elif channel.code in seen:
                self._add(f"{place}.channel", f"{label}：{CHANNEL_LABELS[channel]}重复。")
            else:
                seen.add(channel.code)
                if channel is WITH_PANELS:
                    self._panels(f"{place}.panels", part)
                elif part.get("panels"):
                    self._add(f"{place}.panels", f"{label}：只有抽样调查可以分群体。")
            weight = self._weight(place, label, part)
            if channel is SELF_CHOSEN and weight is not None:
                chosen[place] = weight
            return weight

        self._list("channels", "渠道", len(CHANNELS_BY_CODE), walk, WHOLE)
        if seen == {SELF_CHOSEN.code}:
            self._add(
                "channels",
                f"{CHANNEL_LABELS[SELF_CHOSEN]}（X）不能作为评分的唯一依据，请再加其他渠道。",
            )
            return
        for place, weight in chosen.items():
            if weight > self._most_x:
                message = f"{CHANNEL_LABELS[SELF_CHOSEN]}（X）的权重最多 {plain(self._most_x)}。"
                self._add(f"{place}.weight", message)

    def headings(self) -> None:
        """Check headings and indicators."""

        def walk(place: str, label: str, heading: dict[str, Any]) -> Decimal | None:
            self._keys(place, label, heading, HEADING_KEYS)
            self._code(place, label, heading, self._leaves)
            self._text(f"{place}.name", label, heading.get("name"), "名称", LONGEST_NAME)
            weight = self._weight(place, label, heading)
            self._list(
                f"{place}.leaves", f"{label}的子项", MOST_LEAVES, self._leaf, weight, heading
            )
            return weight

        self._list("headings", "一级指标", MOST_HEADINGS, walk, WHOLE)

    def weights_of_parts(self) -> None:
        """Check that a method weighs what its indicators weigh."""
        for index, (code, weight) in enumerate(self._parts.items()):
            used = self._used.get(code, Decimal(0))
            if weight is not None and used != weight:
                self._add(
                    f"parts.{index}.weight",
                    f"评价办法 {code}：权重为 {plain(weight)}，"
                    f"其子项权重合计为 {plain(used)}，两者应相等。",
                )

    def _leaf(self, place: str, label: str, leaf: dict[str, Any]) -> Decimal | None:
        self._keys(place, label, leaf, LEAF_KEYS)
        self._code(place, label, leaf, self._leaves)
        self._text(f"{place}.name", label, leaf.get("name"), "名称", LONGEST_NAME)
        weight = self._weight(place, label, leaf)
        part = leaf.get("part")
        if not isinstance(part, str) or part not in self._parts:
            self._add(f"{place}.part", f"{label}：不认识的评价办法“{shown(part)}”。")
        elif weight is not None:
            self._used[part] = self._used.get(part, Decimal(0)) + weight
        return weight

    def _panels(self, place: str, channel: dict[str, Any]) -> None:
        codes: set[str] = set()

        def walk(place: str, label: str, panel: dict[str, Any]) -> Decimal | None:
            self._keys(place, label, panel, PANEL_KEYS)
            self._code(place, label, panel, codes)
            self._text(f"{place}.name", label, panel.get("name"), "名称", LONGEST_NAME)
            self.faults += check_panel_margins(place, label, panel)
            return self._weight(place, label, panel)

        self._list(place, "群体", MOST_PANELS, walk, WHOLE, channel)

    def _list(
        self,
        place: str,
        word: str,
        most: int,
        walk: Walk,
        whole: Decimal | None,
        node: dict[str, Any] | None = None,
    ) -> None:
        """Walk through a list of nodes whose weights must add up to ``whole``."""
        items = (self._document if node is None else node).get(place.rpartition(".")[2])
        if not isinstance(items, list) or not items:
            self._add(place, f"{word}：至少要有一个。")
            return
        if len(items) > most:
            self._add(place, f"{word}：最多 {most} 个。")
            return
        weights = [
            self._item(f"{place}.{index}", word, walk, item) for index, item in enumerate(items)
        ]
        known = [weight for weight in weights if weight is not None]
        total = sum(known, Decimal(0))
        if whole is not None and len(known) == len(items) and total != whole:
            self._add(place, f"{word}：权重合计为 {plain(total)}，应为 {plain(whole)}。")

    def _item(self, place: str, word: str, walk: Walk, item: object) -> Decimal | None:
        label = f"第 {int(place.rpartition('.')[2]) + 1} 个{word}"
        if not isinstance(item, dict):
            self._add(place, f"{label}：应为一组字段。")
            return None
        return walk(place, label, item)

    def _levels(self, place: str, label: str, levels: object) -> None:
        start = f"{label}：" if label else ""
        given = levels if isinstance(levels, dict) else {}
        named = {str(key): value for key, value in given.items()}
        if set(named) != {str(level) for level in LEVELS} or len(given) != len(LEVELS):
            self._add(place, f"{start}请为 5、4、3、2、1 五个等级各写一个分值。")
            return
        points = [_points_of(named[str(level)]) for level in LEVELS]
        known = [one for one in points if one is not None]
        if len(known) < len(points):
            self._add(place, f"{start}分值须为 0 至 100 的数字，最多 4 位小数。")
        elif known[0] != HIGHEST or known[-1] != LOWEST:
            self._add(place, f"{start}非常满意须为 100 分，非常不满意须为 0 分。")
        elif any(better < worse for better, worse in pairwise(known)):
            self._add(place, f"{start}等级越高，分值不能越低。")

    def _keys(self, place: str, label: str, node: dict[str, Any], known: frozenset[str]) -> None:
        for key in node:
            if key not in known:
                inner = f"{place}.{shown(key)}" if place else shown(key)
                self._add(inner, f"{label}：不认识的字段“{shown(key)}”。")

    def _code(
        self,
        place: str,
        label: str,
        node: dict[str, Any],
        seen: set[str] | dict[str, Decimal | None],
    ) -> str | None:
        code = node.get("code")
        if not isinstance(code, str) or not CODE.fullmatch(code):
            self._add(
                f"{place}.code",
                f"{label}：编号须为 1 至 20 个字母、数字、点或短横线（纯数字请加引号）。",
            )
            return None
        if code in seen:
            self._add(f"{place}.code", f"{label}：编号 {code} 重复。")
            return None
        if isinstance(seen, set):
            seen.add(code)
        return code

    def _text(self, place: str, label: str, text: object, word: str, most: int) -> None:
        start = f"{label}：" if label else ""
        if not isinstance(text, str) or not text.strip():
            self._add(place, f"{start}缺少{word}。")
            return
        try:
            length = len(clean(text))
        except ValidationError:
            self._add(place, f"{start}{word}含有无法保存的字符。")
            return
        if length > most:
            self._add(place, f"{start}{word}最多 {most} 个字。")

    def _weight(self, place: str, label: str, node: dict[str, Any]) -> Decimal | None:
        weight = weight_of(node.get("weight"))
        if weight is None:
            self._add(f"{place}.weight", f"{label}：{WEIGHT_RULE}")
        return weight

    def _add(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))


def _points_of(value: object) -> Decimal | None:
    points = decimal_of(value)
    if points is None or not LOWEST <= points <= HIGHEST:
        return None
    return points if points == points.quantize(Decimal("0.0001")) else None
