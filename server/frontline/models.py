"""Tables of the frontline log: entries, their review, experiences, and the effect."""

from datetime import date, datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.frontline.rules import (
    ContentState,
    EntryState,
    ExperienceState,
    LinkKind,
    ReviewStep,
    Served,
    Solution,
    Verdict,
)


class Entry(Entity):
    """What was found and done at the front. ``id`` is drawn by the phone, so a retry is harmless.

    A problem left open with the wish to hand it on keeps ``case_id`` for the case it will become.
    """

    __tablename__ = "frontline_entry"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    activity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("activity.id"), index=True)
    branch_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    happened_on: Mapped[date] = mapped_column(sa.Date)
    place: Mapped[str] = mapped_column(sa.Text)
    came: Mapped[str] = mapped_column(sa.Text, default="")
    problem: Mapped[str] = mapped_column(sa.Text, default="")
    served: Mapped[str] = mapped_column(sa.Text)
    solution: Mapped[str] = mapped_column(sa.Text)
    measures: Mapped[str] = mapped_column(sa.Text, default="")
    hand_on: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    case_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    lesson: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[str] = mapped_column(sa.Text, default=EntryState.SUBMITTED.value)
    merged_into: Mapped[UUID | None] = mapped_column(sa.ForeignKey("frontline_entry.id"))
    content_state: Mapped[str] = mapped_column(sa.Text, default=ContentState.WAITING.value)
    revision: Mapped[int] = mapped_column(sa.Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    submitted_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    approved_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in EntryState)})", name="state"
        ),
        sa.CheckConstraint(
            f"served IN ({', '.join(repr(one.value) for one in Served)})", name="served"
        ),
        sa.CheckConstraint(
            f"solution IN ({', '.join(repr(one.value) for one in Solution)})", name="solution"
        ),
        sa.CheckConstraint(
            f"content_state IN ({', '.join(repr(one.value) for one in ContentState)})",
            name="content_state",
        ),
        sa.CheckConstraint("NOT hand_on OR solution = 'open'", name="hand_on"),
        sa.CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged"),
        sa.CheckConstraint("merged_into <> id", name="merged_elsewhere"),
        sa.Index("ix_frontline_entry_queue", "branch_id", "state", "submitted_at"),
        sa.Index("ix_frontline_entry_merged", "merged_into"),
        sa.Index(
            "ix_frontline_entry_waiting",
            "id",
            postgresql_where=sa.text("content_state = 'waiting'"),
        ),
    )


class EntryUnit(Entity):
    """How many people an organisation sent (力量下沉): a number, never a list of them."""

    __tablename__ = "frontline_entry_unit"

    entry_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("frontline_entry.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )
    people: Mapped[int] = mapped_column(sa.SmallInteger)

    __table_args__ = (sa.CheckConstraint("people BETWEEN 1 AND 1000", name="people"),)


class EntryReview(Entity):
    """What a reviewer said of an entry, step by step."""

    __tablename__ = "frontline_review"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("frontline_entry.id", ondelete="CASCADE"), index=True
    )
    step: Mapped[str] = mapped_column(sa.Text)
    verdict: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    reviewed_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    reviewed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"step IN ({', '.join(repr(one.value) for one in ReviewStep)})", name="step"
        ),
        sa.CheckConstraint(
            f"verdict IN ({', '.join(repr(one.value) for one in Verdict)})", name="verdict"
        ),
        sa.CheckConstraint("verdict = 'approved' OR reason <> ''", name="reason"),
    )


class Experience(Entity):
    """What was learnt (经验): drafted, reviewed, shared, reused by others."""

    __tablename__ = "experience"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    entry_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("frontline_entry.id"), index=True)
    branch_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    search_key: Mapped[str] = mapped_column(sa.Text(collation="C"), default="")
    state: Mapped[str] = mapped_column(sa.Text, default=ExperienceState.DRAFT.value)
    return_reason: Mapped[str] = mapped_column(sa.Text, default="")
    content_state: Mapped[str] = mapped_column(sa.Text, default=ContentState.WAITING.value)
    revision: Mapped[int] = mapped_column(sa.Integer, default=1)
    branch_reviewer: Mapped[UUID | None] = mapped_column(sa.Uuid)
    office_reviewer: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    submitted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    shared_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in ExperienceState)})", name="state"
        ),
        sa.CheckConstraint(
            f"content_state IN ({', '.join(repr(one.value) for one in ContentState)})",
            name="content_state",
        ),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 100", name="title_length"),
        sa.Index("ix_experience_shared", "state", "shared_at", "id"),
        sa.Index("ix_experience_branch", "branch_id", "state"),
        sa.Index(
            "ix_experience_waiting", "id", postgresql_where=sa.text("content_state = 'waiting'")
        ),
    )


class ExperienceUse(Entity):
    """A branch's word that it made use of a shared experience."""

    __tablename__ = "experience_use"

    experience_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("experience.id", ondelete="CASCADE"), primary_key=True
    )
    branch_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )
    note: Mapped[str] = mapped_column(sa.Text)
    used_on: Mapped[date] = mapped_column(sa.Date)
    noted_by: Mapped[UUID | None] = mapped_column(sa.Uuid)


class EffectLink(Entity):
    """A way for those who were served to rate the effect (成效检验) of an entry.

    A poster's code is sealed so that it can be shown again; of a one-time code only the keyed hash
    is kept, and whether it was used stands in the rating's pseudonym alone.
    """

    __tablename__ = "effect_link"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    entry_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("frontline_entry.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(sa.Text)
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    code_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    expires_on: Mapped[date] = mapped_column(sa.Date)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(one.value) for one in LinkKind)})", name="kind"
        ),
        sa.Index(
            "uq_effect_link_poster",
            "entry_id",
            unique=True,
            postgresql_where=sa.text("kind = 'poster'"),
        ),
    )


class EffectRating(Entity):
    """One served person's rating of an entry's effect; anonymous, with the day alone."""

    __tablename__ = "effect_rating"

    entry_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("frontline_entry.id", ondelete="CASCADE"), primary_key=True
    )
    pseudonym: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    level: Mapped[int] = mapped_column(sa.SmallInteger)
    rated_on: Mapped[date] = mapped_column(sa.Date)

    __table_args__ = (sa.CheckConstraint("level BETWEEN 1 AND 5", name="level"),)
