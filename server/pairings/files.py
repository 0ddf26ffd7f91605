"""Files of pairings: a table's rows as texts, a template, and what stands, in the same columns."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from marshmallow import ValidationError
from xlsxwriter.workbook import Workbook

from server.core.errors import Refusal
from server.core.sheets import Sheet, UnreadableSheetError, one_line, plain_heading, read_sheet
from server.core.text import clean
from server.core.workbooks import workbook, write_headings, write_texts
from server.pairings.queries import PairingRow

MOST_ROWS = 1000
LARGEST_FILE = 5 * 1024 * 1024
LONGEST_CELL = 220
LABELS = {
    "organisation": "社区（村）",
    "department": "部门",
    "starts_on": "开始日期",
    "ends_on": "结束日期",
    "note": "备注",
}
# What people call the columns, as ``plain_heading`` leaves it.
HEADINGS = {
    "社区(村)": "organisation",
    "社区村": "organisation",
    "社区": "organisation",
    "村": "organisation",
    "部门": "department",
    "结对部门": "department",
    "开始日期": "starts_on",
    "结束日期": "ends_on",
    "备注": "note",
}
NEEDED = ("organisation", "department", "starts_on")
WIDTHS = (("社区（村）", 26), ("部门", 26), ("开始日期", 14), ("结束日期", 14), ("备注", 40))
NOTES = (
    ("社区（村）", "系统里“单位”的名称、简称或别名；有同名的，写成“上级名称/名称”。"),
    ("部门", "机关部门或事业单位的名称、简称或别名。"),
    ("开始日期", "必填，例如 2026-01-01。评价活动以开启之日的结对为准。"),
    ("结束日期", "结对的最后一天；不填表示一直有效。"),
    ("备注", "可以不填。"),
)
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ]00:00(?::00)?)?")


@dataclass(frozen=True)
class Line:
    """A row as it was written; ``number`` is its line in the file, from 1."""

    number: int
    organisation: str
    department: str
    starts_on: str
    ends_on: str
    note: str


def read(data: bytes) -> list[Line]:
    """Return the rows of an XLSX or CSV file; refuse one that is no table of pairings."""
    if len(data) > LARGEST_FILE:
        raise Refusal("import_file_too_large", 422, field="file")
    try:
        sheet = read_sheet(data, most_rows=MOST_ROWS + 1)
    except UnreadableSheetError as error:
        raise Refusal("import_file_unreadable", 422, field="file") from error
    if len(sheet.rows) <= 1:
        raise Refusal("import_file_empty", 422, field="file")
    if len(sheet.rows) > MOST_ROWS + 1:
        raise Refusal("import_too_many_rows", 422, field="file", most=MOST_ROWS)
    return _lines(sheet)


def _lines(sheet: Sheet) -> list[Line]:
    columns = _columns(sheet.rows[0][1])
    lines = []
    for number, cells in sheet.rows[1:]:
        texts = {
            field: one_line(cells[place]) if place < len(cells) else ""
            for field, place in columns.items()
        }
        lines.append(Line(number + 1, **{field: texts.get(field, "") for field in LABELS}))
    return lines


def _columns(headings: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, heading in enumerate(headings):
        field = HEADINGS.get(plain_heading(heading))
        if field in columns:
            raise Refusal("import_column_twice", 422, field="file", column=LABELS[field])
        if field is not None:
            columns[field] = place
    missing = [LABELS[field] for field in NEEDED if field not in columns]
    if missing:
        raise Refusal("import_columns_missing", 422, field="file", columns="”“".join(missing))
    return columns


def day_of(text: str) -> date | None:
    """Return the day that a cell names in one of the usual ways; None where it names none."""
    found = DAY.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def storable(text: str) -> bool:
    """Tell whether a text can stand in the database."""
    try:
        return len(clean(text)) <= LONGEST_CELL
    except ValidationError:
        return False


def template() -> bytes:
    """Return an empty file with the headings, and a second sheet that explains them."""

    def fill(book: Workbook) -> None:
        write_headings(book, book.add_worksheet("填写"), WIDTHS)
        notes = book.add_worksheet("说明")
        notes.set_column(0, 0, 16)
        notes.set_column(1, 1, 70)
        for at, note in enumerate(NOTES):
            write_texts(notes, at, note)

    return workbook(fill)


def listed(rows: Iterable[PairingRow]) -> bytes:
    """Return pairings as a file that can be sent in again."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("结对")
        write_headings(book, sheet, WIDTHS)
        for at, row in enumerate(rows, start=1):
            pairing = row.pairing
            days = (str(pairing.starts_on), str(pairing.ends_on or ""))
            texts = (row.organisation.name, row.department.name, *days, pairing.note)
            write_texts(sheet, at, texts)

    return workbook(fill)


def refused(lines: Iterable[tuple[Line, str]]) -> bytes:
    """Return refused rows with the reasons, to be corrected and sent again."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("待更正")
        write_headings(book, sheet, (*WIDTHS, ("行号", 8), ("原因", 60)))
        for at, (line, reason) in enumerate(lines, start=1):
            cells = (line.organisation, line.department, line.starts_on, line.ends_on, line.note)
            write_texts(sheet, at, (*cells, str(line.number), reason))

    return workbook(fill)
