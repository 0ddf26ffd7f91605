"""Tables of indicator versions and their nodes."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.database import Entity


class IndicatorVersion(Entity):
    """One version of the tree; ``frozen_at`` is set when a campaign first uses it."""

    __tablename__ = "indicator_version"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    is_sample: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    frozen_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    indicators: Mapped[list["Indicator"]] = relationship(
        order_by="Indicator.position", lazy="raise", cascade="all, delete-orphan"
    )


class Indicator(Entity):
    """A node: a heading (no parent), or a leaf below one. ``weight`` is its share of the whole.

    ``method`` says which of the 1+6 method sets it belongs to; ``duties`` which kinds of
    department a leaf concerns (empty: all).
    """

    __tablename__ = "indicator"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    version_id: Mapped[int] = mapped_column(
        sa.ForeignKey("indicator_version.id", ondelete="CASCADE")
    )
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("indicator.id"))
    position: Mapped[int] = mapped_column(sa.Integer)
    code: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    question: Mapped[str] = mapped_column(sa.Text, default="")
    method: Mapped[str] = mapped_column(sa.Text, default="")
    duties: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    weight: Mapped[Decimal] = mapped_column(sa.Numeric(7, 4))

    __table_args__ = (
        sa.UniqueConstraint("version_id", "code", name="uq_indicator_code"),
        sa.UniqueConstraint("version_id", "position", name="uq_indicator_position"),
        sa.CheckConstraint("weight > 0 AND weight <= 100", name="weight"),
    )
