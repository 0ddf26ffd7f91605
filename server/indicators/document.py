"""A tree as YAML text, such as ``config/indicators.yaml``: read safely, faults told by line."""

from dataclasses import dataclass, field
from typing import Any

from server.core import yaml_text
from server.core.yaml_text import shown
from server.indicators.rules import Fault, check_tree

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
    try:
        found = yaml_text.read(text)
    except yaml_text.YamlTextError as error:
        place = f"line {error.line}"
        raise DocumentError([Fault(place, f"第 {error.line} 行：{error.message}")]) from None
    content = found.content
    if not isinstance(content, dict):
        raise DocumentError([Fault("line 1", "第 1 行：应以 name、headings 等字段开头。")])
    faults = [Fault(place, message) for place, message in found.faults]
    faults += _check_head(content)
    faults += check_tree(content.get("headings"))
    if faults:
        raise DocumentError(
            [
                Fault(fault.place, f"第 {found.line_of(fault.place)} 行：{fault.message}")
                for fault in faults
            ]
        )
    return Document(
        content["name"],
        content.get("note") or "",
        content.get("sample", False),
        content["headings"],
    )


def _check_head(content: dict[Any, Any]) -> list[Fault]:
    faults = [
        Fault(shown(key), f"不认识的字段“{shown(key)}”。") for key in content if key not in KEYS
    ]
    if not isinstance(content.get("name"), str):
        faults.append(Fault("name", "缺少名称。"))
    if not isinstance(content.get("note") or "", str):
        faults.append(Fault("note", "说明应为文字。"))
    if not isinstance(content.get("sample", False), bool):
        faults.append(Fault("sample", "是否示例应为 true 或 false。"))
    return faults
