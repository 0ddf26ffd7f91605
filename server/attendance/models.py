"""Tables of check-in: what was shown, and where each person stands by it.

There is no column for a position: only what it was worth, and how accurate the phone said it was.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.activities.rules import EvidenceKind
from server.attendance.rules import Doubt, Outcome, Phase, Presence
from server.core.database import Entity


class Attendance(Entity):
    """Whether a person was there; derived from its evidence, or decided by the organiser.

    ``branch_id`` is the person's branch at that time: a unit's past figures don't move with people,
    so that nobody's hours are the difference of two of them. ``decided_by`` is a person or an
    account, and goes with the evidence.
    """

    __tablename__ = "attendance"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, index=True
    )
    branch_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    presence: Mapped[str] = mapped_column(sa.Text)
    came_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    left_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    decided_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    decided_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"presence IN ({', '.join(repr(one.value) for one in Presence)})", name="presence"
        ),
        sa.CheckConstraint("left_at >= came_at", name="times"),
        sa.Index(
            "ix_attendance_question",
            "activity_id",
            postgresql_where=sa.text("presence = 'question'"),
        ),
        # Whose word it was is forgotten with the evidence: without this, in every row.
        sa.Index(
            "ix_attendance_decided",
            "activity_id",
            postgresql_where=sa.text("decided_by IS NOT NULL"),
        ),
    )


class Evidence(Entity):
    """One thing that shows that a person came or went.

    ``id`` and ``nonce`` are drawn by who delivers it, so they count for that person alone: nobody
    can use up another's. ``given_by`` is a person (a peer, an organiser) or an account.
    """

    __tablename__ = "evidence"

    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    phase: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.Text)
    doubt: Mapped[str | None] = mapped_column(sa.Text)
    happened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    received_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    accuracy_m: Mapped[int | None] = mapped_column(sa.Integer)
    coarse: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    mock: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    on_paper: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    given_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    nonce: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    picture_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("picture.id", ondelete="SET NULL")
    )

    __table_args__ = (
        sa.UniqueConstraint(
            "activity_id",
            "person_id",
            "kind",
            "phase",
            "given_by",
            name="uq_evidence",
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("activity_id", "person_id", "nonce", name="uq_evidence_nonce"),
        # Deleting a picture asks who showed it: without this, of every row.
        sa.Index(
            "ix_evidence_picture",
            "picture_id",
            postgresql_where=sa.text("picture_id IS NOT NULL"),
        ),
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(one.value) for one in EvidenceKind)})", name="kind"
        ),
        sa.CheckConstraint(
            f"phase IN ({', '.join(repr(one.value) for one in Phase)})", name="phase"
        ),
        sa.CheckConstraint(
            f"outcome IN ({', '.join(repr(one.value) for one in Outcome)})", name="outcome"
        ),
        sa.CheckConstraint(
            f"doubt IN ({', '.join(repr(one.value) for one in Doubt)})", name="doubt"
        ),
        sa.CheckConstraint("outcome <> 'doubtful' OR doubt IS NOT NULL", name="doubtful"),
    )
