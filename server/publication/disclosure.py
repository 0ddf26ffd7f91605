"""What of a department's figures is withheld, so that nobody's answers can be worked out. Pure.

Primary: every figure of a group of fewer persons than the smallest group; a question that fewer
answered (that nobody in a large group answered says nothing of anybody); the same in each panel.
Communities and villages sign what they say and are not covered.
Complementary: as much more as it takes that no withheld figure follows from what is shown here or
was shown in an earlier version, the smallest loss first: another question of the same group (the
one with the fewest answers), then the panel's score, the channel's, at last the department's.

What follows is reckoned in ``telling``: within one document by intervals (``bounds``), together
with the equations of earlier ones by linear programmes (``simplex``). What must remain possible is
in ``rooms``. The same figures give the same choice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from server.publication.bounds import Mean
from server.publication.figures import Answers, Department, Group, Node
from server.publication.rules import Reason
from server.publication.telling import SIGNED_CODES, Telling
from server.publication.trees import means, nodes_of
from server.publication.withheld import NOTHING_BEFORE, SCORE, Cell, History, Key, Withheld
from server.scoring.rules import LEVELS, OVERALL_LEAF


class DisclosureError(ValueError):
    """An earlier version tells what this one must withhold; nothing can be left out to mend it."""


def withhold(
    department: Department,
    smallest: int,
    level_scores: Mapping[int, str],
    history: History = NOTHING_BEFORE,
    scheme: Node | None = None,
) -> Withheld:
    """Return what must not be shown of a department.

    Args:
        department: all its figures.
        smallest: the smallest group of persons of whom figures are shown.
        level_scores: points of the levels in the results by channel.
        history: what earlier versions of the campaign told of it.
        scheme: the published scheme, for the points of its methods; else those of the levels.

    Raises:
        DisclosureError: as it says.
    """
    return _Choice(department, smallest, level_scores, history, scheme).made()


class _Choice:
    """One department's choice in the making."""

    def __init__(
        self,
        department: Department,
        smallest: int,
        level_scores: Mapping[int, str],
        history: History,
        scheme: Node | None,
    ) -> None:
        self.department = department
        self.smallest = smallest
        self.history = history
        self.groups = {group.channel.code: group for group in department.groups}
        self.signed = SIGNED_CODES
        self.points = {level: Fraction(level_scores[level]) for level in LEVELS}
        self.tree = means(department.tree) if department.tree else None
        self.answers = dict(_answers(department))
        self.telling = Telling(department, self.answers, smallest, self.points, history, scheme)
        self.withheld = Withheld()

    def made(self) -> Withheld:
        self._few()
        self._blur()
        # A score may be published later with any weights: each group is made safe beforehand.
        foreseen = list(self._foreseen())
        changed = True
        while changed:
            changed = self._protect_totals()
            changed = self._protect_means(self.tree, last=True) or changed
            for root in foreseen:
                changed = self._protect_means(root, last=False) or changed
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
        for key in self.department.cells:
            if key[0] not in self.signed and self.telling.few_ways(Cell(*key)):
                self.withheld.blurred[key[:2]] = Reason.FEW_IN_CELL

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

    def _protect_means(self, root: Mean | None, *, last: bool) -> bool:
        """Withhold more until no withheld mean can be told; ``last``: of what is published now."""
        changed = False
        while unsafe := self.telling.unsafe(self.withheld, root):
            channel, panel, _ = min(unsafe)
            if not self._mend(root, channel, panel, last=last):
                if last:
                    message = f"department {self.department.id}: an earlier version tells {unsafe}"
                    raise DisclosureError(message)
                return changed
            changed = True
        return changed

    def _mend(self, root: Mean | None, channel: str, panel: str, *, last: bool) -> bool:
        """Try ever greater losses until one panel is safe."""
        ladder = self._ladder(channel, panel) if last and root else []
        candidates = self._candidates(root, channel, panel)
        leaves = [candidates[:count] for count in range(len(candidates) + 1)]
        for rungs in range(len(ladder) + 1):
            for cells in leaves:
                if (rungs or cells) and self._helps(root, (channel, panel), ladder[:rungs], cells):
                    return True
        # Where the versions together tell too much, any question that is new may have to go.
        others = self._others() if last else []
        return bool(others) and self._helps(root, (channel, panel), ladder, candidates + others)

    def _helps(
        self, root: Mean | None, key: Key, scores: Sequence[Key], cells: Sequence[Cell]
    ) -> bool:
        """Withhold some more if that makes a panel safe."""
        before = dict(self.withheld.cells), dict(self.withheld.scores)
        self.withheld.cells |= dict.fromkeys(cells, Reason.COMPLEMENT) | self.withheld.cells
        self.withheld.scores |= dict.fromkeys(scores, Reason.COMPLEMENT) | self.withheld.scores
        if not self.telling.unsafe(self.withheld, root, only=key):
            return True
        self.withheld.cells, self.withheld.scores = before
        return False

    def _ladder(self, channel: str, panel: str) -> list[Key]:
        """Return the scores that may be withheld, the smallest loss first, at last all."""
        first: list[Key] = [(channel, panel), (channel,), SCORE]
        every = [node.key for node in nodes_of(self.tree)] if self.tree else []
        return first + sorted(key for key in every if key not in first)

    def _candidates(self, root: Mean | None, channel: str, panel: str) -> list[Cell]:
        """Return what may be withheld for another's sake: elsewhere withheld first, then few."""
        elsewhere = {cell.code for cell in self.withheld.cells if cell.channel == channel}
        found = {Cell(*end.key) for end in root.ends()} if root else set(self._earlier())
        return sorted(
            (
                cell
                for cell in found
                if cell[:2] == (channel, panel)
                and cell.code != OVERALL_LEAF
                and cell in self.answers
                and not self._is_spent(cell)
            ),
            key=lambda cell: (cell.code not in elsewhere, self.answers[cell].known, cell.code),
        )

    def _earlier(self) -> list[Cell]:
        """Return what earlier scores were made of, if it can be shown now."""
        cells = {cell for row in self.history.rows for cell in row}
        return sorted(cell for cell in cells if cell in self.answers)

    def _others(self) -> list[Cell]:
        return [
            cell
            for cell in self._earlier()
            if cell.channel not in self.signed and not self._is_spent(cell)
        ]

    def _is_told(self, total: Cell) -> bool:
        return total not in self.withheld.cells or total in self.history.cells

    def _is_spent(self, cell: Cell) -> bool:
        """Tell whether withholding a cell is of no use, or has been done."""
        if cell in self.withheld.cells or cell in self.history.cells:
            return True
        total = Cell(cell.channel, "", cell.code)
        return total in self.history.cells and self.answers[total].known == self.answers[cell].known

    def _weight(self, channel: str, code: str) -> Fraction:
        """Return a weight that may come: a question of few may weigh twice as much as others."""
        few = self.withheld.cells.get(Cell(channel, "", code)) is Reason.FEW_ANSWERS
        return Fraction(2 if few else 1)

    def _foreseen(self) -> Iterator[Mean]:
        """Yield each group as if its plain mean over all questions were published."""
        for code, group in self.groups.items():
            if code in self.signed or code in self.withheld.groups:
                continue
            if self.tree and any(end.key[0] == code for end in self.tree.ends()):
                continue
            ends = [
                Mean((code, "", question.code), self._weight(code, question.code), mean, shown=True)
                for question in self.department.questions
                if (mean := _mean(group, question.code, self.points)) is not None
            ]
            if ends:
                total = sum((end.weight * end.value for end in ends), Fraction(0)) / sum(
                    end.weight for end in ends
                )
                yield Mean((code, ""), Fraction(1), total, shown=True, parts=ends)


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
