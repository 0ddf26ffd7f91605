"""What differs between two versions, figure by figure. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.publication.figures import Node
from server.publication.rules import WORDS
from server.scoring.rules import REASON_LABELS

Flat = dict[tuple[str, ...], Any]
# Names of a node in the documents, in the order in which they are looked for.
NAMES = ("channel", "panel", "code", "id")
# What a node is, not what it says; a department's own name does count.
IDENTITY = frozenset({*NAMES, "name", "part"})
# These are published whole or not at all: one line says so.
WHOLE = ("scheme", "score")


@dataclass(frozen=True)
class Change:
    """A figure that differs: of which department, where in its part, before and after.

    ``before`` is None where it was not shown, ``after`` where it no longer is. ``department`` 0 is
    what the document says of itself.
    """

    department: int
    name: str
    place: tuple[str, ...]
    before: Any
    after: Any

    def words(self, names: Mapping[tuple[str, str], str]) -> Iterator[str]:
        """Give the place in words; ``names`` as ``names_in`` has them."""
        for above, part in zip(("", *self.place), self.place, strict=False):
            # A group without panels is one nameless panel.
            if part and not (part == "panels" and "" in self.place):
                yield names.get((above, part)) or WORDS.get(part, part)


def names_in(*documents: Node) -> dict[tuple[str, str], str]:
    """Return what questions, indicators and panels are called, by where they stand and code."""
    found: dict[tuple[str, str], str] = {}
    for document in documents:
        for node in document["departments"]:
            found |= {("leaves", leaf["code"]): leaf["name"] for leaf in node["leaves"]}
            for channel in (node["score"] or {}).get("channels", ()):
                for panel in channel["panels"]:
                    found["panels", panel["panel"]] = panel["name"]
                    for one in panel["indicators"]:
                        found["indicators", one["code"]] = one["name"]
    return found


def changes(old: Node, new: Node) -> list[Change]:
    """Return the differences, in the new document's order, then what is gone."""
    found = list(_compare(0, "", _about(old), _about(new)))
    before = {node["id"]: node for node in old["departments"]}
    for node in new["departments"]:
        found += _compare(node["id"], node["name"], before.pop(node["id"], {}), node)
    for node in before.values():
        found += _compare(node["id"], node["name"], node, {})
    return found


def _about(document: Node) -> Node:
    return {key: value for key, value in document.items() if key != "departments"}


def _compare(department: int, name: str, old: Node, new: Node) -> Iterator[Change]:
    whole = {key for key in WHOLE if bool(old.get(key)) != bool(new.get(key))}
    for key in sorted(whole):
        yield Change(department, name, (key,), _shown(old.get(key)), _shown(new.get(key)))
    before, after = (
        _flat({key: value for key, value in node.items() if key not in whole})
        for node in (old, new)
    )
    for place in [*after, *(place for place in before if place not in after)]:
        if before.get(place) != after.get(place):
            yield Change(department, name, place, before.get(place), after.get(place))


def _shown(node: Node | None) -> Any:
    """Return the figure, or the name, that stands for a part as a whole."""
    if not node:
        return None
    figure = node.get("score") or node.get("name") or node.get("reason")
    return "不公布" if figure is None else REASON_LABELS.get(figure, figure)


def _flat(node: Mapping[str, Any]) -> Flat:
    return dict(_leaves(node, ()))


def _leaves(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not place or key not in IDENTITY:
                yield from _leaves(inner, (*place, key))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for index, inner in enumerate(value):
            named = next((str(inner[key]) for key in NAMES if key in inner), str(index))
            yield from _leaves(inner, (*place, named))
    elif value is not None:
        yield place, value
