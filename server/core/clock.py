"""The time. Routes, tasks and commands ask here and hand it down; nothing below them does."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """Return the calendar day of a moment in Asia/Shanghai, the only time an evaluation keeps."""
    return moment.astimezone(SHANGHAI).date()


def today() -> date:
    """Return today's calendar day in Asia/Shanghai."""
    return local_date(now())
