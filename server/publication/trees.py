"""A score's tree as means of means: from a result of ``scoring``, or from a document. Pure."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from server.publication.bounds import Mean
from server.publication.figures import Node
from server.publication.withheld import SCORE, Cell, Key


def means(tree: Node) -> Mean:
    """Return what enters a department's score; what has no score of its own does not."""
    channels = [
        _mean(
            channel,
            (channel["channel"],),
            [
                _mean(
                    panel,
                    (channel["channel"], panel["panel"]),
                    [
                        _mean(indicator, (channel["channel"], panel["panel"], indicator["code"]))
                        for indicator in _scored(panel["indicators"])
                    ],
                )
                for panel in _scored(channel["panels"])
            ],
        )
        for channel in _scored(tree["channels"])
    ]
    value = Fraction(tree["exact"]["score"])
    return Mean(SCORE, Fraction(1), value, shown=True, parts=channels)


def published_means(score: Node) -> Mean | None:
    """Return the tree of a department's ``score`` in a document; what is withheld is not shown."""
    channels = []
    for channel in _weighing(score["channels"]):
        panels = []
        for panel in _weighing(channel["panels"]):
            key = (channel["channel"], panel["panel"])
            ends = [
                _published(indicator, (*key, indicator["code"]), [])
                for indicator in _weighing(panel["indicators"])
            ]
            if ends:
                panels.append(_published(panel, key, ends))
        if panels:
            channels.append(_published(channel, (channel["channel"],), panels))
    return _published({"weight": "1", **score}, SCORE, channels) if channels else None


def nodes_of(root: Mean) -> Iterator[Mean]:
    """Yield the means that have parts, from the top."""
    if root.parts:
        yield root
        for part in root.parts:
            yield from nodes_of(part)


def rows_of(root: Mean) -> Iterator[dict[Cell, Fraction]]:
    """Yield each mean that is shown as an equation over the figures that it is made of."""
    for node in nodes_of(root):
        if node.shown:
            yield row_of(node)


def row_of(node: Mean) -> dict[Cell, Fraction]:
    """Return a mean as a sum of the figures that it is made of."""
    return dict(_factors(node, Fraction(1)))


def _factors(node: Mean, times: Fraction) -> Iterator[tuple[Cell, Fraction]]:
    if not node.parts:
        yield Cell(*node.key), times
        return
    total = sum((part.weight for part in node.parts), Fraction(0))
    for part in node.parts:
        yield from _factors(part, times * part.weight / total)


def _scored(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if node["score"] is not None and Fraction(node["weight"]):
            yield node


def _weighing(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield what enters the mean above: the rest has a reason why it does not."""
    for node in nodes:
        if "reason" not in node and Fraction(node["weight"]):
            yield node


def _mean(node: Node, key: Key, parts: list[Mean] | None = None) -> Mean:
    value = Fraction(node["score"])
    return Mean(key, Fraction(node["weight"]), value, shown=True, parts=parts or [])


def _published(node: Node, key: Key, parts: list[Mean]) -> Mean:
    # A blurred indicator has counts and no weighted mean; it is told all the same.
    shown = "withheld" not in node
    value = Fraction(node.get("score") or 0)
    return Mean(key, Fraction(node["weight"]), value, shown=shown, parts=parts)
