"""Where a feedback sheet stands, and what it holds at most: pure."""

import enum
from datetime import datetime

LONGEST_STATEMENT = 2000
# Fewer departments have no middle that says anything.
LEAST_COMPARED = 3
MOST_ITEMS = 5
MOST_CASES = 300
MOST_COMMENTS = 100


class SheetState(enum.StrEnum):
    """What the department has done with the newest version of its sheet."""

    SENT = "sent"
    OPENED = "opened"
    CONFIRMED = "confirmed"


STATE_LABELS = {
    SheetState.SENT: "未打开",
    SheetState.OPENED: "已打开，未确认",
    SheetState.CONFIRMED: "已确认",
}
RATE_LABELS = {
    "called_back": "回访率",
    "called_back_in_time": "按时回访率",
    "answered_in_time": "按时答复率",
    "closed_in_time": "按时销号率",
    "solved": "整改满意率",
}


def state_of(opened_at: datetime | None, confirmed_at: datetime | None) -> SheetState:
    """Return the state of a sheet."""
    if confirmed_at is not None:
        return SheetState.CONFIRMED
    return SheetState.SENT if opened_at is None else SheetState.OPENED


def number_line(quarter: str, department_id: int, version: int) -> str:
    """Return the number of a sheet as it stands below its title: 评反馈〔2026〕3-12-1 号."""
    year, number = quarter.split("Q")
    return f"评反馈〔{year}〕{number}-{department_id}-{version} 号"
