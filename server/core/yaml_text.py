"""YAML that people write: read safely, with the line of every place and what stands twice.

A place is a path such as ``headings.0.leaves.2.weight``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

LONGEST_TEXT = 512 * 1024
DEEPEST = 12
# The largest real trees and schemes have some 5,000; a hostile text could have 200,000.
MOST_NODES = 20_000
LONGEST_SHOWN = 20
# What YAML 1.1 takes for a number: also 010 (eight), 1_00, 0x10, 1:30 and .5.
NUMBER_TAGS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?")


class YamlTextError(ValueError):
    """The text can't be read; ``line`` counts from 1, ``message`` is Chinese and shown."""

    def __init__(self, line: int, message: str) -> None:
        """Keep line and message."""
        super().__init__(f"{line}: {message}")
        self.line = line
        self.message = message


@dataclass(frozen=True)
class YamlText:
    """What a text says: its content, the line of each place, and what is wrong at places.

    ``faults`` are keys that stand twice, and numbers that people read differently than YAML does.
    """

    content: Any
    lines: Mapping[str, int]
    faults: tuple[tuple[str, str], ...]

    def line_of(self, place: str) -> int:
        """Return the line of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place.rpartition(".")[0]
        return self.lines.get(place, 1)


def read(text: str) -> YamlText:
    """Read a text; raise YamlTextError for what is no YAML or could exhaust us."""
    if len(text) > LONGEST_TEXT:
        raise YamlTextError(1, f"文件过大，最多 {LONGEST_TEXT // 1024} KB。")
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        lines: dict[str, int] = {}
        faults = _walk(root, "", lines)
        content = None if root is None else loader.construct_document(root)
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, YamlTextError):
            raise
        raise _syntax(error) from None
    return YamlText(content, lines, tuple(faults))


def shown(value: object) -> str:
    """Return what somebody wrote, fit for a message: short, and without lone surrogates."""
    text = value if isinstance(value, str) else type(value).__name__
    return text[:LONGEST_SHOWN].encode("utf-8", "replace").decode()


class _Loader(yaml.SafeLoader):
    """Refuses what could exhaust us, as soon as it is met: depth, aliases, number of nodes."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call] # PyYAML has types in part
        self._nodes += 1
        self._depth += 1
        if self._depth > DEEPEST + 1 or isinstance(event, yaml.AliasEvent):
            reason = "不能使用别名（*）" if isinstance(event, yaml.AliasEvent) else "嵌套过深"
            raise YamlTextError(_line(event.start_mark), f"{reason}。")
        if self._nodes > MOST_NODES:
            message = f"内容过多，最多 {MOST_NODES} 项。"
            raise YamlTextError(_line(event.start_mark), message)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _line(mark: object) -> int:
    line: int = getattr(mark, "line", 0)
    return line + 1


def _syntax(error: Exception) -> YamlTextError:
    line = _line(getattr(error, "problem_mark", None))
    return YamlTextError(line, "不是有效的 YAML，请检查缩进和引号。")


def _walk(node: yaml.Node | None, place: str, lines: dict[str, int]) -> list[tuple[str, str]]:
    """Note the line of every place; find odd numbers and keys that stand twice.

    YAML would take the last of two.
    """
    if node is None:
        return []
    lines[place] = _line(node.start_mark)
    faults = [*_odd_number(node, place)]
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            faults += _walk(item, f"{place}.{number}", lines)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            inner = f"{place}.{shown(key.value)}" if place else shown(key.value)
            faults += _odd_number(key, inner)
            faults += _walk(value, inner, lines)
            lines[inner] = _line(key.start_mark)
            if inner in seen:
                faults.append((inner, f"字段“{shown(key.value)}”重复。"))
            seen.add(inner)
    return faults


def _odd_number(node: yaml.Node, place: str) -> list[tuple[str, str]]:
    if node.tag not in NUMBER_TAGS or PLAIN_NUMBER.fullmatch(node.value):
        return []
    return [(place, f"数字“{shown(node.value)}”请写成普通的十进制数（如 8、0.5），或加引号。")]
