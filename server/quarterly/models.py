"""Tables of quarters' editions and of the groups that departments are compared in."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.quarterly.rules import EditionState


class QuarterEdition(Entity):
    """A quarter's figures, frozen; ``document`` is what is shown, after disclosure control.

    ``inputs`` names what it was made of (publications by campaign and version, cases by digest),
    so that it can be made again. ``note`` of a later edition says what changed and why.
    ``checkpoint`` is the log's signed head at publication. No published edition ever changes.
    """

    __tablename__ = "quarter_edition"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    quarter: Mapped[str] = mapped_column(sa.Text)
    edition: Mapped[int] = mapped_column(sa.SmallInteger)
    state: Mapped[str] = mapped_column(sa.Text, default=EditionState.FROZEN.value)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    frozen_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    frozen_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    approved_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    approved_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    publish_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    checkpoint: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (
        sa.CheckConstraint("quarter ~ '^[0-9]{4}Q[1-4]$'", name="quarter"),
        sa.CheckConstraint("edition > 0", name="edition"),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in EditionState)})", name="state"
        ),
        sa.CheckConstraint("approved_by <> frozen_by", name="two_persons"),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'published') OR approved_by IS NOT NULL", name="approved"
        ),
        sa.CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published"),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest"),
        sa.Index(
            "uq_quarter_edition",
            "quarter",
            "edition",
            unique=True,
            postgresql_where=sa.text("state <> 'dropped'"),
        ),
        sa.Index(
            "uq_quarter_edition_underway",
            "quarter",
            unique=True,
            postgresql_where=sa.text("state IN ('frozen', 'approved')"),
        ),
    )


class ComparisonGroup(Entity):
    """Departments of comparable size and kind, shown together and never against others."""

    __tablename__ = "comparison_group"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text, unique=True)
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    changed_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.CheckConstraint("length(name) BETWEEN 1 AND 50", name="name_length"),)


class ComparisonGroupMember(Entity):
    """In which group a department is shown."""

    __tablename__ = "comparison_group_member"

    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        sa.ForeignKey("comparison_group.id", ondelete="CASCADE"), index=True
    )
