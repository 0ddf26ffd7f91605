"""A frame's files that go out: refused rows to correct, and the frame without its persons."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter

from server.core.workbooks import BYTE_ORDER_MARK
from server.sampling.drawing import NUMBER
from server.sampling.frame_columns import LINE, REASON
from server.sampling.frame_rows import label

OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
LONGEST_CELL = 32_767
REASON_WIDTH, USUAL_WIDTH = 50, 18
ROWS_A_PIECE = 2000

RefusedRow = tuple[int, dict[str, str], list[tuple[str, str]]]


def refused_workbook(headings: Sequence[str], rows: Iterable[RefusedRow]) -> IO[bytes]:
    """Return a file, open at its start: refused rows, why, and their lines; every cell is text."""
    shown = [*headings, REASON, LINE]
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 given out open; it has no name to remove
    with xlsxwriter.Workbook(file, OPTIONS) as workbook:
        sheet = workbook.add_worksheet("待更正")
        text = workbook.add_format({"num_format": "@"})
        bold = workbook.add_format({"bold": True, "bottom": 1})
        sheet.set_column(0, len(shown) - 1, USUAL_WIDTH, text)
        sheet.set_column(len(headings), len(headings), REASON_WIDTH)
        sheet.freeze_panes(1, 0)
        for place, heading in enumerate(shown):
            sheet.write_string(0, place, heading, bold)
        for at, (line, values, faults) in enumerate(rows, start=1):
            reasons = "\n".join(f"{label(name) or '整行'}：{message}" for name, message in faults)
            cells = [values.get(heading, "") for heading in headings]
            for place, cell in enumerate([*cells, reasons, str(line)]):
                sheet.write_string(at, place, cell[:LONGEST_CELL])
    file.seek(0)
    return file


def public_frame(
    dimensions: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]
) -> Iterator[str]:
    """Yield a frame's numbers and categories as CSV.

    No sign is put before what a spreadsheet might calculate: such categories were never taken in,
    and the file must say what the digest was made of.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([NUMBER, *dimensions])
    for count, (number, categories) in enumerate(rows, start=1):
        writer.writerow([number, *categories])
        if count % ROWS_A_PIECE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
