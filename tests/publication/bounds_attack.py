"""An outsider who has every version, knows how figures are rounded, and has a linear programme.

He can't solve for a withheld mean, but asks for the least and the greatest value that fit all that
was published. Every mean lies between the points of the worst and the best level.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from scipy.optimize import linprog

from server.publication.document import Document

Node = Mapping[str, Any]
# An indicator's mean: channel, panel, question.
Unknown = tuple[str, str, str]
Sum = dict[Unknown, float]
HALF_STEP = 0.0051


class BoundsAttack:
    """What the figures of some versions of one department's tree leave open."""

    def __init__(self, documents: Iterable[Document]) -> None:
        found = [
            one for document in documents for one in _told(document["departments"][0]["score"])
        ]
        self.keys = sorted({key for terms, _ in found for key in terms})
        self.limits: list[tuple[list[float], float]] = []
        for terms, value in found:
            row = [terms.get(key, 0.0) for key in self.keys]
            self.limits.append((row, value + HALF_STEP))
            self.limits.append(([-factor for factor in row], HALF_STEP - value))

    def range(self, unknown: Unknown) -> tuple[float, float]:
        """Return the least and the greatest mean of a question that fit."""
        if unknown not in self.keys:
            return 0.0, 100.0
        goal = np.zeros(len(self.keys))
        goal[self.keys.index(unknown)] = 1.0
        rows, ends = zip(*self.limits, strict=True)
        low, high = (
            linprog(sign * goal, A_ub=rows, b_ub=ends, bounds=[(0, 100)] * len(self.keys))
            for sign in (1, -1)
        )
        assert low.status == high.status == 0, "what is published contradicts itself"
        return float(low.fun), -float(high.fun)


def _told(score: Node | None) -> Iterator[tuple[Sum, float]]:
    """Yield each published figure of a tree as a sum of unknowns."""
    if score is None:
        return
    whole = []
    for channel in _weighing(score.get("channels", ())):
        parts = []
        for panel in _weighing(channel["panels"]):
            terms: list[tuple[float, Sum]] = []
            for one in _weighing(panel["indicators"]):
                key = (channel["channel"], panel["panel"], one["code"])
                terms.append((float(one["weight"]), {key: 1.0}))
                if "score" in one:
                    yield {key: 1.0}, float(one["score"])
            if terms:
                parts.append((float(panel["weight"]), _mean(terms)))
                yield from _figure(panel, parts[-1][1])
        if parts:
            whole.append((float(channel["weight"]), _mean(parts)))
            yield from _figure(channel, whole[-1][1])
    if whole:
        yield from _figure(score, _mean(whole))


def _figure(node: Node, terms: Sum) -> Iterator[tuple[Sum, float]]:
    if "score" in node:
        yield terms, float(node["score"])


def _weighing(nodes: Iterable[Node]) -> list[Node]:
    return [node for node in nodes if "reason" not in node]


def _mean(parts: list[tuple[float, Sum]]) -> Sum:
    total = sum(weight for weight, _ in parts)
    found: Sum = {}
    for weight, terms in parts:
        for key, factor in terms.items():
            found[key] = found.get(key, 0.0) + weight / total * factor
    return found
