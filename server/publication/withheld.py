"""What is withheld of a department, and what earlier versions told of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from server.publication.rules import Reason

# A figure of a score's tree: (channel, panel), (channel,), and () for the department's.
Key = tuple[str, ...]
SCORE: Key = ()


class Cell(NamedTuple):
    """A question's answers in one group, or in one panel of it; panel "" is the whole group."""

    channel: str
    panel: str
    code: str


Row = Mapping[Cell, Fraction]


@dataclass(frozen=True)
class History:
    """What earlier versions told of a department: figures themselves, and means as equations.

    ``counted``: of these ``cells``, in panels of unequal weights, the counts alone were told.
    """

    cells: frozenset[Cell] = frozenset()
    rows: tuple[Row, ...] = ()
    counted: frozenset[Cell] = frozenset()


NOTHING_BEFORE = History()


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
