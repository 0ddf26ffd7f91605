"""An outsider who has every published version and the weights, and can solve linear equations.

Unknown to him are counts by group (or panel), question and level, and the means of what is
withheld. Every figure that he reads is an equation. He can tell what is the same in all solutions:
that to which every direction of the null space is orthogonal.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np

from server.publication.document import Document

Node = Mapping[str, Any]
# A number of answers (channel, panel, question, level), or a mean (channel, panel, question).
Unknown = tuple[Any, ...]
Equation = dict[Unknown, float]
TOLERANCE = 1e-7


class Attack:
    """What follows from some versions of one department's publication.

    ``answered`` tells which questions anybody of a panel answered: he may know whom nobody asked.
    """

    def __init__(self, documents: Iterable[Document], answered: set[tuple[str, str]]) -> None:
        self.equations: list[Equation] = []
        self.answered = answered
        self.panels: dict[tuple[str, str], set[str]] = {}
        for document in documents:
            node = document["departments"][0]
            scores = {int(key): float(value) for key, value in document["level_scores"].items()}
            self._results(node, scores)
            if node["score"] is not None:
                self._tree(node["score"])
        for (channel, code), panels in self.panels.items():
            for level in range(1, 6):
                whole = {("n", channel, "", code, level): -1.0}
                self._add(whole | {("n", channel, panel, code, level): 1.0 for panel in panels})
        self._solve()

    def tells(self, functional: Equation) -> bool:
        """Tell whether a sum of unknowns has the same value in every solution."""
        unknown = {key: factor for key, factor in functional.items() if key not in self.known}
        if any(key not in self.places for key in unknown):
            return False
        row = np.zeros(len(self.places))
        for key, factor in unknown.items():
            row[self.places[key]] = factor
        return bool(np.abs(self.null @ row).max(initial=0.0) < TOLERANCE)

    def tells_count(self, channel: str, panel: str, code: str, level: int) -> bool:
        """Tell whether it is known how many chose a level."""
        return self.tells({("n", channel, panel, code, level): 1.0})

    def tells_known(self, channel: str, panels: Iterable[str], code: str) -> bool:
        """Tell whether it is known how many of some panels together chose any level."""
        return self.tells(
            {("n", channel, panel, code, level): 1.0 for panel in panels for level in range(1, 6)}
        )

    def tells_mean(self, channel: str, panel: str, code: str) -> bool:
        """Tell whether an indicator's mean is known."""
        return self.tells({("mean", channel, panel, code): 1.0})

    def _add(self, equation: Equation) -> None:
        self.equations.append(equation)

    def _results(self, node: Node, scores: Mapping[int, float]) -> None:
        ratings = {}
        for channel in node["channels"]:
            name = channel["channel"]
            if "withheld" not in channel:
                ratings[name] = channel["count"]
                for level in range(1, 6):
                    self._add({("n", name, "", "overall", level): 1.0})
        for leaf in node["leaves"]:
            for channel in leaf["channels"]:
                name, code = channel["channel"], leaf["code"]
                if name in ratings:
                    # Everybody answers every question, if only with 不了解.
                    self._add({("n", name, "", code, level): 1.0 for level in range(6)})
                if "withheld" in channel:
                    continue
                self._add({("n", name, "", code, level): 1.0 for level in range(1, 6)})
                self._add({("n", name, "", code, 0): 1.0})
                self._add({("n", name, "", code, level): scores[level] for level in range(1, 6)})
                # More than he knows, where another map is used: worse for us.
                self._add({("mean", name, "", code): 1.0})

    def _tree(self, score: Node) -> None:
        whole: list[tuple[float, Equation]] = []
        for channel in _weighing(score.get("channels", [])):
            name = channel["channel"]
            parts: list[tuple[float, Equation]] = []
            for panel in channel["panels"]:
                if panel["panel"]:
                    self._member(name, panel["panel"])
                mean = self._panel(name, panel)
                if "reason" not in panel and mean:
                    parts.append((float(panel["weight"]), mean))
                    if "score" in panel:
                        self._add(mean)
            total = _mean(parts)
            whole.append((float(channel["weight"]), total))
            if "score" in channel:
                self._add(total)
        if "score" in score and whole:
            self._add(_mean(whole))

    def _panel(self, name: str, panel: Node) -> Equation:
        parts: list[tuple[float, Equation]] = []
        for one in panel["indicators"]:
            key = (name, panel["panel"], one["code"])
            if "counts" in one:
                for level in range(6):
                    self._add({("n", *key, level): 1.0})
                self._add({("mean", *key): 1.0})
            if "reason" not in one:
                parts.append((float(one["weight"]), {("mean", *key): 1.0}))
        return _mean(parts)

    def _member(self, channel: str, panel: str) -> None:
        for code in (code for one, code in self.answered if one == panel):
            self.panels.setdefault((channel, code), set()).add(panel)

    def _solve(self) -> None:
        """Find the null space of what is left once the equations of one unknown are solved."""
        self.known: set[Unknown] = set()
        left = [dict(equation) for equation in self.equations]
        while alone := {next(iter(one)) for one in left if len(one) == 1}:
            self.known |= alone
            left = [
                {unknown: factor for unknown, factor in one.items() if unknown not in alone}
                for one in left
            ]
        left = [one for one in left if one]
        self.places = {unknown: place for place, unknown in enumerate(dict.fromkeys(chain(*left)))}
        matrix = np.zeros((max(1, len(left)), len(self.places)))
        for line, equation in enumerate(left):
            largest = max(abs(factor) for factor in equation.values())
            for unknown, factor in equation.items():
                matrix[line, self.places[unknown]] = factor / largest
        _, sizes, vectors = np.linalg.svd(matrix)
        rank = int((sizes > 1e-9 * max(matrix.shape)).sum())
        self.null = vectors[rank:]


def _weighing(nodes: Iterable[Node]) -> Iterable[Node]:
    return [node for node in nodes if "reason" not in node]


def _mean(parts: list[tuple[float, Equation]]) -> Equation:
    total = sum(weight for weight, _ in parts)
    found: Equation = {}
    for weight, equation in parts:
        for unknown, factor in equation.items():
            found[unknown] = found.get(unknown, 0.0) + weight / total * factor
    return found
