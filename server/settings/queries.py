"""Reading settings."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from server.core.database import db
from server.settings.models import SettingVersion
from server.settings.rules import SETTINGS


def value(key: str) -> Any:
    """Return a setting's current value, or its default."""
    newest = db.session.scalar(
        select(SettingVersion.value)
        .where(SettingVersion.key == key)
        .order_by(SettingVersion.id.desc())
        .limit(1)
    )
    return SETTINGS[key].default if newest is None else newest


def values() -> dict[str, Any]:
    """Return the current value of every setting, or its default, with one statement."""
    newest = (
        select(SettingVersion.key, SettingVersion.value)
        .ext(distinct_on(SettingVersion.key))
        .order_by(SettingVersion.key, SettingVersion.id.desc())
    )
    changed = {row.key: row.value for row in db.session.execute(newest)}
    return {key: changed.get(key, setting.default) for key, setting in SETTINGS.items()}


def history(key: str) -> Sequence[SettingVersion]:
    """Return every value a setting has had, newest first."""
    return db.session.scalars(
        select(SettingVersion).where(SettingVersion.key == key).order_by(SettingVersion.id.desc())
    ).all()
