"""A run's file as rows of text, one after another: XLSX through a process of its own, CSV here."""

import codecs
import csv
import io
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from typing import IO
from uuid import UUID

from server.core.errors import Refusal
from server.core.headings import HEADING_ROWS
from server.sources.columns import suggest
from server.sources.parcels import PIECE, Sealed, opened

READER = Path(__file__).with_name("workbook_reader.py")
LARGEST_WORKBOOK = 100 << 20
ZIP = b"PK\x03\x04"
SEPARATORS = (",", "\t", ";", "，")
HEAD_BYTES = 20_000
PREVIEW_ROWS = 60
# How a workbook spells characters that XML can't hold: _x000D_ is a carriage return.
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# So many bytes more than characters, all good UTF-8, are not GB18030 by chance.
SURE_BYTES = 4096
# The longest cell of a workbook has 32,767 characters; a CSV file may hold longer ones.
LONGEST_CELL = 1_000_000

Row = tuple[int, list[str]]


@dataclass
class Table:
    """Numbered rows without the blank ones, from 1 as a spreadsheet counts, and the progress."""

    rows: Iterator[Row]
    raw: Sealed

    @property
    def share(self) -> int:
        """How much of the file was read, in per cent."""
        return self.raw.share


def table(run_id: UUID, most: int | None = None) -> Table:
    """Open a run's file; ``most`` rows are enough where given. Refuses what is no table."""
    raw, stream = opened(run_id)
    head = stream.peek(len(ZIP))[: len(ZIP)]  # type: ignore[attr-defined]
    if not head:
        raise Refusal("import_file_empty", 422, field="file")
    if head.startswith(ZIP):
        return Table(_workbook(stream, most), raw)
    encoding, separator = _encoding(run_id)
    return Table(islice(_text_rows(stream, encoding, separator), most), raw)


def preview(run_id: UUID) -> list[Row]:
    """Return the first rows."""
    rows = list(table(run_id, PREVIEW_ROWS).rows)
    if not rows:
        raise Refusal("import_file_empty", 422, field="file")
    return rows


def _workbook(stream: IO[bytes], most: int | None) -> Iterator[Row]:
    # The file has no name: it is gone with the processes that hold it.
    with tempfile.TemporaryFile() as plain:
        copyfileobj(stream, plain, PIECE)
        if plain.tell() > LARGEST_WORKBOOK:
            raise Refusal("source_workbook_too_large", 422, most=LARGEST_WORKBOOK >> 20)
        plain.seek(0)
        # Isolated, and with an empty environment: the parser sees no password of ours.
        with subprocess.Popen(
            [sys.executable, "-I", str(READER), *([str(most)] if most else [])],
            stdin=plain,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
        ) as process:
            assert process.stdout is not None  # noqa: S101 asked for above
            try:
                for line in process.stdout:
                    number, cells = json.loads(line)
                    yield number + 1, [_unescaped(cell) for cell in cells]
                if process.wait() != 0:
                    raise Refusal("import_file_unreadable", 422, field="file")
            finally:
                process.kill()


def _unescaped(cell: str) -> str:
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell) if "_x" in cell else cell


def _text_rows(stream: IO[bytes], encoding: str, separator: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with stream, io.TextIOWrapper(stream, encoding, newline="") as text:
        try:
            for number, cells in enumerate(csv.reader(text, delimiter=separator), start=1):
                # Most rows have something in their first cell.
                if cells and (cells[0].strip() or any(map(str.strip, cells))):
                    yield number, cells
        except (csv.Error, UnicodeDecodeError) as error:
            raise Refusal("import_file_unreadable", 422, field="file") from error


def _encoding(run_id: UUID) -> tuple[str, str]:
    """Return in what a text file is written and what parts its columns.

    Read until it is sure: a file without a word of Chinese at its top is read on.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        head = _head(run_id, encoding)
        if head is not None:
            return encoding, max(SEPARATORS, key=lambda one: _fits(head, one))
    raise Refusal("import_file_unreadable", 422, field="file")


def _head(run_id: UUID, encoding: str) -> str | None:
    """Return the top of a text file, None where it is not in that encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    head, beyond = "", 0
    _, stream = opened(run_id)
    try:
        with stream:
            while piece := stream.read(PIECE):
                text = decoder.decode(piece)
                head = head or text[:HEAD_BYTES]
                beyond += len(piece) - len(text)
                if beyond > SURE_BYTES:
                    return head
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return head


def _fits(head: str, separator: str) -> tuple[int, int]:
    """Return how well a separator parts the top of a file: headings known, rows of one width.

    Not how often it occurs: texts are full of commas, Chinese ones above all.
    """
    rows = list(islice(csv.reader(io.StringIO(head), delimiter=separator), HEADING_ROWS))
    widths = Counter(len(row) for row in rows if len(row) > 1)
    known = max((len(suggest(row)) for row in rows if len(row) > 1), default=0)
    return known, max(widths.values(), default=0)
