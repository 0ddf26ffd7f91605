"""What is given out of an entry or experience: as much as its reader may see, no rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from server.frontline.rules import (
    CONTENT_STATE_LABELS,
    ENTRY_STATE_LABELS,
    EXPERIENCE_STATE_LABELS,
    SERVED_LABELS,
    SOLUTION_LABELS,
    ContentState,
    EntryState,
    ExperienceState,
    ReviewStep,
    Served,
    Solution,
    Verdict,
)
from server.rectification.rules import STAGE_LABELS, Stage


@dataclass(frozen=True)
class Reference:
    """Id and name of an organisation or activity."""

    id: int
    name: str


@dataclass(frozen=True)
class UnitReading:
    """How many people an organisation sent."""

    organisation: Reference
    people: int


@dataclass(frozen=True)
class PictureReading:
    """A picture and where it is seen; ``address`` is None until its check has passed."""

    id: UUID
    address: str | None


@dataclass(frozen=True)
class ReviewReading:
    """What a step of review said; never who."""

    step: ReviewStep
    verdict: Verdict
    reason: str
    reviewed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ItemReading:
    """What entries and experiences have in common.

    ``author`` is None to whom it does not concern; ``content_state`` is advice to reviewers, and
    None to others. ``review_step`` is the step that waits for this very reader.
    """

    id: UUID
    branch: Reference
    author: str | None
    pictures: Sequence[PictureReading]
    reviews: Sequence[ReviewReading]
    content_state: ContentState | None
    review_step: ReviewStep | None
    may_edit: bool
    may_withdraw: bool
    revision: int
    created_at: datetime
    submitted_at: datetime | None

    @property
    def may_review(self) -> bool:
        """Whether the reader may give a verdict now."""
        return self.review_step is not None

    @property
    def content_label(self) -> str | None:
        """What the platform said of the words."""
        return None if self.content_state is None else CONTENT_STATE_LABELS[self.content_state]


@dataclass(frozen=True)
class HandedOn:
    """How far the case is that a problem has become, for those whom the entry concerns."""

    number: str
    department: str
    stage: Stage

    @property
    def stage_label(self) -> str:
        """The stage as people read it."""
        return STAGE_LABELS[self.stage]


@dataclass(frozen=True, kw_only=True)
class EntryReading(ItemReading):
    """An entry as one reader may see it; ``case`` is None to whom it doesn't concern."""

    state: EntryState
    activity: Reference | None
    community: Reference | None
    happened_on: date
    place: str
    came: str
    units: Sequence[UnitReading]
    problem: str
    served: Served
    solution: Solution
    measures: str
    hand_on: bool
    case_id: UUID | None
    case: HandedOn | None
    lesson: str
    merged_into: UUID | None
    merged: Sequence[UUID]
    may_share: bool
    approved_at: datetime | None

    @property
    def kind(self) -> str:
        """What this is, in lists of several kinds."""
        return "entry"

    @property
    def state_label(self) -> str:
        """The state as people read it."""
        return ENTRY_STATE_LABELS[self.state]

    @property
    def served_label(self) -> str:
        """For whom, as people read it."""
        return SERVED_LABELS[self.served]

    @property
    def solution_label(self) -> str:
        """What became of the problem, as people read it."""
        return SOLUTION_LABELS[self.solution]

    @property
    def people(self) -> int:
        """How many people came in all."""
        return sum(unit.people for unit in self.units)


@dataclass(frozen=True, kw_only=True)
class UseReading:
    """A branch that made use of an experience."""

    branch: Reference
    note: str
    used_on: date


@dataclass(frozen=True, kw_only=True)
class ExperienceReading(ItemReading):
    """An experience as one reader may see it."""

    state: ExperienceState
    entry_id: UUID | None
    title: str
    body: str
    tags: Sequence[str]
    return_reason: str
    use_count: int
    uses: Sequence[UseReading]
    may_use: bool
    shared_at: datetime | None

    @property
    def kind(self) -> str:
        """What this is, in lists of several kinds."""
        return "experience"

    @property
    def state_label(self) -> str:
        """The state as people read it."""
        return EXPERIENCE_STATE_LABELS[self.state]


@dataclass(frozen=True)
class TagCount:
    """A tag of the shared collection, and how many experiences carry it."""

    tag: str
    count: int


@dataclass(frozen=True)
class Duplicate:
    """An entry that may be of the same problem, and how alike the words are, 0 to 1."""

    entry: EntryReading
    likeness: float
