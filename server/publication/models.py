"""Table of publications."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity


class Publication(Entity):
    """A campaign's published figures, version by version; nothing else leaves the office.

    ``document`` holds what is shown, after disclosure control; ``score_run_id`` the computation
    whose scores are in it, if any. The newest version is what the public sees; no version is
    ever changed. ``checkpoint`` is the log's signed head at that moment, so that the paper carries
    it too.
    """

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    version: Mapped[int] = mapped_column(sa.Integer)
    score_run_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("score_run.id"))
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    checkpoint: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    published_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    published_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "version", name="uq_publication_version"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest"),
    )
