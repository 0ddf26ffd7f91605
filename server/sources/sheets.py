"""Refused rows as a workbook to correct and send again; every cell is text, never a formula."""

from collections.abc import Iterable, Mapping
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter

from server.sources.columns import FIELDS, LABELS
from server.sources.parcels import RefusedRow
from server.sources.rows import storable

REASON = "错误原因"
LINE = "行号"
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
LONGEST_CELL = 32_767
REASON_WIDTH = 50
USUAL_WIDTH = 18


def refused_workbook(columns: Mapping[str, str], rows: Iterable[RefusedRow]) -> IO[bytes]:
    """Return a file, open at its start, under the source's own headings; memory stays small."""
    shown = [field.name for field in FIELDS if field.name in columns]
    headings = [columns[name] for name in shown] + [REASON, LINE]
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 given out open; it has no name to remove
    with xlsxwriter.Workbook(file, OPTIONS) as workbook:
        sheet = workbook.add_worksheet("待更正")
        text = workbook.add_format({"num_format": "@"})
        bold = workbook.add_format({"bold": True, "bottom": 1})
        sheet.set_column(0, len(headings) - 1, USUAL_WIDTH, text)
        sheet.set_column(len(shown), len(shown), REASON_WIDTH)
        sheet.freeze_panes(1, 0)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, bold)
        for at, (line, values, faults) in enumerate(rows, start=1):
            reasons = [f"{LABELS.get(name, '整行')}：{message}" for name, message in faults]
            cells = [values.get(name, "") for name in shown] + ["\n".join(reasons), str(line)]
            for place, cell in enumerate(cells):
                sheet.write_string(at, place, storable(cell)[:LONGEST_CELL])
    file.seek(0)
    return file
