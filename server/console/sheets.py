"""Rating codes as a spreadsheet."""

import io

import xlsxwriter

from server.campaigns.codes import shown
from server.console.qr import code_url

HEADINGS = ("序号", "评价码", "网页地址", "部门", "窗口", "活动")
WIDTHS = (8, 20, 52, 30, 20, 40)


def code_workbook(codes: list[str], *, campaign: str, department: str, counter: str) -> bytes:
    """Return an XLSX file with one code a line."""
    buffer = io.BytesIO()
    # Names are what people typed: none of them may turn into a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet("评价码")
        bold = workbook.add_format({"bold": True, "bottom": 1})
        for column, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, bold)
        for place, code in enumerate(codes, start=1):
            sheet.write_number(place, 0, place)
            texts = (shown(code), code_url(code), department, counter, campaign)
            for column, text in enumerate(texts, start=1):
                sheet.write_string(place, column, text)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()
