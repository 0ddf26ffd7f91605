"""Table of appeals."""

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.appeals.rules import AppealState
from server.core.database import Entity
from server.evaluation.rules import ExclusionReason


class Appeal(Entity):
    """A department contests the rating behind one of its cases; each rating once.

    ``claim`` is the reason for which it should not be counted, ``grounds`` what the department
    says, ``decision`` what the adjudicator says. Upheld, it excludes the rating.
    """

    __tablename__ = "appeal"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rectification_case.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    evaluation_id: Mapped[UUID] = mapped_column(sa.Uuid)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    claim: Mapped[str] = mapped_column(sa.Text)
    grounds: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default=AppealState.FILED.value)
    filed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    filed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    decision: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in AppealState)})", name="state"
        ),
        sa.CheckConstraint(
            f"claim IN ({', '.join(repr(one.value) for one in ExclusionReason)})", name="claim"
        ),
        sa.CheckConstraint("decided_by <> filed_by", name="two_persons"),
        sa.CheckConstraint("length(grounds) BETWEEN 1 AND 5000", name="grounds"),
        sa.CheckConstraint(
            "(state IN ('upheld', 'rejected')) = (decided_by IS NOT NULL)", name="decided"
        ),
        sa.Index(
            "uq_appeal_once",
            "campaign_id",
            "evaluation_id",
            unique=True,
            postgresql_where=sa.text("state <> 'taken_back'"),
        ),
        sa.Index("ix_appeal_open", "due_at", postgresql_where=sa.text("state = 'filed'")),
    )
