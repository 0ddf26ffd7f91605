"""What of a department's figures is withheld, so that nobody's answers can be worked out. Pure.

Primary: every figure of a group of fewer persons than the smallest group; a question that fewer
answered (that nobody in a large group answered says nothing of anybody); the same in each panel.
Communities and villages sign what they say and are not covered.
Complementary: as much more as it takes that no withheld figure follows from what is shown here or
was shown in an earlier version, the smallest loss first: another question of the same group (the
one with the fewest answers), then the panel's score, the channel's, at last the department's.

What follows is reckoned exactly: by intervals within one document (``bounds``), by elimination
together with the equations of earlier ones (``algebra``). The same figures give the same choice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb, prod
from typing import NamedTuple

from server.campaigns.rules import SIGNED
from server.publication import algebra
from server.publication.bounds import Mean, narrow
from server.publication.figures import Answers, Department, Group
from server.publication.rules import (
    LEAST_ALLOCATIONS,
    LEAST_WIDTH,
    LEAST_WIDTH_OF_COMPLEMENT,
    Reason,
)
from server.publication.trees import SCORE, Key, means
from server.scoring.rules import LEVELS, OVERALL_LEAF


class Cell(NamedTuple):
    """A question's answers in one group, or in one panel of it; panel "" is the whole group."""

    channel: str
    panel: str
    code: str


@dataclass(frozen=True)
class History:
    """What earlier versions told of a department: figures themselves, and means as equations."""

    cells: frozenset[Cell] = frozenset()
    rows: tuple[Mapping[Cell, Fraction], ...] = ()


@dataclass
class Withheld:
    """What is withheld of one department, and why.

    ``cells``: with all their figures. ``scores``: figures of the tree, by key. ``blurred``: panels
    whose indicators are shown by counts, without the weighted mean.
    """

    groups: dict[str, Reason] = field(default_factory=dict)
    cells: dict[Cell, Reason] = field(default_factory=dict)
    scores: dict[Key, Reason] = field(default_factory=dict)
    blurred: dict[Key, Reason] = field(default_factory=dict)

    def shows(self, channel: str, panel: str, code: str) -> bool:
        """Tell whether a question's figures are public."""
        return Cell(channel, panel, code) not in self.cells

    @property
    def reasons(self) -> list[Reason]:
        """Return the reason of every withheld figure; a whole group counts once."""
        inner = [why for cell, why in self.cells.items() if cell.channel not in self.groups]
        scores = (*self.scores.values(), *self.blurred.values())
        return [*self.groups.values(), *inner, *scores]


class DisclosureError(ValueError):
    """An earlier version tells what this one must withhold; nothing can be left out to mend it."""


NOTHING_BEFORE = History()


def withhold(
    department: Department,
    smallest: int,
    level_scores: Mapping[int, str],
    history: History = NOTHING_BEFORE,
) -> Withheld:
    """Return what must not be shown of a department.

    Args:
        department: all its figures.
        smallest: the smallest group of persons of whom figures are shown.
        level_scores: points of the levels in the results by channel.
        history: what earlier versions of the campaign told of it.

    Raises:
        DisclosureError: as it says.
    """
    return _Choice(department, smallest, level_scores, history).made()


class _Choice:
    """One department's choice in the making."""

    def __init__(
        self,
        department: Department,
        smallest: int,
        level_scores: Mapping[int, str],
        history: History,
    ) -> None:
        self.department = department
        self.smallest = smallest
        self.history = history
        self.groups = {group.channel.code: group for group in department.groups}
        self.signed = {channel.code for channel in SIGNED}
        self.points = {level: Fraction(level_scores[level]) for level in LEVELS}
        self.tree = means(department.tree) if department.tree else None
        self.answers = dict(_answers(department))
        self.withheld = Withheld()

    def made(self) -> Withheld:
        self._few()
        self._blur()
        trees = [self.tree] if self.tree else []
        # A score may be published later with any weights: each group is made safe beforehand.
        trees += list(self._foreseen())
        changed = True
        while changed:
            changed = self._protect_totals()
            for root in trees:
                changed = self._protect_means(root, last=root is self.tree) or changed
        return self.withheld

    def _few(self) -> None:
        for code, group in self.groups.items():
            if code in self.signed:
                continue
            few = min(group.persons, group.ratings) < self.smallest
            if few:
                self.withheld.groups[code] = Reason.FEW_RATERS
        for cell, answers in self.answers.items():
            if cell.channel in self.signed:
                continue
            if cell.channel in self.withheld.groups:
                self.withheld.cells[cell] = Reason.FEW_RATERS
            elif 0 < answers.known < self.smallest:
                self.withheld.cells[cell] = Reason.FEW_ANSWERS

    def _blur(self) -> None:
        for (channel, panel, _), cells in self.department.cells.items():
            if channel not in self.signed and self._few_allocations(cells):
                self.withheld.blurred[channel, panel] = Reason.FEW_IN_CELL

    def _few_allocations(self, cells: Sequence[tuple[Fraction, int]]) -> bool:
        """Tell whether a weighted mean of these cells could tell the answers of a small one."""
        sizes = sorted(number for _, number in cells if number)
        if len({weight for weight, number in cells if number}) < 2:  # noqa: PLR2004 all alike
            return False
        ways = prod(comb(size + len(LEVELS) - 1, size) for size in sizes[:-1])
        return sizes[0] < self.smallest and ways < LEAST_ALLOCATIONS

    def _protect_totals(self) -> bool:
        """Keep a panel's answers from following from the group's and the other panels'."""
        changed = False
        for total, members in _members(self.answers).items():
            if self._is_told(total):
                changed = self._protect_total(total, members) or changed
        return changed

    def _protect_total(self, total: Cell, members: Sequence[Cell]) -> bool:
        withheld = self.withheld.cells
        known = {cell: self.answers[cell].known for cell in members}
        rest = self.answers[total].known - sum(known.values())
        changed = False
        while True:
            inside = [known[cell] for cell in members if cell in withheld and known[cell]]
            inside += [rest] if rest > 0 else []
            if not inside or (len(inside) > 1 and sum(inside) >= self.smallest):
                return changed
            open_ones = [cell for cell in members if known[cell] and not self._is_spent(cell)]
            if open_ones:
                least = min(open_ones, key=lambda cell: (known[cell], cell))
                withheld[least] = Reason.COMPLEMENT
            elif any(cell in withheld for cell in members) and total not in self.history.cells:
                withheld[total] = Reason.COMPLEMENT
                return True
            else:
                # All that is left out is of people whom no panel of the scheme holds.
                return changed
            changed = True

    def _protect_means(self, root: Mean, *, last: bool) -> bool:
        """Withhold more until no withheld mean can be told; ``last``: a score that is published."""
        changed = False
        while unsafe := self._unsafe(root):
            channel, panel, _ = min(unsafe)
            if not self._mend(root, channel, panel, last=last):
                if last:
                    message = f"department {self.department.id}: an earlier version tells {unsafe}"
                    raise DisclosureError(message)
                return changed
            changed = True
        return changed

    def _mend(self, root: Mean, channel: str, panel: str, *, last: bool) -> bool:
        """Try ever greater losses until one panel is safe."""
        ladder: list[Key] = [(channel, panel), (channel,), SCORE] if last else []
        candidates = self._candidates(root, channel, panel)
        for rungs in range(len(ladder) + 1):
            for leaves in range(len(candidates) + 1):
                cells = dict.fromkeys(candidates[:leaves], Reason.COMPLEMENT)
                scores = dict.fromkeys(ladder[:rungs], Reason.COMPLEMENT)
                if not rungs and not leaves:
                    continue
                before = dict(self.withheld.cells), dict(self.withheld.scores)
                self.withheld.cells |= cells | self.withheld.cells
                self.withheld.scores |= scores | self.withheld.scores
                unsafe = self._unsafe(root)
                if not any((cell.channel, cell.panel) == (channel, panel) for cell in unsafe):
                    return True
                self.withheld.cells, self.withheld.scores = before
        return False

    def _candidates(self, root: Mean, channel: str, panel: str) -> list[Cell]:
        """Return what may be withheld for another's sake: elsewhere withheld first, then few."""
        elsewhere = {cell.code for cell in self.withheld.cells if cell.channel == channel}
        found = [
            Cell(*end.key)
            for end in root.ends()
            if end.key[:2] == (channel, panel) and end.key[2] != OVERALL_LEAF
        ]
        return sorted(
            (cell for cell in found if not self._is_spent(cell)),
            key=lambda cell: (cell.code not in elsewhere, self.answers[cell].known, cell.code),
        )

    def _unsafe(self, root: Mean) -> list[Cell]:
        """Return the withheld questions whose means what is shown tells too closely."""
        hidden = self.withheld.cells
        for node in _nodes(root):
            node.shown = node.key not in self.withheld.scores
        for end in root.ends():
            end.shown = Cell(*end.key) not in hidden or Cell(*end.key) in self.history.cells
        narrow(root)
        told = self._told_by_equations(root)
        return [
            cell
            for end in root.ends()
            if (cell := Cell(*end.key)) in hidden
            and cell not in self.history.cells
            and (cell in told or end.width < _least_width(hidden[cell]))
        ]

    def _told_by_equations(self, root: Mean) -> set[Cell]:
        if not self.history.rows:
            return set()
        # Indicators of the tree that are shown are known; so is every figure of an earlier version.
        known = {Cell(*end.key) for end in root.ends() if end.shown} | self.history.cells
        return algebra.determined([*rows_of(root), *self.history.rows], known)

    def _is_told(self, total: Cell) -> bool:
        return total not in self.withheld.cells or total in self.history.cells

    def _is_spent(self, cell: Cell) -> bool:
        """Tell whether withholding a cell is of no use, or has been done."""
        if cell in self.withheld.cells or cell in self.history.cells:
            return True
        total = Cell(cell.channel, "", cell.code)
        return total in self.history.cells and self.answers[total].known == self.answers[cell].known

    def _foreseen(self) -> Iterator[Mean]:
        """Yield each group as if its plain mean over all questions were published."""
        for code, group in self.groups.items():
            if code in self.signed or code in self.withheld.groups:
                continue
            if self.tree and any(end.key[0] == code for end in self.tree.ends()):
                continue
            ends = [
                Mean((code, "", question.code), Fraction(1), mean, shown=True)
                for question in self.department.questions
                if (mean := _mean(group, question.code, self.points)) is not None
            ]
            if ends:
                total = sum((end.value for end in ends), Fraction(0)) / len(ends)
                yield Mean((code, ""), Fraction(1), total, shown=True, parts=ends)


def rows_of(root: Mean) -> Iterator[dict[Cell, Fraction]]:
    """Yield each mean that is shown as an equation over the figures that it is made of."""
    for node in _nodes(root):
        if node.shown:
            yield dict(_factors(node, Fraction(1)))


def _nodes(node: Mean) -> Iterator[Mean]:
    """Yield the means that have parts, from the top."""
    if node.parts:
        yield node
        for part in node.parts:
            yield from _nodes(part)


def _factors(node: Mean, times: Fraction) -> Iterator[tuple[Cell, Fraction]]:
    if not node.parts:
        yield Cell(*node.key), times
        return
    total = sum((part.weight for part in node.parts), Fraction(0))
    for part in node.parts:
        yield from _factors(part, times * part.weight / total)


def _least_width(reason: Reason) -> Fraction:
    return LEAST_WIDTH_OF_COMPLEMENT if reason is Reason.COMPLEMENT else LEAST_WIDTH


def _answers(department: Department) -> Iterator[tuple[Cell, Answers]]:
    """Yield every group's answers, then those of the tree's panels of the sample survey."""
    asked = (OVERALL_LEAF, *(question.code for question in department.questions))
    for group in department.groups:
        for code in asked:
            yield Cell(group.channel.code, "", code), group.of(code)
    for channel in department.tree["channels"] if department.tree else ():
        for panel in channel["panels"]:
            for indicator in panel["indicators"]:
                if indicator["code"] not in asked:
                    continue
                cell = Cell(channel["channel"], panel["panel"], indicator["code"])
                yield cell, Answers({int(level): n for level, n in indicator["levels"].items()})


def _members(cells: Iterable[Cell]) -> dict[Cell, list[Cell]]:
    """Group the panels' cells under the group's own."""
    found: dict[Cell, list[Cell]] = {}
    for cell in cells:
        if cell.panel:
            found.setdefault(Cell(cell.channel, "", cell.code), []).append(cell)
    return found


def _mean(group: Group, code: str, points: Mapping[int, Fraction]) -> Fraction | None:
    answers = group.of(code)
    if not answers.known:
        return None
    given = sum((points[level] * answers.levels.get(level, 0) for level in LEVELS), Fraction(0))
    return given / answers.known
