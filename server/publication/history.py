"""What earlier versions told of a department: figures, and means as equations. Pure."""

from collections.abc import Iterable
from fractions import Fraction

from server.publication.figures import Department, Node
from server.publication.trees import published_means, rows_of
from server.publication.withheld import Cell, History
from server.scoring.rules import OVERALL_LEAF


def history(documents: Iterable[Node], department: Department) -> History:
    """Read a department's part of earlier documents.

    Where ratings were excluded since, the older figures are of other answers. They are reckoned
    with all the same: a few ratings less hide nothing.
    """
    cells: set[Cell] = set()
    rows: list[dict[Cell, Fraction]] = []
    counted: set[Cell] = set()
    weighted: set[Cell] = set()
    for document in documents:
        for node in document["departments"]:
            if node["id"] == department.id:
                cells.update(_cells(node))
                rows += _rows(node)
                for cell, scored in _indicators(node):
                    (weighted if scored else counted).add(cell)
    return History(frozenset(cells), tuple(rows), frozenset(counted - weighted))


def _cells(node: Node) -> Iterable[Cell]:
    for channel in node["channels"]:
        if "withheld" not in channel:
            yield Cell(channel["channel"], "", OVERALL_LEAF)
    for leaf in node["leaves"]:
        for channel in leaf["channels"]:
            if "withheld" not in channel:
                yield Cell(channel["channel"], "", leaf["code"])
    for cell, _ in _indicators(node):
        yield cell


def _indicators(node: Node) -> Iterable[tuple[Cell, bool]]:
    """Yield what the tree tells the counts of, and whether it tells the mean."""
    for channel in (node["score"] or {}).get("channels", ()):
        for panel in channel["panels"]:
            for indicator in panel["indicators"]:
                if "counts" in indicator:
                    cell = Cell(channel["channel"], panel["panel"], indicator["code"])
                    yield cell, "score" in indicator


def _rows(node: Node) -> Iterable[dict[Cell, Fraction]]:
    score = node["score"]
    if score is None or "channels" not in score:
        return []
    root = published_means(score)
    return [] if root is None else list(rows_of(root))
