"""What earlier editions of a quarter tell of its cases: figures, and sums. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from server.quarterly.figures import Count, Node, Told, count_of
from server.quarterly.rules import Measure


def told(documents: Iterable[Node]) -> dict[Measure, Sequence[Told]]:
    """Read the documents of editions, in the order given."""
    found = list(documents)
    return {measure: [_told(document, measure) for document in found] for measure in Measure}


def _told(document: Node, measure: Measure) -> Told:
    cells = {
        department["id"]: count_of(department["cases"][measure.value])
        for group in document["groups"]
        for department in group["departments"]
        if "withheld" not in department["cases"][measure.value]
    }
    return Told(cells, tuple(_sums(document, measure)))


def _sums(document: Node, measure: Measure) -> Iterator[tuple[frozenset[int], Count]]:
    everybody: set[int] = set()
    for group in document["groups"]:
        members = frozenset(department["id"] for department in group["departments"])
        everybody |= members
        if "cases" in group and "withheld" not in group["cases"][measure.value]:
            yield members, count_of(group["cases"][measure.value])
    if "withheld" not in document["cases"][measure.value]:
        yield frozenset(everybody), count_of(document["cases"][measure.value])
