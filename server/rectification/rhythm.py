"""When departments are called next: pure."""

from collections.abc import Collection
from datetime import datetime, timedelta

from server.core.clock import SHANGHAI

ONE_DAY = timedelta(days=1)


def next_due(weekdays: Collection[int], hour: int, now: datetime) -> datetime:
    """Return the first moment after now that a rhythm names; ``weekdays`` 1 to 7, one at least."""
    due = now.astimezone(SHANGHAI).replace(hour=hour, minute=0, second=0, microsecond=0)
    if due <= now:
        due += ONE_DAY
    while due.isoweekday() not in weekdays:
        due += ONE_DAY
    return due
