"""Changing settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from server.audit import service as audit
from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.settings import queries
from server.settings.models import SettingVersion
from server.settings.rules import SETTINGS, SettingRefusedError


def change(key: str, new: Any, *, reason: str, actor: Actor, now: datetime) -> SettingVersion:
    """Give a setting a new value, with the reason for it; refuse what its rule forbids."""
    if key not in SETTINGS:
        raise Refusal("not_found", 404)
    # Two changes at once would both be checked against the old value.
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('setting'))"))
    before = queries.value(key)
    try:
        checked = SETTINGS[key].check(new, before)
    except SettingRefusedError as error:
        raise Refusal("setting_refused", 422, field=key, reason=str(error)) from error
    version = SettingVersion(
        key=key, value=checked, reason=reason, changed_by=actor.id, changed_at=now
    )
    db.session.add(version)
    audit.record(actor, "setting.changed", ("setting", key), at=now, before=before, after=checked)
    return version
