"""Which withheld figures can be told too closely from everything that is or was shown. Pure."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from math import comb, prod
from typing import TYPE_CHECKING, NamedTuple

from server.campaigns.rules import SIGNED
from server.core.lazily import Later
from server.publication import rooms
from server.publication.bounds import Mean, narrow
from server.publication.figures import Answers, Department, Node
from server.publication.rooms import Points, Room
from server.publication.rules import LEAST_ALLOCATIONS, LEAST_WIDTH_OF_COMPLEMENT, Reason
from server.publication.trees import nodes_of, row_of, rows_of
from server.publication.withheld import Cell, History, Key, Row, Withheld
from server.scoring.rules import LEVELS

if TYPE_CHECKING:
    from server.publication import simplex
else:
    simplex = Later("server.publication.simplex")

SIGNED_CODES = frozenset(channel.code for channel in SIGNED)
# A version that tells a figure less than this more closely than earlier ones do tells nothing new.
NOTHING_NEW = 0.01
# A question's code that none has: it stands for the panel's own mean.
PANEL = ""
A_PANEL = 2


class _Secret(NamedTuple):
    """A figure that must stay open: as a sum of unknowns, and as a node of the tree."""

    cell: Cell
    row: Row
    room: Room
    node: Mean | None


class Telling:
    """What can be told of one department's figures, under any choice of what is withheld."""

    def __init__(
        self,
        department: Department,
        answers: Mapping[Cell, Answers],
        smallest: int,
        points: Points,
        history: History,
        scheme: Node | None,
    ) -> None:
        """Take a department's figures, its ``answers`` by cell, and what was told before."""
        self.department = department
        self.answers = answers
        self.smallest = smallest
        self.points = points
        self.history = history
        self.points_of = _points_of(department, scheme)
        self._earlier: simplex.Solutions[Cell] | None = None

    def unsafe(
        self, withheld: Withheld, root: Mean | None, *, only: Key | None = None
    ) -> list[Cell]:
        """Return what is told too closely; ``only``: of one panel (channel, panel).

        Args:
            withheld: the choice.
            root: the tree as it is published, or that of a score that may be some day.
            only: the panel.
        """
        if root is not None:
            self._mark(withheld, root)
        secrets = [
            one for one in self._secrets(withheld, root) if only is None or one.cell[:2] == only
        ]
        if root is not None and (root.key or not self.history.rows):
            return [one.cell for one in secrets if not self._holds_alone(one, withheld)]
        return self._told_jointly(secrets, withheld, root)

    def few_ways(self, cell: Cell) -> bool:
        """Tell whether a weighted mean could tell the answers of a small stratum cell."""
        strata = self.department.cells.get(cell, ())
        sizes = sorted(number for _, number in strata if number)
        if len({weight for weight, number in strata if number}) < A_PANEL:
            return False
        count = prod(comb(size + len(LEVELS) - 1, size) for size in sizes[:-1])
        return sizes[0] < self.smallest and count < LEAST_ALLOCATIONS

    def _mark(self, withheld: Withheld, root: Mean) -> None:
        """Say in the tree what is shown, and reckon each figure's interval."""
        for node in nodes_of(root):
            node.shown = node.key not in withheld.scores
        for end in root.ends():
            cell = Cell(*end.key)
            end.shown = self._is_known(cell, withheld)
            if not end.shown:
                low, _, high = self._bounds(cell, withheld, end.value)
                end.bounds = low, high
        narrow(root)

    def _is_known(self, cell: Cell, withheld: Withheld) -> bool:
        blurred = cell[:2] in withheld.blurred
        if cell in self.history.cells:
            return not (blurred and cell in self.history.counted)
        return cell not in withheld.cells and not blurred

    def _secrets(self, withheld: Withheld, root: Mean | None) -> Iterator[_Secret]:
        ends = {Cell(*end.key): end for end in root.ends()} if root else {}
        found = dict.fromkeys(ends)
        if root is None or not root.key:
            found |= dict.fromkeys(sorted({cell for row in self.history.rows for cell in row}))
        for cell in found:
            if cell.channel in SIGNED_CODES or self._is_known(cell, withheld):
                continue
            room = self._room(cell, withheld)
            if room.least:
                yield _Secret(cell, {cell: Fraction(1)}, room, ends.get(cell))
        for node in nodes_of(root) if root is not None and not root.key else ():
            if len(node.key) == A_PANEL and node.key[0] not in SIGNED_CODES:
                own = self._panel_room(node, withheld)
                if own is not None:
                    channel, panel = node.key
                    yield _Secret(Cell(channel, panel, PANEL), row_of(node), own, node)

    def _panel_room(self, node: Mean, withheld: Withheld) -> Room | None:
        """Return the room of a panel's own mean, if it is one."""
        overall = max((self._of(Cell(*end.key)).known for end in node.ends()), default=0)
        if overall < self.smallest:
            return rooms.of_few(self.points)
        return Room() if node.key in withheld.blurred else None

    def _room(self, cell: Cell, withheld: Withheld) -> Room:
        points = self.points_of.get(cell, self.points)
        if cell in withheld.cells:
            few = withheld.cells[cell] is not Reason.COMPLEMENT
            return rooms.of_few(points) if few else rooms.of_complement(points)
        if cell[:2] in withheld.blurred and cell in self.answers:
            levels = self.answers[cell].levels
            strata = self.department.cells.get(cell, ((Fraction(1), self.answers[cell].known),))
            return rooms.of_strata(levels, strata, points, few=self.few_ways(cell))
        return Room(min(points.values()), max(points.values()))

    def _bounds(
        self, cell: Cell, withheld: Withheld, truth: Fraction
    ) -> tuple[Fraction, Fraction, Fraction]:
        room = self._room(cell, withheld)
        return min(room.low, truth), truth, max(room.high, truth)

    def _holds_alone(self, secret: _Secret, withheld: Withheld) -> bool:
        """Tell whether one tree leaves a figure open."""
        if secret.node is None:
            return True
        low, high = secret.node.low, secret.node.high
        if not secret.room.holds(low, high):
            return False
        told = high - low < LEAST_WIDTH_OF_COMPLEMENT
        return secret.cell.code != PANEL or not told or self._has_ways(secret, 1, withheld)

    def _has_ways(self, secret: _Secret, equations: int, withheld: Withheld) -> bool:
        """Tell whether a blurred panel's mean fits many enough answers of its small cells."""
        if secret.cell[:2] not in withheld.blurred:
            return True
        few = [cell for cell in secret.row if self.few_ways(cell)]
        if not few or self._is_known(few[0], withheld):
            return True
        count: int = 1
        for cell in secret.row:
            answers = self._of(cell)
            if cell in withheld.cells:
                count *= comb(answers.known + len(LEVELS) - 1, len(LEVELS) - 1)
            elif not self._is_known(cell, withheld):
                count *= rooms.ways(answers.levels, self.department.cells.get(cell, ()))
        return count >= prod([LEAST_ALLOCATIONS] * equations)

    def _told_jointly(
        self, secrets: list[_Secret], withheld: Withheld, root: Mean | None
    ) -> list[Cell]:
        """Return what all versions together tell, and the earlier ones alone don't."""
        if not secrets:
            return []
        rows = [*self.history.rows, *(rows_of(root) if root else ())]
        cells = {cell for row in rows for cell in row} | {one for s in secrets for one in s.row}
        bounds = {
            cell: self._bounds(cell, withheld, self._truth(cell))
            for cell in sorted(cells)
            if not self._is_known(cell, withheld)
        }
        solutions = simplex.Solutions(rows, bounds)
        return [one.cell for one in secrets if self._is_told(one, solutions, withheld)]

    def _is_told(self, secret: _Secret, now: "simplex.Solutions[Cell]", withheld: Withheld) -> bool:
        low, high = now.range(secret.row)
        equations = now.rows_within(secret.row)
        told = high - low < LEAST_WIDTH_OF_COMPLEMENT and secret.cell.code == PANEL
        many = not told or self._has_ways(secret, max(1, equations), withheld)
        if secret.room.holds(low, high) and many:
            return False
        before = self._before(withheld)
        least, most = before.range(secret.row)
        return most - least > high - low + NOTHING_NEW or before.rows_within(secret.row) < equations

    def _before(self, withheld: Withheld) -> "simplex.Solutions[Cell]":
        """Return what earlier versions left open by themselves."""
        if self._earlier is None:
            nothing = Withheld(blurred=withheld.blurred)
            cells = {cell for row in self.history.rows for cell in row} | set(self.answers)
            bounds = {
                cell: self._bounds(cell, nothing, self._truth(cell))
                for cell in sorted(cells)
                if cell not in self.history.cells or not self._is_known(cell, nothing)
            }
            self._earlier = simplex.Solutions(self.history.rows, bounds)
        return self._earlier

    @cached_property
    def _truths(self) -> dict[Cell, Fraction]:
        tree = self.department.tree
        return {
            Cell(channel["channel"], panel["panel"], one["code"]): Fraction(one["score"])
            for channel in (tree["channels"] if tree else ())
            for panel in channel["panels"]
            for one in panel["indicators"]
            if one["score"] is not None
        }

    def _of(self, cell: Cell) -> Answers:
        return self.answers.get(cell, Answers())

    def _truth(self, cell: Cell) -> Fraction:
        """Return a figure's value; where it is not reckoned now, that of the whole group."""
        if cell in self._truths:
            return self._truths[cell]
        points = self.points_of.get(cell, self.points)
        for one in (cell, Cell(cell.channel, "", cell.code)):
            answers = self._of(one)
            if answers.known:
                given = (points[level] * answers.levels.get(level, 0) for level in LEVELS)
                return sum(given, Fraction(0)) / answers.known
        return Fraction(sum(points.values()), len(points))


def _points_of(department: Department, scheme: Node | None) -> dict[Cell, Points]:
    """Return the points of levels by indicator; each of the 1+6 methods may have its own."""
    parts = {
        part["code"]: {level: Fraction(part["levels"][str(level)]) for level in LEVELS}
        for part in (scheme or {}).get("parts", ())
    }
    return {
        Cell(channel["channel"], panel["panel"], one["code"]): parts[one["part"]]
        for channel in (department.tree["channels"] if department.tree else ())
        for panel in channel["panels"]
        for one in panel["indicators"]
        if one["part"] in parts
    }
