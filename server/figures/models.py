"""Table of the words that comments use, counted once a settled campaign."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity


class CommentWords(Entity):
    """Words and topics of a campaign's shown comments, by department; no comment stands here.

    ``basis`` says what was counted (``queries.word_basis``): another one means counting again.
    ``document`` is None until the first count is done; ``asked_at`` is set while a job is wanted.
    """

    __tablename__ = "comment_words"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    basis: Mapped[str] = mapped_column(sa.Text, default="")
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    asked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    counted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    failed: Mapped[bool] = mapped_column(sa.Boolean, default=False)

    __table_args__ = (
        sa.CheckConstraint("(document IS NULL) = (counted_at IS NULL)", name="counted"),
    )
