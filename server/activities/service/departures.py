"""Places of persons who left the register, or moved to where an activity is not meant for them.

It is not done in the transaction in which they leave: that one holds their rows, and a place's lock
comes before a person's (docs/locking.md). A job stored with it does it, an activity at a time.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.activities import queries
from server.activities.models import Activity, Participation
from server.activities.rules import QUEUED, ActivityState, Standing
from server.activities.service.joining import is_meant, take_out
from server.activities.service.presence import is_present
from server.activities.service.telling import tell
from server.audit import service as audit
from server.core.access import SYSTEM
from server.core.database import db
from server.membership import queries as membership
from server.notifications.rules import NoticeKind


def ahead_of(person_ids: Collection[UUID], now: datetime) -> Sequence[int]:
    """Return the activities to come in which one of these persons has a place or waits."""
    return db.session.scalars(
        select(Activity.id)
        .join(Participation, Participation.activity_id == Activity.id)
        .where(
            Participation.person_id.in_(person_ids),
            Participation.standing.in_([one.value for one in QUEUED]),
            Activity.state == ActivityState.ANNOUNCED.value,
            Activity.starts_at > now,
        )
        .distinct()
        .order_by(Activity.id)
    ).all()


def release(activity_id: int, person_ids: Collection[UUID], now: datetime) -> int:
    """Take out those who are gone or no longer meant; return how many. The list moves up.

    Once the activity has begun, or somebody has checked in, attendance speaks. Who was taken in on
    the organiser's word stays while a member: that word never asked whom the activity is for.
    """
    activity, places = queries.lock_places(activity_id)
    if activity.state != ActivityState.ANNOUNCED or now >= activity.starts_at:
        return 0
    gone = [
        row
        for row in queries.roster(activity_id, QUEUED)
        if row.person_id in person_ids
        and not _stays(activity, row)
        and not is_present(activity_id, row.person_id)
    ]
    for row in gone:
        take_out(activity, places, row, Standing.LEFT, now=now)
        tell(
            activity,
            [row.person_id],
            NoticeKind.ACTIVITY_CHANGED,
            occasion=f"released-{row.number}",
            body="您的组织关系已转到其他支部，本次活动不再面向您所在的支部，报名已取消。",
            now=now,
        )
        audit.record(
            SYSTEM,
            "activity.place_released",
            ("activity", activity_id),
            at=now,
            person=str(row.person_id),
        )
    return len(gone)


def _stays(activity: Activity, row: Participation) -> bool:
    person = membership.person(row.person_id)
    return person.active and (row.by_organiser or is_meant(activity, person))
