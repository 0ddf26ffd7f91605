"""Tables of feedback sheets, and of sending them to all departments."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity


class FeedbackSheet(Entity):
    """What one department is told of one quarter; a later version takes an earlier one's place.

    ``statement`` is what the department says when it confirms that it has read it.
    """

    __tablename__ = "feedback_sheet"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    quarter: Mapped[str] = mapped_column(sa.Text)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    version: Mapped[int] = mapped_column(sa.SmallInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sent_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    sent_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    opened_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    opened_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    confirmed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    statement: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (
        sa.UniqueConstraint("quarter", "department_id", "version", name="uq_feedback_sheet"),
        sa.CheckConstraint("quarter ~ '^[0-9]{4}Q[1-4]$'", name="quarter"),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest"),
        sa.CheckConstraint("confirmed_at IS NULL OR opened_at IS NOT NULL", name="opened_first"),
        sa.CheckConstraint("length(statement) <= 2000", name="statement_length"),
    )


class FeedbackRun(Entity):
    """The sending of a quarter's sheets to all departments: how far it is, and what came of it.

    ``departments`` are taken in their order, each in a transaction of its own: ``done`` of them
    are, so that a killed worker's run goes on where it stopped. ``skipped``: nothing to tell, or
    nothing new.
    """

    __tablename__ = "feedback_run"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    quarter: Mapped[str] = mapped_column(sa.Text)
    departments: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer))
    done: Mapped[int] = mapped_column(sa.Integer, default=0)
    sent: Mapped[int] = mapped_column(sa.Integer, default=0)
    skipped: Mapped[int] = mapped_column(sa.Integer, default=0)
    requested_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    requested_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("quarter ~ '^[0-9]{4}Q[1-4]$'", name="quarter"),
        sa.Index(
            "uq_feedback_run_underway",
            "quarter",
            unique=True,
            postgresql_where=sa.text("finished_at IS NULL"),
        ),
    )
