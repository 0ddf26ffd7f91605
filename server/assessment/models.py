"""Tables of yearly schemes, results and decisions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.assessment.rules import DecisionKind
from server.core.database import Entity


class AssessmentScheme(Entity):
    """A version of how a year's result is made of quarters and case rates; frozen once used."""

    __tablename__ = "assessment_scheme"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger)
    version: Mapped[int] = mapped_column(sa.SmallInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    saved_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    frozen_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.UniqueConstraint("year", "version", name="uq_assessment_scheme"),)


class AssessmentResult(Entity):
    """A department's year: ``document`` has each quarter's and each rate's part in the result.

    ``result`` is None where what it is made of is missing. Later editions say why in ``note``.
    """

    __tablename__ = "assessment_result"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    scheme_id: Mapped[int] = mapped_column(sa.ForeignKey("assessment_scheme.id"), index=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    edition: Mapped[int] = mapped_column(sa.SmallInteger)
    result: Mapped[Decimal | None] = mapped_column(sa.Numeric(6, 2))
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    computed_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    computed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("year", "department_id", "edition", name="uq_assessment_result"),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest"),
    )


class AssessmentDecision(Entity):
    """What the competent body decided on a result: recorded here, never made here."""

    __tablename__ = "assessment_decision"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    result_id: Mapped[UUID] = mapped_column(sa.ForeignKey("assessment_result.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    document_number: Mapped[str] = mapped_column(sa.Text, default="")
    text: Mapped[str] = mapped_column(sa.Text)
    decided_on: Mapped[date] = mapped_column(sa.Date)
    recorded_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    recorded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    taken_back_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    taken_back_reason: Mapped[str] = mapped_column(sa.Text, default="")

    __table_args__ = (
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(one.value) for one in DecisionKind)})", name="kind"
        ),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 100", name="body_length"),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
    )
