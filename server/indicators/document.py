"""A tree as YAML text, such as ``config/indicators.yaml``: read safely, faults told by line."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from server.indicators.rules import Fault, check_tree, shown

LONGEST_TEXT = 512 * 1024
DEEPEST = 12
KEYS = frozenset({"sample", "name", "note", "headings"})


class DocumentError(ValueError):
    """The text is no indicator document; ``faults`` say why, each with its line."""

    def __init__(self, faults: list[Fault]) -> None:
        """Keep the faults."""
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Document:
    """What the text says; ``tree`` has passed ``check_tree``, name and note are as written."""

    name: str
    note: str
    is_sample: bool
    tree: list[dict[str, Any]] = field(repr=False)


def read(text: str) -> Document:
    """Read a document; raise DocumentError with every fault and its line."""
    root = _compose(text)
    lines: dict[str, int] = {}
    faults = _walk(root, "", lines)
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise _syntax(error) from None
    if not isinstance(content, dict):
        raise DocumentError([Fault("line 1", "第 1 行：应以 name、headings 等字段开头。")])
    faults += _check_head(content)
    faults += check_tree(content.get("headings"))
    if faults:
        raise DocumentError([_with_line(fault, lines) for fault in faults])
    return Document(
        content["name"],
        content.get("note") or "",
        content.get("sample", False),
        content["headings"],
    )


def _check_head(content: dict[Any, Any]) -> list[Fault]:
    faults = [
        Fault(shown(key), f"不认识的字段「{shown(key)}」。") for key in content if key not in KEYS
    ]
    if not isinstance(content.get("name"), str):
        faults.append(Fault("name", "缺少名称。"))
    if not isinstance(content.get("note") or "", str):
        faults.append(Fault("note", "说明应为文字。"))
    if not isinstance(content.get("sample", False), bool):
        faults.append(Fault("sample", "是否示例应为 true 或 false。"))
    return faults


def _compose(text: str) -> yaml.Node | None:
    """Return the text's nodes, after refusing what could exhaust us: size, depth, aliases."""
    if len(text) > LONGEST_TEXT:
        raise DocumentError([Fault("line 1", f"文件过大，最多 {LONGEST_TEXT // 1024} KB。")])
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
                line = _line(event.start_mark)
                reason = "嵌套过深" if depth > DEEPEST else "不能使用别名（*）"
                raise DocumentError([Fault(f"line {line}", f"第 {line} 行：{reason}。")])
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _syntax(error) from None


def _line(mark: object) -> int:
    line: int = getattr(mark, "line", 0)
    return line + 1


def _syntax(error: Exception) -> DocumentError:
    line = _line(getattr(error, "problem_mark", None))
    return DocumentError(
        [Fault(f"line {line}", f"第 {line} 行：不是有效的 YAML，请检查缩进和引号。")]
    )


def _walk(node: yaml.Node | None, place: str, lines: dict[str, int]) -> list[Fault]:
    """Note the line of every place, and find keys that stand twice (YAML would take the last)."""
    if node is None:
        return []
    lines[place] = _line(node.start_mark)
    faults = []
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            faults += _walk(item, f"{place}.{number}", lines)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            inner = f"{place}.{shown(key.value)}" if place else shown(key.value)
            faults += _walk(value, inner, lines)
            lines[inner] = _line(key.start_mark)
            if inner in seen:
                faults.append(Fault(inner, f"字段「{shown(key.value)}」重复。"))
            seen.add(inner)
    return faults


def _with_line(fault: Fault, lines: dict[str, int]) -> Fault:
    """Put the line in front: of the place itself, or of the nearest one around it."""
    place = fault.place
    while place and place not in lines:
        place = place.rpartition(".")[0]
    return Fault(fault.place, f"第 {lines.get(place, 1)} 行：{fault.message}")
