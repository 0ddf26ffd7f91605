"""What the next period is called, and when it is held."""

from datetime import datetime

import pytest

from server.campaigns.periods import next_period, next_title
from server.core.clock import SHANGHAI


@pytest.mark.parametrize(
    ("title", "expected", "months"),
    [
        ("2026 年第三季度政府部门评价", "2026 年第四季度政府部门评价", 3),
        ("2026 年第四季度评价", "2027 年第一季度评价", 3),
        ("2026年第4季度", "2027年第1季度", 3),
        ("2026 年上半年企业评价", "2026 年下半年企业评价", 6),
        ("2026年下半年企业评价", "2027年上半年企业评价", 6),
        ("2026 年 12 月窗口评价", "2027 年 1 月窗口评价", 1),
        ("2026年9月窗口评价", "2026年10月窗口评价", 1),
        ("2026 年度机关评价", "2027 年度机关评价", 12),
        ("群众评价", "群众评价（下一期）", 3),
    ],
)
def test_the_next_period_is_named_after_the_last(title: str, expected: str, months: int) -> None:
    assert next_title(title) == (expected, months)


def test_the_time_of_day_stays() -> None:
    opens = datetime(2026, 8, 31, 9, tzinfo=SHANGHAI)
    closes = datetime(2026, 9, 30, 18, tzinfo=SHANGHAI)
    assert next_period(opens, closes, 6) == (
        datetime(2027, 2, 28, 9, tzinfo=SHANGHAI),
        datetime(2027, 3, 30, 18, tzinfo=SHANGHAI),
    )
