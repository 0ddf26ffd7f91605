"""The period after a campaign's: what a copy is called, and when it is held. Pure."""

import re
from collections.abc import Callable
from datetime import datetime

from server.core.clock import SHANGHAI, months_later

NUMERALS = "一二三四"
QUARTERS, MONTHS = 4, 12
A_QUARTER, HALF_A_YEAR, A_MONTH, A_YEAR = 3, 6, 1, 12


def next_title(title: str) -> tuple[str, int]:
    """Return the title of the next period, and how many months later that is.

    Finds "2026 年第三季度", "2026 年上半年", "2026 年 11 月" and "2026 年"; any other title gets
    "（下一期）", a quarter later.
    """
    for pattern, months, renew in PATTERNS:
        if found := pattern.search(title):
            return title[: found.start()] + renew(found) + title[found.end() :], months
    return f"{title}（下一期）", A_QUARTER


def next_period(opens_at: datetime, closes_at: datetime, months: int) -> tuple[datetime, datetime]:
    """Return both moments some months later, at the same time of day in Asia/Shanghai."""
    return _later(opens_at, months), _later(closes_at, months)


def _later(moment: datetime, months: int) -> datetime:
    local = moment.astimezone(SHANGHAI)
    return datetime.combine(months_later(local.date(), months), local.timetz())


def _quarter(found: re.Match[str]) -> str:
    old = found["quarter"]
    number = NUMERALS.index(old) + 1 if old in NUMERALS else int(old)
    year, place = divmod(number, QUARTERS)
    new = NUMERALS[place] if old in NUMERALS else str(place + 1)
    return f"{int(found['year']) + year}{found['gap']}{new}季度"


def _half(found: re.Match[str]) -> str:
    if found["half"] == "上":
        return f"{found['year']}{found['gap']}下半年"
    return f"{int(found['year']) + 1}{found['gap']}上半年"


def _month(found: re.Match[str]) -> str:
    year, place = divmod(int(found["month"]), MONTHS)
    return f"{int(found['year']) + year}{found['gap']}{place + 1}{found['end']}"


def _year(found: re.Match[str]) -> str:
    return f"{int(found['year']) + 1}{found['gap']}"


PATTERNS: tuple[tuple[re.Pattern[str], int, Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"(?P<year>20\d\d)(?P<gap>\s*年\s*第?)(?P<quarter>[一二三四1-4])季度"),
        A_QUARTER,
        _quarter,
    ),
    (re.compile(r"(?P<year>20\d\d)(?P<gap>\s*年\s*)(?P<half>[上下])半年"), HALF_A_YEAR, _half),
    (
        re.compile(r"(?P<year>20\d\d)(?P<gap>\s*年\s*)(?P<month>1[0-2]|[1-9])(?P<end>\s*月)"),
        A_MONTH,
        _month,
    ),
    (re.compile(r"(?P<year>20\d\d)(?P<gap>\s*年)"), A_YEAR, _year),
)
