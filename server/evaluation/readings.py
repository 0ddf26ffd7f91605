"""What the office and inspectors read of single ratings. No reading holds a contact or a pseudonym.

Where a survey is sealed, ``overall`` is None and ``tags`` and ``answers`` are empty: the tags are
offered by level and would tell it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select

from server.campaigns.rules import Channel
from server.evaluation.rules import CommentState, EvaluationState, ExclusionReason, PhotoState


@dataclass(frozen=True)
class Question:
    """A leaf that raters of a department are asked, at its place in ``Evaluation.levels``."""

    id: int
    code: str
    name: str
    question: str
    heading: str


@dataclass(frozen=True)
class Answer:
    """A question's level in one rating; 0 is 不了解."""

    question: Question
    level: int


@dataclass(frozen=True)
class PhotoReading:
    """A picture of a rating; its bytes are behind ``queries.reviewable_photo``."""

    id: UUID
    width: int
    height: int
    state: PhotoState


@dataclass(frozen=True, kw_only=True)
class RatingReading:
    """A rating in a list; one of the sample survey tells no day."""

    campaign_id: int
    campaign_title: str
    evaluation_id: UUID
    department_id: int
    department_name: str
    channel: Channel
    rated_on: date | None
    state: EvaluationState
    comment_state: CommentState
    photo_count: int
    sealed: bool
    overall: int | None
    tags: tuple[str, ...]
    comment: str | None
    signed_by: str | None


@dataclass(frozen=True, kw_only=True)
class HeldItem(RatingReading):
    """A rating with something for a person to decide.

    ``comment`` is None where only photos are held; ``photos`` are the held ones alone.
    """

    photos: tuple[PhotoReading, ...]


@dataclass(frozen=True, kw_only=True)
class ExclusionReading:
    """A proposal not to count a rating, with the names of the two persons."""

    id: UUID
    campaign_id: int
    campaign_title: str
    evaluation_id: UUID
    department_id: int
    department_name: str
    channel: Channel
    reason: ExclusionReason
    note: str
    state: str
    proposed_by: UUID
    proposed_by_name: str
    proposed_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class EvaluationDetail(RatingReading):
    """One rating in full, with what was decided about it."""

    counter_id: int | None
    answers: tuple[Answer, ...]
    photos: tuple[PhotoReading, ...]
    exclusions: tuple[ExclusionReading, ...]


@dataclass(frozen=True)
class EvaluationFilters:
    """What a list of ratings is narrowed to; None and the empty text narrow nothing."""

    department_id: int | None = None
    channel: Channel | None = None
    overall: int | None = None
    state: EvaluationState | None = None
    comment_state: CommentState | None = None
    text: str = ""
    # The ids of the only ratings that are wanted, selected by another domain.
    among: Select[UUID] | None = None


@dataclass(frozen=True)
class ReviewFigures:
    """What is there to review. While a survey is sealed only what waits and is held is counted.

    ``comments`` and ``photos`` go from the state's name (``waiting``, ``held``, …) to a number.
    """

    sealed: bool
    evaluations: int | None
    excluded: int | None
    withdrawn: int | None
    open_exclusions: int
    comments: dict[str, int]
    photos: dict[str, int]


@dataclass(frozen=True)
class WaitingFigures:
    """How much waits for the office's decision, over all campaigns: work, not results."""

    comments: int
    photos: int
    exclusions: int
