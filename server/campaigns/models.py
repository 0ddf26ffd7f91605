"""Tables of campaigns, their departments, counters and rating codes."""

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from server.campaigns.rules import CampaignKind, CampaignState
from server.core.database import Entity


class Campaign(Entity):
    """A period in which departments are rated by channels against one indicator version."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    description: Mapped[str] = mapped_column(sa.Text, default="")
    indicator_version_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator_version.id"))
    channels: Mapped[list[int]] = mapped_column(ARRAY(sa.SmallInteger))
    opens_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    closes_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    state: Mapped[str] = mapped_column(sa.Text, default=CampaignState.DRAFT.value)
    pause_reason: Mapped[str | None] = mapped_column(sa.Text)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    # When somebody opened it; rating begins then, and not before opens_at.
    opened_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    key_destroyed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    # Frozen at close, so that a later change of the settings changes no result.
    level_scores: Mapped[dict[str, str] | None] = mapped_column(sa.JSON)

    __table_args__ = (
        sa.CheckConstraint("opens_at < closes_at", name="times"),
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(kind.value) for kind in CampaignKind)})", name="kind"
        ),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(state.value) for state in CampaignState)})", name="state"
        ),
        sa.CheckConstraint("cardinality(channels) > 0", name="channels"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 100", name="title_length"),
    )


class CampaignDepartment(Entity):
    """A department that is rated in a campaign, and the leaves its raters are asked, in order.

    An evaluation's ``levels`` array follows this order, so it is fixed once the campaign is open.
    """

    __tablename__ = "campaign_department"

    campaign_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True
    )
    department_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )
    leaves: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer))

    __table_args__ = (sa.CheckConstraint("cardinality(leaves) BETWEEN 1 AND 10", name="leaves"),)


class Counter(Entity):
    """A service counter of a department with a printed QR code."""

    __tablename__ = "counter"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(sa.Text)
    code: Mapped[str] = mapped_column(sa.Text, unique=True)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)

    __table_args__ = (sa.UniqueConstraint("department_id", "name", name="uq_counter_name"),)


class CodeBatch(Entity):
    """Rating codes issued together for one department.

    The codes follow from the sealed seed, so the sheet can be printed again; nobody who reads the
    database alone can.
    """

    __tablename__ = "code_batch"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    counter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("counter.id"))
    channel: Mapped[int] = mapped_column(sa.SmallInteger)
    size: Mapped[int] = mapped_column(sa.Integer)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    seed_sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.CheckConstraint("size BETWEEN 1 AND 5000", name="size"),)


class RatingCode(Entity):
    """A code's keyed hash and its batch. Whether it was used stands in the pseudonym alone."""

    __tablename__ = "rating_code"

    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("code_batch.id", ondelete="CASCADE"), index=True
    )


class SampleLink(Entity):
    """A drawn person's one-time link: cell and departments, and nothing that says whose it is."""

    __tablename__ = "sample_link"

    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    cell: Mapped[int] = mapped_column(sa.SmallInteger)
    departments: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer))

    __table_args__ = (
        sa.CheckConstraint("cell > 0", name="cell"),
        sa.CheckConstraint("cardinality(departments) > 0", name="departments"),
    )
