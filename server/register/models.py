"""Tables of the register: evaluations of the city and the departments that they rate."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.register.rules import EntryState, Period


class RegisterEntry(Entity):
    """An evaluation that somebody in the city carries out.

    ``owner_id`` answers for it, ``lead_department_id`` carries it out. ``starts_on`` and
    ``ends_on`` are its next field period, both included; ``period`` says when it comes again.
    A merged one names the campaign that took it up.
    """

    __tablename__ = "register_entry"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    title: Mapped[str] = mapped_column(sa.Text)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    lead_department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    method: Mapped[str] = mapped_column(sa.Text)
    period: Mapped[str] = mapped_column(sa.Text)
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    audiences: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    people_asked: Mapped[int | None] = mapped_column(sa.Integer)
    target: Mapped[str] = mapped_column(sa.Text, default="")
    basis: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[str] = mapped_column(sa.Text, default=EntryState.STANDING.value)
    campaign_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    decision_note: Mapped[str] = mapped_column(sa.Text, default="")
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("length(title) BETWEEN 1 AND 100", name="title_length"),
        sa.CheckConstraint("starts_on <= ends_on", name="dates"),
        sa.CheckConstraint("cardinality(audiences) > 0", name="audiences"),
        sa.CheckConstraint(
            f"period IN ({', '.join(repr(period.value) for period in Period)})", name="period"
        ),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(state.value) for state in EntryState)})", name="state"
        ),
        sa.CheckConstraint("(state = 'merged') = (campaign_id IS NOT NULL)", name="merged_into"),
        sa.CheckConstraint("people_asked > 0", name="people_asked"),
    )


class RegisterEntryDepartment(Entity):
    """A department that a registered evaluation rates."""

    __tablename__ = "register_entry_department"

    entry_id: Mapped[int] = mapped_column(
        sa.ForeignKey("register_entry.id", ondelete="CASCADE"), primary_key=True
    )
    department_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )
