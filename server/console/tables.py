"""Exports: one table as XLSX or CSV, to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

from flask import Response
from xlsxwriter.workbook import Workbook

from server.core import workbooks
from server.core.clock import SHANGHAI

Cell = str | int | Decimal | date | datetime | None
MIMETYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
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
    """Return a table as CSV."""
    rows = ([_shown(cell) for cell in row] for row in table.rows)
    return workbooks.csv_table([table.headings, *rows]).encode()


def workbook(table: Table) -> bytes:
    """Return a table as XLSX."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet(_sheet_name(table.name))
        widths = [_width(table, column) for column in range(len(table.headings))]
        workbooks.write_headings(book, sheet, zip(table.headings, widths, strict=True))
        for place, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                shown = _shown(cell)
                if isinstance(shown, str):
                    sheet.write_string(place, column, shown)
                else:
                    sheet.write_number(place, column, shown)

    return workbooks.workbook(fill)


def _shown(cell: Cell) -> str | int | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell


def _sheet_name(name: str) -> str:
    kept = "".join(character for character in name if character not in "[]:*?/\\'")
    return kept[:LONGEST_SHEET_NAME] or "数据"


def _width(table: Table, column: int) -> int:
    texts = [table.headings[column], *(str(_shown(row[column])) for row in table.rows[:200])]
    # Chinese characters are twice as wide as figures.
    widths = [sum(2 if ord(one) > 0x2E80 else 1 for one in text) for text in texts]  # noqa: PLR2004
    return max(NARROWEST, min(WIDEST, max(widths) + 2))
