"""Spreadsheets that go out: templates, refused rows to correct, a branch's roster.

They are workbooks alone: every cell is written as text, and comes back as it went out.
"""

from collections.abc import Mapping, Sequence

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from server.core.workbooks import workbook, write_headings, write_texts
from server.identity.rules import KIND_LABELS
from server.membership.columns import LAYOUTS, Column
from server.membership.files import Row
from server.membership.queries import RosterRow
from server.membership.rules import POST_LABELS, ImportKind

REASON = "错误原因"
LINE = "行号"
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

    def fill(book: Workbook) -> None:
        _headings(book, book.add_worksheet("填写"), LAYOUTS[kind])
        notes = book.add_worksheet("说明和示例")
        notes.set_column(0, 0, 16)
        notes.set_column(1, 1, 80)
        for at, column in enumerate(LAYOUTS[kind]):
            write_texts(notes, at, (column.label, _note(column)))
        start = len(LAYOUTS[kind]) + 1
        for at, example in enumerate(EXAMPLES[kind], start=start):
            write_texts(notes, at, example)

    return workbook(fill)


def _note(column: Column) -> str:
    if column.field == "kind":
        return column.note + "可用：" + "、".join(KIND_LABELS.values()) + "。"
    return column.note


def refused(kind: ImportKind, fields: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Return the rows that were refused, with the reasons, in a form that can be sent again."""
    columns = [one for one in LAYOUTS[kind] if one.field in fields]
    labels = {one.field: one.label for one in LAYOUTS[kind]}

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("待更正")
        _headings(book, sheet, columns, (REASON, 50), (LINE, 8))
        red = book.add_format({"font_color": "#b3261e", "text_wrap": True})
        for at, row in enumerate(rows, start=1):
            write_texts(sheet, at, (row.values.get(one.field, "") for one in columns))
            reasons = [
                f"{labels.get(one['field'], '整行')}：{one['message']}" for one in row.faults
            ]
            sheet.write_string(at, len(columns), "\n".join(reasons), red)
            sheet.write_string(at, len(columns) + 1, str(row.line))

    return workbook(fill)


def roster(branch: str, rows: Sequence[RosterRow], groups: Mapping[int, str]) -> bytes:
    """Return a branch's roster; numbers of phones are not in it."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("党员花名册")
        sheet.write_string(0, 0, branch, book.add_format({"bold": True, "font_size": 14}))
        write_headings(book, sheet, ROSTER_COLUMNS, row=1)
        for at, row in enumerate(rows, start=2):
            named = "、".join(groups[one] for one in row.groups if one in groups)
            bound = "已绑定" if row.bound else "未绑定"
            write_texts(sheet, at, (row.name, POST_LABELS[row.post], named, bound))

    return workbook(fill)


def _headings(
    book: Workbook, sheet: Worksheet, columns: Sequence[Column], *more: tuple[str, int]
) -> None:
    # As text, or the table's program turns numbers of phones into 1.38E+10.
    cells = book.add_format({"num_format": "@"})
    headings = [*((one.label, one.width) for one in columns), *more]
    write_headings(book, sheet, headings, cells=cells)
