"""Table of pairings."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity


class Pairing(Entity):
    """A community or village and a department that are paired, both days included.

    ``ends_on`` None: until it is ended. Periods of the same two never overlap (the service holds
    that under a lock).
    """

    __tablename__ = "pairing"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date | None] = mapped_column(sa.Date)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint(
            "organisation_id", "department_id", "starts_on", name="uq_pairing_start"
        ),
        sa.CheckConstraint("starts_on <= ends_on", name="period"),
        sa.CheckConstraint("organisation_id <> department_id", name="two_sides"),
    )
