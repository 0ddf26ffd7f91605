"""The table of pictures; what they show lies in files."""

from datetime import date
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.pictures.rules import PictureState, Purpose


class Picture(Entity):
    """A picture, and what has taken it up; one that nothing takes up is removed."""

    __tablename__ = "picture"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    purpose: Mapped[str] = mapped_column(sa.Text)
    uploaded_by: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("member.id", ondelete="SET NULL"), index=True
    )
    uploaded_on: Mapped[date] = mapped_column(sa.Date)
    width: Mapped[int] = mapped_column(sa.SmallInteger)
    height: Mapped[int] = mapped_column(sa.SmallInteger)
    state: Mapped[str] = mapped_column(sa.Text, default=PictureState.WAITING.value)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    trace_id: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    subject_kind: Mapped[str | None] = mapped_column(sa.Text)
    subject_id: Mapped[str | None] = mapped_column(sa.Text)
    position: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    delete_after: Mapped[date | None] = mapped_column(sa.Date)

    __table_args__ = (
        sa.CheckConstraint(
            f"purpose IN ({', '.join(repr(one.value) for one in Purpose)})", name="purpose"
        ),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in PictureState)})", name="state"
        ),
        sa.CheckConstraint("num_nonnulls(subject_kind, subject_id) IN (0, 2)", name="subject"),
        sa.Index("ix_picture_subject", "subject_kind", "subject_id", "position"),
        sa.Index("ix_picture_waiting", "id", postgresql_where=sa.text("state = 'waiting'")),
    )
