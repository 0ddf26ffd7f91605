"""What differs between two editions of a quarter, figure by figure. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.publication.rules import WORDS as PUBLISHED_WORDS
from server.quarterly.figures import Node
from server.quarterly.rules import WORDS

Flat = dict[tuple[str, ...], Any]
# What is compared otherwise, or says the same of every edition.
ABOUT = ("groups", "cases", "campaigns", "quarter", "quarterly", "as_of")
CITY_NAME = "合计"
NO_GROUP = "未分组"


@dataclass(frozen=True)
class Change:
    """A figure that differs: whose, where, before and after; None where it wasn't or isn't shown.

    ``whole`` tells that the department, group or campaign itself came or went.
    """

    name: str
    place: tuple[str, ...]
    before: Any
    after: Any

    def words(self) -> Iterator[str]:
        """Give the place in words."""
        for part in self.place:
            yield WORDS.get(part) or PUBLISHED_WORDS.get(part, part)


def changes(old: Node, new: Node) -> list[Change]:
    """Return the differences: of the document, its campaigns, groups, departments, and sums."""
    titles = {
        str(one["id"]): one["title"] for document in (old, new) for one in document["campaigns"]
    }
    found = list(_compare("", _about(old), _about(new)))
    found += _compare("", _campaigns(old), _campaigns(new), titles)
    before, after = _departments(old), _departments(new)
    for key in [*after, *(one for one in before if one not in after)]:
        name = (after.get(key) or before[key])["name"]
        found += _compare(name, before.get(key, {}), after.get(key, {}), titles)
    sums_before, sums_after = _sums(old), _sums(new)
    for name in [*sums_after, *(one for one in sums_before if one not in sums_after)]:
        found += _compare(name, sums_before.get(name, {}), sums_after.get(name, {}))
    return found


def _about(document: Node) -> Node:
    return {key: value for key, value in document.items() if key not in ABOUT}


def _campaigns(document: Node) -> Node:
    return {
        str(one["id"]): {"version": one["version"], "closed_on": one["closed_on"]}
        for one in document["campaigns"]
    }


def _departments(document: Node) -> dict[int, dict[str, Any]]:
    return {
        one["id"]: {
            "name": one["name"],
            "group": group["name"] or NO_GROUP,
            "campaigns": {
                str(part["campaign"]): {
                    **({"score": part["score"]} if part["score"] else {}),
                    **{channel["channel"]: channel for channel in part["channels"]},
                }
                for part in one["campaigns"]
            },
            "cases": one["cases"],
        }
        for group in document["groups"]
        for one in group["departments"]
    }


def _sums(document: Node) -> dict[str, Node]:
    groups = {
        f"{group['name']}（合计）": {"cases": group["cases"]}
        for group in document["groups"]
        if "cases" in group
    }
    return {CITY_NAME: {"cases": document["cases"]}, **groups}


def _compare(
    name: str, old: Node, new: Node, titles: Mapping[str, str] | None = None
) -> Iterator[Change]:
    before, after = dict(_leaves(old, ())), dict(_leaves(new, ()))
    for place in [*after, *(one for one in before if one not in after)]:
        if before.get(place) != after.get(place):
            named = tuple((titles or {}).get(part, part) for part in place)
            yield Change(name, named, before.get(place), after.get(place))


def _leaves(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in {"channel", "name"}:
                yield from _leaves(inner, (*place, key))
    elif value is not None:
        yield place, value
