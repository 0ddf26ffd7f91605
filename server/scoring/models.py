"""Table of scoring schemes."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity


class ScoringScheme(Entity):
    """One version of a scheme; ``frozen_at`` is set when a score is first worked out by it.

    ``document`` is canonical (``scheme.canonical_document``), ``digest`` its SHA-256. Versions of
    one name count from 1.
    """

    __tablename__ = "scoring_scheme"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(sa.Integer)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    frozen_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("name", "version", name="uq_scoring_scheme_version"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest"),
    )
