"""Import files as rows with fields: which columns they have, what is wrong with a cell."""

from dataclasses import dataclass, field

from marshmallow import ValidationError

from server.core.errors import Refusal
from server.core.sheets import Sheet, UnreadableSheetError, one_line, read_sheet
from server.core.text import clean
from server.membership.columns import LAYOUTS, Headings, find_headings
from server.membership.rules import MOST_ROWS, ImportKind, looks_like_identity_number

LARGEST_FILE = 5 * 1024 * 1024
# A title and the like may stand above the headings.
MOST_LINES = MOST_ROWS + 50
LONGEST_CELL = 500
LONGEST_SHOWN = 200
MOST_MERGED_CELLS = 200_000
IDENTITY_FAULT = "这一格像身份证号，没有读取。系统不保存身份证号，请改用本单位编号或留空。"
MERGED_FAULT = "这一格与上一行合并，请取消合并并逐行填写。"


@dataclass
class Row:
    """A row with content: its line in the file, its values by field, what is wrong with it."""

    line: int
    values: dict[str, str]
    faults: list[dict[str, str]] = field(default_factory=list)

    def blame(self, name: str, message: str) -> None:
        """Note a fault of a field; the first one of each stands."""
        if all(one["field"] != name for one in self.faults):
            self.faults.append({"field": name, "message": message})


@dataclass
class Content:
    """What a file holds."""

    rows: list[Row]
    fields: list[str]
    unknown: list[str]
    identity: list[str]


def read(data: bytes, kind: ImportKind) -> Content:
    """Return the rows of a file; refuse what is no table, lacks a column or is too large."""
    if len(data) > LARGEST_FILE:
        raise Refusal("import_file_too_large", 422, field="file")
    if not data.strip():
        raise Refusal("import_file_empty", 422, field="file")
    sheet = _sheet(data)
    if not sheet.rows:
        raise Refusal("import_file_empty", 422, field="file")
    headings = find_headings([cells for _, cells in sheet.rows], kind)
    body = sheet.rows[headings.row + 1 :]
    if not body:
        raise Refusal("import_file_empty", 422, field="file")
    if len(body) > MOST_ROWS:
        raise Refusal("import_too_many_rows", 422, field="file", most=MOST_ROWS)
    rows = [_row(number + 1, cells, headings) for number, cells in body]
    _spread(rows, sheet.merged, headings, kind)
    return Content(rows, list(headings.places), headings.unknown, headings.identity)


def _sheet(data: bytes) -> Sheet:
    try:
        return read_sheet(data, most_rows=MOST_LINES)
    except UnreadableSheetError as error:
        raise Refusal("import_file_unreadable", 422, field="file") from error


def _row(line: int, cells: list[str], headings: Headings) -> Row:
    row = Row(line, {})
    for name, place in headings.places.items():
        raw = cells[place] if place < len(cells) else ""
        row.values[name] = _cell(row, name, raw)
    return row


def _cell(row: Row, name: str, raw: str) -> str:
    """Return a cell as one line of text; what can't be stored is named and left out."""
    text = one_line(raw)
    if looks_like_identity_number("".join(text.split())):
        row.blame(name, IDENTITY_FAULT)
        return ""
    try:
        text = clean(text)
    except ValidationError as error:
        row.blame(name, str(error.messages[0]))
        return ""
    if len(text) > LONGEST_CELL:
        row.blame(name, f"内容过长，最多 {LONGEST_CELL} 个字。")
        return text[:LONGEST_SHOWN]
    return text


def _spread(rows: list[Row], merged: list[list[int]], headings: Headings, kind: ImportKind) -> None:
    """Give the rows below a merged cell its value where that is meant, else name the fault."""
    by_line = {row.line: row for row in rows}
    columns = {
        headings.places[one.field]: one for one in LAYOUTS[kind] if one.field in headings.places
    }
    spent = 0
    for top, left, bottom, right in merged:
        first = by_line.get(top + 1)
        last = min(bottom + 1, rows[-1].line)
        for place in range(left, min(right, left + len(columns)) + 1):
            if place not in columns or first is None:
                continue
            column = columns[place]
            spent += last - top
            if spent > MOST_MERGED_CELLS:
                raise Refusal("import_file_unreadable", 422, field="file")
            for line in range(top + 2, last + 1):
                below = by_line.get(line)
                if below is None:
                    continue
                if column.fills:
                    below.values[column.field] = first.values[column.field]
                else:
                    below.blame(column.field, MERGED_FAULT)
