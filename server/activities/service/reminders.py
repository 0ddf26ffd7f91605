"""Reminders a day and two hours before: made up when missed, never told twice."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.activities.models import Activity, Participation
from server.activities.rules import REMINDERS, ActivityState, Reminder, Standing
from server.activities.service.telling import moment, tell
from server.core.database import db
from server.notifications.rules import NoticeKind


def remind(now: datetime) -> int:
    """Remind those who hold a place; return how many were told.

    Notices keep what has been told, by the start that was told: so a run that comes late makes up
    for the missed ones, a run that comes twice doubles nothing, and a moved activity is told again.
    """
    return sum(_remind(reminder, now) for reminder in REMINDERS)


def _remind(reminder: Reminder, now: datetime) -> int:
    due = db.session.scalars(
        select(Activity).where(
            Activity.state == ActivityState.ANNOUNCED.value,
            Activity.starts_at > now + reminder.until,
            Activity.starts_at <= now + reminder.before,
        )
    ).all()
    coming = _coming(due, reminder)
    return sum(
        tell(
            activity,
            coming[activity.id],
            NoticeKind.ACTIVITY_REMINDER,
            occasion=f"{reminder.name}-{activity.starts_at:%Y%m%d%H%M}",
            body=f"{moment(activity.starts_at)} 在{activity.place}开始，请准时参加。",
            now=now,
        )
        for activity in due
        if activity.id in coming
    )


def _coming(due: Sequence[Activity], reminder: Reminder) -> dict[int, list[UUID]]:
    """Return who holds a place; who got it when the reminder was due has just been told."""
    rows = db.session.execute(
        select(Participation.activity_id, Participation.person_id)
        .join(Activity, Activity.id == Participation.activity_id)
        .where(
            Participation.activity_id.in_([one.id for one in due]),
            Participation.standing == Standing.JOINED.value,
            Participation.changed_at < Activity.starts_at - reminder.before,
        )
    )
    found: dict[int, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1])
    return found
