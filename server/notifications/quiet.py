"""Quiet hours: when no message is sent. Pure."""

from datetime import datetime, time

from server.core.clock import SHANGHAI
from server.notifications.rules import NoticeKind

# Sent at any hour: who isn't told sets out in the morning in vain.
URGENT = frozenset({NoticeKind.ACTIVITY_CANCELLED, NoticeKind.ACTIVITY_CHANGED})


def is_quiet(hours: str, now: datetime) -> bool:
    """Tell whether ``now`` lies in quiet hours such as "21:30-08:00"; an empty text has none.

    The beginning belongs to them, the end does not.
    """
    if not hours:
        return False
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    here = now.astimezone(SHANGHAI).time()
    if begin < end:
        return begin <= here < end
    return here >= begin or here < end
