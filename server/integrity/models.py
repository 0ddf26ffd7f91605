"""Tables of findings and the ratings that they set apart."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.integrity.rules import FindingKind, FindingState


class Finding(Entity):
    """Ratings of one department and channel that stand out together.

    ``fingerprint`` makes the same finding the same row when the search runs again; ``evidence``
    holds counts and measures for the reader, nothing of any person.
    """

    __tablename__ = "finding"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    channel: Mapped[int] = mapped_column(sa.SmallInteger)
    kind: Mapped[str] = mapped_column(sa.Text)
    fingerprint: Mapped[bytes] = mapped_column(sa.LargeBinary)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    ratings: Mapped[int] = mapped_column(sa.Integer)
    state: Mapped[str] = mapped_column(sa.Text, default=FindingState.OPEN.value)
    found_on: Mapped[date] = mapped_column(sa.Date)
    judged_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    judged_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    note: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "fingerprint", name="uq_finding_fingerprint"),
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(kind.value) for kind in FindingKind)})", name="kind"
        ),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(state.value) for state in FindingState)})", name="state"
        ),
        sa.CheckConstraint("(state = 'open') = (judged_by IS NULL)", name="judged_by_somebody"),
        sa.Index("ix_finding_department", "campaign_id", "department_id", "channel"),
    )


class FindingRating(Entity):
    """A rating that a finding sets apart."""

    __tablename__ = "finding_rating"

    finding_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("finding.id", ondelete="CASCADE"), primary_key=True
    )
    evaluation_id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)

    __table_args__ = (sa.Index("ix_finding_rating_evaluation", "evaluation_id"),)


class CampaignSearch(Entity):
    """That a campaign was searched, and when last; the search at the close is its last."""

    __tablename__ = "campaign_search"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    searched_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    final: Mapped[bool] = mapped_column(sa.Boolean, default=False)
