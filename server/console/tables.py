"""Exports: one table as XLSX or CSV, in which nothing that somebody typed becomes a formula."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

import xlsxwriter
from flask import Response

from server.core.clock import SHANGHAI

Cell = str | int | Decimal | date | datetime | None
MIMETYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# A spreadsheet program that opens a CSV file calculates what begins with one of these.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
WIDEST = 60
NARROWEST = 8
LONGEST_SHEET_NAME = 31


@dataclass(frozen=True)
class Table:
    """What is given out: a name, the columns' headings, the rows."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def answer(table: Table, kind: str) -> Response:
    """Return a table as a file to keep; ``kind`` is xlsx or csv."""
    data = workbook(table) if kind == "xlsx" else plain(table)
    disposition = f"attachment; filename*=UTF-8''{quote(table.name)}.{kind}"
    return Response(
        data, content_type=MIMETYPES[kind], headers={"Content-Disposition": disposition}
    )


def plain(table: Table) -> bytes:
    """Return a table as CSV, with the mark by which Excel knows UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(table.headings)
    writer.writerows([_harmless(_shown(cell)) for cell in row] for row in table.rows)
    return buffer.getvalue().encode("utf-8-sig")


def workbook(table: Table) -> bytes:
    """Return a table as XLSX; texts are written as texts."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(_sheet_name(table.name))
        bold = book.add_format({"bold": True, "bottom": 1})
        for column, heading in enumerate(table.headings):
            sheet.set_column(column, column, _width(table, column))
            sheet.write_string(0, column, heading, bold)
        for place, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                shown = _shown(cell)
                if isinstance(shown, str):
                    sheet.write_string(place, column, shown)
                else:
                    sheet.write_number(place, column, shown)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def _shown(cell: Cell) -> str | int | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell


def _harmless(cell: str | int | Decimal) -> str | int | Decimal:
    if isinstance(cell, str) and cell.lstrip().startswith(FORMULA_STARTS):
        return "'" + cell
    return cell


def _sheet_name(name: str) -> str:
    kept = "".join(character for character in name if character not in "[]:*?/\\'")
    return kept[:LONGEST_SHEET_NAME] or "数据"


def _width(table: Table, column: int) -> int:
    texts = [table.headings[column], *(str(_shown(row[column])) for row in table.rows[:200])]
    # Chinese characters are twice as wide as figures.
    widths = [sum(2 if ord(one) > 0x2E80 else 1 for one in text) for text in texts]  # noqa: PLR2004
    return max(NARROWEST, min(WIDEST, max(widths) + 2))
