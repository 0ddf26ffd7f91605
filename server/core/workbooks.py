"""Tables that go out, XLSX or CSV, in which nothing that somebody typed becomes a formula.

In a workbook every text is written as text: a name such as ``=cmd|…`` stays a name. CSV knows no
such difference, so a text that a spreadsheet program would calculate gets a sign in front.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from server.core.lazily import Later

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet
else:
    xlsxwriter = Later("xlsxwriter")

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
# The paper's number in the format.
A4 = 9
BYTE_ORDER_MARK = "\ufeff"
# A spreadsheet program that opens a CSV file calculates what begins with one of these (OWASP, CSV
# injection), behind space too.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
CONTROL_STARTS = ("\t", "\r", "\n")


def workbook(fill: "Callable[[Workbook], None]") -> bytes:
    """Return an XLSX file that ``fill`` has filled; it writes texts with ``write_string``.

    Printed, every sheet is as wide as a page of A4 across, and the pages are numbered.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        fill(book)
        for sheet in book.worksheets():
            sheet.set_paper(A4)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.set_footer("&C&P / &N")
    return buffer.getvalue()


def write_headings(
    book: "Workbook",
    sheet: "Worksheet",
    columns: Iterable[tuple[str, float]],
    *,
    row: int = 0,
    cells: "Format | None" = None,
) -> None:
    """Write a row of headings with the columns' widths; it stays in sight, on paper too.

    ``cells`` is the format of what is typed below.
    """
    bold = book.add_format({"bold": True, "bottom": 1})
    for place, (label, width) in enumerate(columns):
        sheet.set_column(place, place, width, cells)
        sheet.write_string(row, place, label, bold)
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(0, row)


def write_texts(sheet: "Worksheet", row: int, texts: Iterable[str], *, first: int = 0) -> None:
    """Write a row of texts."""
    for place, text in enumerate(texts, start=first):
        sheet.write_string(row, place, text)


def csv_table(rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV, with the mark by which Excel knows UTF-8."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([inert(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + buffer.getvalue()


def inert(cell: object) -> object:
    """Keep a spreadsheet from taking a text for a formula; numbers stay as they are."""
    if not isinstance(cell, str):
        return cell
    calculates = cell.startswith(CONTROL_STARTS) or cell.lstrip().startswith(FORMULA_STARTS)
    return f"'{cell}" if calculates else cell
