"""The content of a sheet: what one department is told of one quarter. Pure.

    {"feedback": 1, "quarter": "2026Q4", "department": {"id": 7, "name": "…"}, "as_of": "…",
     "publications": [{"campaign": 3, "title": "…", "kind": "service", "closed_on": "2026-12-31",
                       "version": 1, "digest": "…", "smallest_group": 10}],
     "channels": [{"campaign": 3, "channel": "open", "count": 12, "score": "70.00",
                   "median": "81.20", "departments": 9}, {…, "withheld": true}],
     "scores": [{"campaign": 3, "score": "86.20", "interval": ["84.1", "88.3"], "median": "85.00",
                 "departments": 9}],
     "items": [{"campaign": 3, "code": "A1", "name": "…", "heading": "…", "channel": "open",
                "count": 11, "score": "81.82", "median": "78.00", "departments": 9,
                "difference": "3.82"}], "withheld_items": 4,
     "cases": {"figures": {…}, "rates": {"called_back": ["9", "10", "90.0"]}, "list": […]},
     "comments": {"total": 30, "refs": [{"campaign": 3, "ref": "…"}]}}

Every figure of ratings is taken from a publication as it stands there: what is withheld in it is
withheld here. The medians are of the published figures too. Comments are named, not held: who asks
for his words to be erased has them erased here as well.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from server.core.rounding import half_up
from server.feedback.rules import LEAST_COMPARED, MOST_ITEMS
from server.scoring import canonical

FORMAT = 1
WITHHELD = {"withheld": True}
AS_OF = "as_of"

Node = Mapping[str, Any]
Document = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A version of a campaign's publication."""

    campaign: int
    version: int
    digest: str
    document: Node


@dataclass(frozen=True)
class Middle:
    """The median of the departments' published figures, and of how many."""

    value: Decimal
    departments: int


def make(
    quarter: str,
    department: tuple[int, str],
    sources: Sequence[Source],
    *,
    cases: Node,
    comments: Node,
    as_of: str,
) -> Document:
    """Return the content of a department's sheet.

    Args:
        quarter: its code, 2026Q4.
        department: id and name.
        sources: the newest publications of the quarter's campaigns.
        cases: figures, rates and list, as ``gathering`` makes them.
        comments: their number, and which of them are shown.
        as_of: when the cases were counted.
    """
    identifier, name = department
    own = [
        (source, node)
        for source in sources
        for node in source.document["departments"]
        if node["id"] == identifier
    ]
    items = [item for source, node in own for item in _items(source, node)]
    return {
        "feedback": FORMAT,
        "quarter": quarter,
        "department": {"id": identifier, "name": name},
        AS_OF: as_of,
        "publications": [_publication(source) for source, _ in own],
        "channels": [one for source, node in own for one in _channels(source, node)],
        "scores": [one for source, node in own for one in _scores(source, node)],
        "items": [item for item in items if "withheld" not in item],
        "withheld_items": sum("withheld" in item for item in items),
        "cases": cases,
        "comments": comments,
    }


def content_digest(document: Node) -> str:
    """Return a digest of what a sheet says, whenever it was said."""
    return canonical.digest({key: value for key, value in document.items() if key != AS_OF})


def is_empty(document: Node) -> bool:
    """Tell whether there is nothing to tell the department of the quarter."""
    return not document["publications"] and not document["cases"]["list"]


def strong(document: Node) -> list[Node]:
    """Return the items that lie furthest above the median, the furthest first."""
    found = [one for one in document["items"] if Decimal(one.get("difference", 0)) > 0]
    return sorted(found, key=lambda one: -Decimal(one["difference"]))[:MOST_ITEMS]


def weak(document: Node) -> list[Node]:
    """Return the items that lie furthest below the median, the furthest first."""
    found = [one for one in document["items"] if Decimal(one.get("difference", 0)) < 0]
    return sorted(found, key=lambda one: Decimal(one["difference"]))[:MOST_ITEMS]


def due(document: Node) -> list[Node]:
    """Return the cases that are not closed, what is due first first."""
    found = [one for one in document["cases"]["list"] if one["closed_on"] is None]
    return sorted(found, key=lambda one: (one["due_on"], one["number"]))


def per_cent(part: int, whole: int) -> str | None:
    """Return a part of a whole in per cent with one place; None of nothing."""
    if not whole:
        return None
    return f"{half_up(Decimal(part) * 100 / whole, 1):f}"


def middle(values: Iterable[Decimal]) -> Middle | None:
    """Return the median of published figures, to two places; None of too few."""
    found = list(values)
    if len(found) < LEAST_COMPARED:
        return None
    return Middle(half_up(median(found), 2), len(found))


def _publication(source: Source) -> Document:
    campaign = source.document["campaign"]
    return {
        "campaign": source.campaign,
        "title": campaign["title"],
        "kind": campaign["kind"],
        "closed_on": campaign["closed_on"],
        "version": source.version,
        "digest": source.digest,
        "smallest_group": source.document["smallest_group"],
    }


def _channels(source: Source, node: Node) -> Iterator[Document]:
    for one in node["channels"]:
        start = {"campaign": source.campaign, "channel": one["channel"]}
        if "withheld" in one:
            yield {**start, **WITHHELD}
            continue
        others = (
            Decimal(other["score"])
            for department in source.document["departments"]
            for other in department["channels"]
            if other["channel"] == one["channel"] and _counts(other, source.document)
        )
        yield {
            **start,
            "count": one["count"],
            "score": one["score"],
            "distribution": dict(one["distribution"]),
            **(_compared(one["score"], middle(others)) if _counts(one, source.document) else {}),
        }


def _scores(source: Source, node: Node) -> Iterator[Document]:
    score = node["score"]
    if score is None:
        return
    start = {"campaign": source.campaign}
    if "withheld" in score:
        yield {**start, **WITHHELD}
    elif "score" not in score:
        yield {**start, "reason": score["reason"]}
    else:
        others = (
            Decimal(other["score"]["score"])
            for other in source.document["departments"]
            if "score" in (other["score"] or {})
        )
        yield {
            **start,
            "score": score["score"],
            "interval": list(score["interval"]),
            **_compared(score["score"], middle(others)),
        }


def _items(source: Source, node: Node) -> Iterator[Document]:
    for leaf in node["leaves"]:
        for one in leaf["channels"]:
            start = {
                "campaign": source.campaign,
                "code": leaf["code"],
                "name": leaf["name"],
                "heading": leaf["heading"],
                "channel": one["channel"],
            }
            if "withheld" in one:
                yield {**start, **WITHHELD}
                continue
            others = _leaf_scores(source.document, leaf["code"], one["channel"])
            yield {
                **start,
                "count": one["count"],
                "score": one["score"],
                **(
                    _compared(one["score"], middle(others)) if _counts(one, source.document) else {}
                ),
            }


def _counts(figure: Node, document: Node) -> bool:
    """Tell whether a figure is published and of enough answers to be compared.

    What an organisation signs is published however few there are: one answer is no strength and no
    weakness.
    """
    return figure.get("score") is not None and figure["count"] >= document["smallest_group"]


def _leaf_scores(document: Node, code: str, channel: str) -> Iterator[Decimal]:
    for department in document["departments"]:
        for leaf in department["leaves"]:
            if leaf["code"] != code:
                continue
            for one in leaf["channels"]:
                if one["channel"] == channel and _counts(one, document):
                    yield Decimal(one["score"])


def _compared(score: str | None, found: Middle | None) -> Document:
    if score is None or found is None:
        return {}
    difference = half_up(Decimal(score), 2) - found.value
    return {
        "median": f"{found.value:f}",
        "departments": found.departments,
        "difference": f"{difference:f}",
    }
