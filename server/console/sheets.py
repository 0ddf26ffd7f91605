"""Rating codes as a spreadsheet."""

from xlsxwriter.workbook import Workbook

from server.campaigns.codes import shown
from server.console.qr import code_url
from server.core.workbooks import workbook, write_headings, write_texts

COLUMNS = (
    ("序号", 8),
    ("评价码", 20),
    ("网页地址", 52),
    ("部门", 30),
    ("窗口", 20),
    ("活动", 40),
)


def code_workbook(codes: list[str], *, campaign: str, department: str, counter: str) -> bytes:
    """Return an XLSX file with one code a line."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("评价码")
        write_headings(book, sheet, COLUMNS)
        for place, code in enumerate(codes, start=1):
            sheet.write_number(place, 0, place)
            texts = (shown(code), code_url(code), department, counter, campaign)
            write_texts(sheet, place, texts, first=1)

    return workbook(fill)
