"""Spreadsheets that come in, as numbered rows of text: XLSX through a process of its own, CSV here.

What a file means is its reader's affair: which columns, which of its own words for a refusal.
"""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READER = Path(__file__).with_name("workbook_reader.py")
READER_SECONDS = 30
MOST_COLUMNS = 60
LONGEST_CELL = 1000
# A quote that is never closed swallows the rest of a file; the csv module's own limit is shared by
# the whole process.
RUNAWAY_CELL = 131_072
ZIP = b"PK\x03\x04"
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
WITHOUT_MARK = ("utf-8", "gb18030")
SEPARATORS = (",", "\t", ";", "，")
SEPARATOR_WITHIN = 4000
# How a workbook spells characters that XML can't hold: _x000D_ is a carriage return.
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
INVISIBLE = ("\ufeff", "\u200b")
# What people put around a heading to say that it must be filled in.
HEADING_SIGNS = ("(必填)", "(选填)", "*", ":")


class UnreadableSheetError(Exception):
    """A file that is no table: broken, of another type, or beyond the reader's bounds."""


@dataclass
class Sheet:
    """Rows with content and their numbers from 0; merged areas as top, left, bottom, right."""

    rows: list[tuple[int, list[str]]]
    merged: list[list[int]] = field(default_factory=list)


def read_sheet(data: bytes, *, most_rows: int) -> Sheet:
    """Return the table in a file, or the first visible one of a workbook.

    It stops one row behind ``most_rows``: a file that is too long is told by its length. Cells are
    as they stand, cut where no real one goes on. Raises UnreadableSheetError.
    """
    return _workbook(data, most_rows) if data.startswith(ZIP) else _text_table(data, most_rows)


def one_line(raw: str) -> str:
    """Return a cell as one line: escapes undone, invisible marks and surplus space left out.

    It may still hold what can't be stored: ``core.text.clean`` refuses that.
    """
    text = ESCAPE.sub(lambda found: chr(int(found[1], 16)), raw)
    for mark in INVISIBLE:
        text = text.replace(mark, "")
    return " ".join(text.split())


def plain_heading(cell: str) -> str:
    """Return a heading without what differs from one hand to the next: width, space, signs."""
    folded = unicodedata.normalize("NFKC", cell)
    for sign in (*HEADING_SIGNS, *INVISIBLE):
        folded = folded.replace(sign, "")
    return "".join(folded.split())


def _workbook(data: bytes, most_rows: int) -> Sheet:
    try:
        bounds = [str(bound) for bound in (most_rows, MOST_COLUMNS, LONGEST_CELL)]
        # Isolated, and with an empty environment: the parser sees no password of ours.
        done = subprocess.run(
            [sys.executable, "-I", str(READER), *bounds],
            input=data,
            capture_output=True,
            timeout=READER_SECONDS,
            env={},
            check=True,
        )
        content: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise UnreadableSheetError from error
    return Sheet([(number, cells) for number, cells in content["rows"]], content["merged"])


def _text_table(data: bytes, most_rows: int) -> Sheet:
    text = _decoded(data)
    separator = max(SEPARATORS, key=text[:SEPARATOR_WITHIN].count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = []
    try:
        for number, cells in enumerate(lines):
            if any(len(cell) > RUNAWAY_CELL for cell in cells):
                raise UnreadableSheetError
            if any(cell.strip() for cell in cells):
                rows.append((number, [cell[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]))
            if len(rows) > most_rows:
                break
    except csv.Error as error:
        raise UnreadableSheetError from error
    return Sheet(rows)


def _decoded(data: bytes) -> str:
    encodings: tuple[str, ...] = WITHOUT_MARK
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            encodings = (encoding,)
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableSheetError
