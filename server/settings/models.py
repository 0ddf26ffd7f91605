"""The settings table: append-only."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity


class SettingVersion(Entity):
    """One value of one setting from one moment on."""

    __tablename__ = "setting_version"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, index=True)
    value: Mapped[Any] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(sa.Text)
    changed_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
