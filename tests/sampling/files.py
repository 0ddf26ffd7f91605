"""Frames' files as an office would have them."""

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook

HEADINGS = ("姓名", "手机号", "地址", "区县", "年龄段")
Rows = Iterable[Sequence[str]]


def residents(number: int = 40) -> list[tuple[str, ...]]:
    """Return rows of persons who are all different."""
    return [
        (
            f"张{at}",
            f"138{at:08d}",
            f"江滨路 {at} 号",
            "东区" if at % 2 else "西区",
            "18至35岁" if at % 4 < 2 else "36岁以上",
        )
        for at in range(number)
    ]


def as_csv(rows: Rows, headings: Sequence[str] = HEADINGS, encoding: str = "utf-8") -> bytes:
    """Return a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Rows, headings: Sequence[str] = HEADINGS) -> bytes:
    """Return a workbook with a title above its headings."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["2026 年普通群众名单"])
    for row in [headings, *rows]:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
