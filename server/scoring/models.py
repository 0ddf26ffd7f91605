"""Tables of scoring schemes and of computations by them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.scoring.rules import RunState


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


class ScoreRun(Entity):
    """A computation of a campaign's scores by a scheme: a job with progress and an end.

    ``snapshot`` and ``result`` are canonical documents; with the frozen scheme they give the
    result again byte for byte. ``set_apart`` True: ratings that findings set apart are left out,
    to be shown beside the run with them, never published.
    """

    __tablename__ = "score_run"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    scheme_id: Mapped[int] = mapped_column(sa.ForeignKey("scoring_scheme.id"))
    state: Mapped[str] = mapped_column(sa.Text, default=RunState.WAITING.value)
    progress: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    set_apart: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    requested_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    requested_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(state.value) for state in RunState)})", name="state"
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        sa.CheckConstraint("(state = 'done') = (result IS NOT NULL)", name="result"),
    )
