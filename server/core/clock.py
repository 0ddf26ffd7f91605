"""The time. Routes, tasks and commands ask here and hand it down; nothing below them does."""

import calendar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTHS_A_YEAR = 12


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """Return the calendar day of a moment in Asia/Shanghai, the only time an evaluation keeps."""
    return moment.astimezone(SHANGHAI).date()


def today() -> date:
    """Return today's calendar day in Asia/Shanghai."""
    return local_date(now())


def months_later(day: date, months: int) -> date:
    """Return the same day some months on, or that month's last day where it is shorter."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def chinese_day(day: date | datetime) -> str:
    """Return a day, or a moment's day in Asia/Shanghai, as papers write it."""
    if isinstance(day, datetime):
        day = local_date(day)
    return f"{day.year}年{day.month}月{day.day}日"


def short_moment(moment: str) -> str:
    """Show a stand-in's note of a moment (ISO 8601) in Asia/Shanghai, to the second."""
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")
