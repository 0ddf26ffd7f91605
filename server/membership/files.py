"""Import files as rows of text: XLSX through a process of its own, CSV here."""

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from server.core.errors import Refusal
from server.core.text import clean
from server.membership.columns import LAYOUTS, Headings, find_headings
from server.membership.rules import MOST_ROWS, ImportKind, looks_like_identity_number

LARGEST_FILE = 5 * 1024 * 1024
READER = Path(__file__).with_name("workbook_reader.py")
READER_SECONDS = 30
ZIP = b"PK\x03\x04"
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
SEPARATORS = (",", "\t", ";", "，")
LONGEST_CELL = 500
LONGEST_SHOWN = 200
# How a workbook spells characters that XML can't hold: _x000D_ is a carriage return.
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
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


@dataclass
class _Grid:
    """Numbered rows without the blank ones, and the merged areas."""

    rows: list[tuple[int, list[str]]]
    merged: list[list[int]]


def read(data: bytes, kind: ImportKind) -> Content:
    """Return the rows of a file; refuse what is no table, lacks a column or is too large."""
    if len(data) > LARGEST_FILE:
        raise Refusal("import_file_too_large", 422, field="file")
    if not data.strip():
        raise Refusal("import_file_empty", 422, field="file")
    grid = _workbook(data) if data.startswith(ZIP) else _text_table(data)
    if not grid.rows:
        raise Refusal("import_file_empty", 422, field="file")
    headings = find_headings([cells for _, cells in grid.rows], kind)
    body = grid.rows[headings.row + 1 :]
    if not body:
        raise Refusal("import_file_empty", 422, field="file")
    if len(body) > MOST_ROWS:
        raise Refusal("import_too_many_rows", 422, field="file", most=MOST_ROWS)
    rows = [_row(number + 1, cells, headings) for number, cells in body]
    _spread(rows, grid.merged, headings, kind)
    return Content(rows, list(headings.places), headings.unknown, headings.identity)


def _workbook(data: bytes) -> _Grid:
    try:
        # Isolated, and with an empty environment: the parser sees no password of ours.
        done = subprocess.run(
            [sys.executable, "-I", str(READER)],
            input=data,
            capture_output=True,
            timeout=READER_SECONDS,
            env={},
            check=True,
        )
        content: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise Refusal("import_file_unreadable", 422, field="file") from error
    return _Grid([(number, cells) for number, cells in content["rows"]], content["merged"])


def _text_table(data: bytes) -> _Grid:
    text = _decoded(data)
    head = text[:4000]
    separator = max(SEPARATORS, key=head.count)
    rows = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=separator)):
            if any(cell.strip() for cell in cells):
                rows.append((number, cells))
            if len(rows) > MOST_ROWS + 50:
                break
    except csv.Error as error:
        raise Refusal("import_file_unreadable", 422, field="file") from error
    return _Grid(rows, [])


def _decoded(data: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            attempts: tuple[str, ...] = (encoding,)
            break
    else:
        attempts = ("utf-8", "gb18030")
    for encoding in attempts:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("import_file_unreadable", 422, field="file")


def _row(line: int, cells: list[str], headings: Headings) -> Row:
    row = Row(line, {})
    for name, place in headings.places.items():
        raw = cells[place] if place < len(cells) else ""
        row.values[name] = _cell(row, name, raw)
    return row


def _cell(row: Row, name: str, raw: str) -> str:
    """Return a cell as one line of text; what can't be stored is named and left out."""
    decoded = ESCAPE.sub(lambda found: chr(int(found[1], 16)), raw)
    text = " ".join(decoded.replace("\ufeff", "").replace("\u200b", "").split())
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
