"""What figures are drawn from, as plain values: campaign, answers, runs, words. Pure."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from server.campaigns.rules import CHANNEL_LABELS, CampaignKind, CampaignState, Channel

Levels = Mapping[int, int]
# Department and channel -> leaf's code ("overall" for the whole) -> level -> answers.
Counts = Mapping[tuple[int, Channel], Mapping[str, Levels]]


class PartKind(enum.StrEnum):
    """What a score can be looked at in part by; the values stand in addresses."""

    CHANNEL = "channel"
    HEADING = "heading"


@dataclass(frozen=True)
class Part:
    """A part of a score: of one channel, or of one heading."""

    kind: PartKind
    code: str
    name: str


@dataclass(frozen=True)
class Rated:
    """A rated department; ``label`` is what a chart has room for."""

    id: int
    name: str
    label: str


@dataclass(frozen=True)
class Leaf:
    """A rated indicator."""

    code: str
    name: str
    heading: str


@dataclass(frozen=True)
class Heading:
    """A heading with its leaves, in the tree's order."""

    code: str
    name: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class CampaignView:
    """A campaign as figures need it; ``departments`` are those that the reader's grants reach.

    ``whole``: these are all of them, so that figures of the campaign as such may be shown.
    """

    id: int
    title: str
    kind: CampaignKind
    state: CampaignState
    settled: bool
    sealed: bool
    opens_at: datetime
    closes_at: datetime
    channels: tuple[Channel, ...]
    points: Mapping[int, Decimal]
    departments: tuple[Rated, ...]
    whole: bool
    headings: tuple[Heading, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """What of a score can be looked at by itself."""
        channels = (Part(PartKind.CHANNEL, one.code, CHANNEL_LABELS[one]) for one in self.channels)
        headings = (Part(PartKind.HEADING, one.code, one.name) for one in self.headings)
        return (*channels, *headings)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf in order."""
        return tuple(leaf for heading in self.headings for leaf in heading.leaves)


@dataclass(frozen=True)
class Asked:
    """What the reader chose; nothing chosen means all.

    ``indicators`` are ``overall`` and codes of leaves and headings. ``scheme`` is a scheme's name,
    ``part`` what of its scores is shown where it is not the whole.
    """

    departments: frozenset[int] = frozenset()
    channels: frozenset[Channel] = frozenset()
    indicators: frozenset[str] = frozenset()
    scheme: str = ""
    part: Part | None = None
    compare: bool = False
    fitted: bool = False

    def rated(self, view: CampaignView) -> list[Rated]:
        """Return the chosen departments of a campaign, in its order."""
        wanted = self.departments or {one.id for one in view.departments}
        return [one for one in view.departments if one.id in wanted]

    def asked_channels(self, view: CampaignView) -> list[Channel]:
        """Return the chosen channels of a campaign, in its order."""
        return [one for one in view.channels if not self.channels or one in self.channels]


@dataclass(frozen=True)
class ScoreLine:
    """A department's figure in a run; ``reason`` says why there is none."""

    department: int
    score: Decimal | None
    low: Decimal | None
    high: Decimal | None
    reason: str | None
    raters: int
    alone: tuple[int, int] | None = None
    in_table: tuple[int, int] | None = None
    shrunk: Decimal | None = None


@dataclass(frozen=True)
class RunView:
    """A finished computation."""

    id: UUID
    campaign_id: int
    campaign_title: str
    opens_at: datetime
    closes_at: datetime
    scheme: str
    version: int
    finished_at: datetime
    level: str
    ranked: int
    lines: Mapping[int, ScoreLine]


@dataclass(frozen=True)
class RateLine:
    """How many of those asked answered: of a panel, or of one of its cells."""

    panel: str
    cell: str | None
    asked: int
    answered: int


@dataclass(frozen=True)
class DayLine:
    """How many of a panel had answered by the end of a day."""

    day: date
    panel: str
    asked: int
    answered: int


@dataclass(frozen=True)
class WordLine:
    """A word: in how many comments it is used, and how much it marks them off (``weight``)."""

    word: str
    uses: int
    weight: float


@dataclass(frozen=True)
class TopicLine:
    """A topic and in how many comments it was told."""

    topic: str
    uses: int


@dataclass(frozen=True)
class WordGroup:
    """A department's comments, or all of them where ``department`` is None."""

    department: int | None
    comments: int
    withheld: bool
    words: Sequence[WordLine] = field(default=())
    topics: Sequence[TopicLine] = field(default=())
