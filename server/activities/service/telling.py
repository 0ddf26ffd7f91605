"""What members are told of an activity."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from server.activities.models import Activity
from server.core.clock import SHANGHAI
from server.membership import queries as membership
from server.notifications import service as notifications
from server.notifications.rules import NoticeKind


def tell(
    activity: Activity,
    person_ids: Iterable[UUID],
    kind: NoticeKind,
    *,
    occasion: str,
    body: str,
    now: datetime,
) -> int:
    """Tell the phones of these persons something; once an occasion. Return how many were told."""
    members = membership.members_of(list(person_ids))
    return notifications.notify(
        members.values(),
        kind,
        ("activity", str(activity.id)),
        title=activity.title,
        body=body,
        page=f"packages/activities/detail/index?id={activity.id}",
        occasion=occasion,
        now=now,
    )


def moment(at: datetime) -> str:
    """Return a moment as people say it: 11月24日 14:00."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
