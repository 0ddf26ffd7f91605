"""Tables of recipients, parcels with their items and deliveries, and inspectors' own lists."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.uptake.rules import DeliveryState, InspectionState, ItemState, RecipientKind


class Recipient(Entity):
    """A body that uses results; ``webhook`` is where they are sent, if anywhere by machine."""

    __tablename__ = "uptake_recipient"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text, unique=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    webhook: Mapped[str] = mapped_column(sa.Text, default="")
    secret_sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(one.value) for one in RecipientKind)})", name="kind"
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
    )


class Parcel(Entity):
    """Results handed to a recipient: a signed document that never changes."""

    __tablename__ = "uptake_parcel"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    recipient_id: Mapped[int] = mapped_column(sa.ForeignKey("uptake_recipient.id"), index=True)
    quarter: Mapped[str] = mapped_column(sa.Text)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    signature: Mapped[bytes] = mapped_column(sa.LargeBinary)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    made_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    delivery: Mapped[str | None] = mapped_column(sa.Text)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    last_error: Mapped[str] = mapped_column(sa.Text, default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    acknowledged_by: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (
        sa.CheckConstraint(
            f"delivery IN ({', '.join(repr(one.value) for one in DeliveryState)})", name="delivery"
        ),
        sa.CheckConstraint("quarter ~ '^[0-9]{4}Q[1-4]$'", name="quarter"),
        sa.Index(
            "ix_uptake_parcel_waiting",
            "next_attempt_at",
            postgresql_where=sa.text("delivery = 'waiting'"),
        ),
    )


class ParcelItem(Entity):
    """One thing to be used: who took it over and what became of it."""

    __tablename__ = "uptake_item"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    parcel_id: Mapped[UUID] = mapped_column(sa.ForeignKey("uptake_parcel.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("rectification_case.id"))
    text: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default=ItemState.SENT.value)
    taken_by: Mapped[str] = mapped_column(sa.Text, default="")
    taken_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    outcome: Mapped[str] = mapped_column(sa.Text, default="")
    outcome_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in ItemState)})", name="state"
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
    )


class InspectionEntry(Entity):
    """An entry of a stationed inspector's own follow-up list about one of the departments."""

    __tablename__ = "inspection_entry"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("rectification_case.id"))
    item_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("uptake_item.id"))
    text: Mapped[str] = mapped_column(sa.Text)
    due_on: Mapped[date | None] = mapped_column(sa.Date)
    state: Mapped[str] = mapped_column(sa.Text, default=InspectionState.OPEN.value)
    outcome: Mapped[str] = mapped_column(sa.Text, default="")
    written_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    written_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    done_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in InspectionState)})", name="state"
        ),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
    )
