"""What stands in the ledger of one campaign, before anything is withheld. Pure.

These are the office's figures. ``disclosure`` decides what of them is public, ``document`` writes
it down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from server.campaigns.rules import CampaignKind, Channel
from server.evaluation.rules import UNKNOWN
from server.scoring.rules import OVERALL_LEAF

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Answers:
    """Answers to one question in one group, by level; 0 is 不了解."""

    levels: Mapping[int, int] = field(default_factory=dict)

    @property
    def known(self) -> int:
        """How many chose a level."""
        return sum(number for level, number in self.levels.items() if level != UNKNOWN)

    @property
    def unknown(self) -> int:
        """How many answered 不了解."""
        return self.levels.get(UNKNOWN, 0)


@dataclass(frozen=True)
class Group:
    """The ratings of one department through one channel.

    ``persons`` is how many persons stand behind them at least; ``answers`` by the question's code,
    that about the department as a whole under ``overall``; ``excluded`` by reason.
    """

    channel: Channel
    persons: int
    answers: Mapping[str, Answers]
    excluded: Mapping[str, int]

    def of(self, code: str) -> Answers:
        """Return a question's answers; none where nobody was asked."""
        return self.answers.get(code, Answers())

    @property
    def ratings(self) -> int:
        """How many ratings count."""
        return self.of(OVERALL_LEAF).known


@dataclass(frozen=True)
class Question:
    """A question of the form."""

    code: str
    name: str
    heading: str


@dataclass(frozen=True)
class Department:
    """A department with its groups, and its score's tree where a score is published.

    ``tree`` and ``place`` are nodes of ``scoring.result``, ``reason`` says why there is no score
    where scores are published; ``cells`` says of which stratum cells an indicator's answers in a
    panel are: (channel, panel, code) -> (weight, known answers) each.
    """

    id: int
    name: str
    questions: tuple[Question, ...]
    groups: tuple[Group, ...]
    tree: Node | None = None
    reason: str | None = None
    place: Node | None = None
    cells: Mapping[tuple[str, str, str], tuple[tuple[Fraction, int], ...]] = field(
        default_factory=dict
    )


@dataclass(frozen=True)
class Basis:
    """What all figures of a document rest on; ``scheme`` only where scores are published."""

    campaign_id: int
    title: str
    description: str
    kind: CampaignKind
    closed_on: date
    smallest_group: int
    level_scores: Mapping[int, str]
    scheme: Node | None = None


@dataclass(frozen=True)
class Figures:
    """A campaign's figures, departments in the order in which they are shown."""

    basis: Basis
    departments: tuple[Department, ...]
