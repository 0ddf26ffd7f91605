"""YAML that people write: read safely, with the line of every place and what stands twice.

A place is a path such as ``headings.0.leaves.2.weight``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

LONGEST_TEXT = 512 * 1024
DEEPEST = 12
LONGEST_SHOWN = 20


class YamlTextError(ValueError):
    """The text can't be read; ``line`` counts from 1, ``message`` is Chinese and shown."""

    def __init__(self, line: int, message: str) -> None:
        """Keep line and message."""
        super().__init__(f"{line}: {message}")
        self.line = line
        self.message = message


@dataclass(frozen=True)
class YamlText:
    """What a text says: its content, the line of each place, and the keys that stand twice."""

    content: Any
    lines: Mapping[str, int]
    doubles: tuple[tuple[str, str], ...]

    def line_of(self, place: str) -> int:
        """Return the line of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place.rpartition(".")[0]
        return self.lines.get(place, 1)


def read(text: str) -> YamlText:
    """Read a text; raise YamlTextError for what is no YAML or could exhaust us."""
    root = _compose(text)
    lines: dict[str, int] = {}
    doubles = _walk(root, "", lines)
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise _syntax(error) from None
    return YamlText(content, lines, tuple(doubles))


def shown(value: object) -> str:
    """Return what somebody wrote, fit for a message: short, and without lone surrogates."""
    text = value if isinstance(value, str) else type(value).__name__
    return text[:LONGEST_SHOWN].encode("utf-8", "replace").decode()


def _compose(text: str) -> yaml.Node | None:
    """Return the text's nodes, after refusing what could exhaust us: size, depth, aliases."""
    if len(text) > LONGEST_TEXT:
        raise YamlTextError(1, f"文件过大，最多 {LONGEST_TEXT // 1024} KB。")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
                reason = "嵌套过深" if depth > DEEPEST else "不能使用别名（*）"
                raise YamlTextError(_line(event.start_mark), f"{reason}。")
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _syntax(error) from None


def _line(mark: object) -> int:
    line: int = getattr(mark, "line", 0)
    return line + 1


def _syntax(error: Exception) -> YamlTextError:
    line = _line(getattr(error, "problem_mark", None))
    return YamlTextError(line, "不是有效的 YAML，请检查缩进和引号。")


def _walk(node: yaml.Node | None, place: str, lines: dict[str, int]) -> list[tuple[str, str]]:
    """Note the line of every place, and find keys that stand twice (YAML would take the last)."""
    if node is None:
        return []
    lines[place] = _line(node.start_mark)
    doubles = []
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            doubles += _walk(item, f"{place}.{number}", lines)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            inner = f"{place}.{shown(key.value)}" if place else shown(key.value)
            doubles += _walk(value, inner, lines)
            lines[inner] = _line(key.start_mark)
            if inner in seen:
                doubles.append((inner, f"字段「{shown(key.value)}」重复。"))
            seen.add(inner)
    return doubles
