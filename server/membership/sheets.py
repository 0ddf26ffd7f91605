"""Spreadsheets that go out: templates, refused rows to correct, a branch's roster.

Every cell is written as text: a name such as ``=cmd|…`` stays a name and is never a formula. In CSV
files there is no such difference, so none are given out.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from server.identity.rules import KIND_LABELS
from server.membership.columns import LAYOUTS, Column
from server.membership.files import Row
from server.membership.queries import RosterRow
from server.membership.rules import POST_LABELS, ImportKind

REASON = "错误原因"
LINE = "行号"
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
EXAMPLES: dict[ImportKind, tuple[tuple[str, ...], ...]] = {
    ImportKind.PEOPLE: (
        ("张示例", "第一党支部", "13800000000", "A001", "书记", ""),
        ("李示例", "第一党支部", "", "A002", "党员", ""),
    ),
    ImportKind.ORGANISATIONS: (
        ("示例机关党委", "党委", "临江市", "", "", "", ""),
        ("第一党支部", "党支部", "示例机关党委", "", "", "", "否"),
    ),
}
ROSTER_COLUMNS = (("姓名", 14), ("职务", 12), ("群体", 30), ("微信绑定", 12))


def template(kind: ImportKind) -> bytes:
    """Return an empty file with the headings, and a second sheet that explains them."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as workbook:
        _headings(workbook, workbook.add_worksheet("填写"), LAYOUTS[kind])
        notes = workbook.add_worksheet("说明和示例")
        notes.set_column(0, 0, 16)
        notes.set_column(1, 1, 80)
        for at, column in enumerate(LAYOUTS[kind]):
            notes.write_string(at, 0, column.label)
            notes.write_string(at, 1, _note(column))
        start = len(LAYOUTS[kind]) + 1
        for at, example in enumerate(EXAMPLES[kind], start=start):
            for place, text in enumerate(example):
                notes.write_string(at, place, text)
    return buffer.getvalue()


def _note(column: Column) -> str:
    if column.field == "kind":
        return column.note + "可用：" + "、".join(KIND_LABELS.values()) + "。"
    return column.note


def refused(kind: ImportKind, fields: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Return the rows that were refused, with the reasons, in a form that can be sent again."""
    columns = [one for one in LAYOUTS[kind] if one.field in fields]
    labels = {one.field: one.label for one in LAYOUTS[kind]}
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as workbook:
        sheet = workbook.add_worksheet("待更正")
        _headings(workbook, sheet, columns, REASON, LINE)
        red = workbook.add_format({"font_color": "#b3261e", "text_wrap": True})
        for at, row in enumerate(rows, start=1):
            for place, column in enumerate(columns):
                sheet.write_string(at, place, row.values.get(column.field, ""))
            reasons = [
                f"{labels.get(one['field'], '整行')}：{one['message']}" for one in row.faults
            ]
            sheet.write_string(at, len(columns), "\n".join(reasons), red)
            sheet.write_string(at, len(columns) + 1, str(row.line))
    return buffer.getvalue()


def roster(branch: str, rows: Sequence[RosterRow], groups: Mapping[int, str]) -> bytes:
    """Return a branch's roster; numbers of phones are not in it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as workbook:
        sheet = workbook.add_worksheet("党员花名册")
        bold = workbook.add_format({"bold": True, "bottom": 1})
        sheet.write_string(0, 0, branch, workbook.add_format({"bold": True, "font_size": 14}))
        for place, (label, width) in enumerate(ROSTER_COLUMNS):
            sheet.set_column(place, place, width)
            sheet.write_string(1, place, label, bold)
        for at, row in enumerate(rows, start=2):
            named = "、".join(groups[one] for one in row.groups if one in groups)
            bound = "已绑定" if row.bound else "未绑定"
            for place, text in enumerate((row.name, POST_LABELS[row.post], named, bound)):
                sheet.write_string(at, place, text)
        sheet.freeze_panes(2, 0)
    return buffer.getvalue()


def _headings(workbook: Any, sheet: Any, columns: Sequence[Column], *more: str) -> None:
    bold = workbook.add_format({"bold": True, "bottom": 1})
    # As text, or the table's program turns numbers of phones into 1.38E+10.
    text = workbook.add_format({"num_format": "@"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, text)
        sheet.write_string(0, place, column.label, bold)
    for place, label in enumerate(more, start=len(columns)):
        sheet.set_column(place, place, 50 if label == REASON else 8)
        sheet.write_string(0, place, label, bold)
    sheet.freeze_panes(1, 0)
