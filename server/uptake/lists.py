"""The list of results in use (成果转化运用清单) as XLSX and DOCX. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from docx.enum.text import WD_ALIGN_PARAGRAPH
from xlsxwriter.workbook import Workbook

from server.core.documents import TITLE_FONT, Margins, add_table, add_text, new_pages, saved
from server.core.workbooks import workbook, write_headings, write_texts

COLUMNS = (
    ("序号", 8.0),
    ("部门", 28.0),
    ("差评件", 16.0),
    ("内容", 52.0),
    ("状态", 16.0),
    ("接收人", 22.0),
    ("接收时间", 18.0),
    ("运用结果", 44.0),
    ("办结时间", 18.0),
)
TITLE_POINTS, TEXT_POINTS, TABLE_POINTS = 22, 14, 10.5
MARGINS = Margins(2, 1.35, 2, 1.35)
WORDY = (3, 7)


class Line(NamedTuple):
    """An item with what became of it, in words."""

    department: str
    case: str
    text: str
    state: str
    taken_by: str
    taken_at: str
    outcome: str
    outcome_at: str


class Head(NamedTuple):
    """What stands above and below the list."""

    title: str
    recipient: str
    number: str
    note: str
    digest: str
    office: str
    day: str


def as_workbook(head: Head, lines: Sequence[Line]) -> bytes:
    """Return the list as a workbook; no text of it becomes a formula."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("清单")
        write_headings(book, sheet, COLUMNS)
        for row, line in enumerate(lines, start=1):
            sheet.write_number(row, 0, row)
            write_texts(sheet, row, line, first=1)
        about = book.add_worksheet("说明")
        write_headings(book, about, (("项目", 16.0), ("内容", 80.0)))
        for row, cells in enumerate(_about(head), start=1):
            write_texts(about, row, cells)

    return workbook(fill)


def as_document(head: Head, lines: Sequence[Line]) -> bytes:
    """Return the list as pages of A4 across, with a line to be signed."""
    pages = new_pages(TEXT_POINTS, margins=MARGINS, across=True)
    centred, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
    add_text(pages, head.title, font=TITLE_FONT, size=TITLE_POINTS, align=centred)
    add_text(pages, head.number, align=centred)
    add_text(pages, f"{head.recipient}：")
    if head.note:
        add_text(pages, head.note, indented=True)
    rows = [[str(place), *line] for place, line in enumerate(lines, start=1)]
    add_table(pages, [name for name, _ in COLUMNS], rows, size=TABLE_POINTS, left=WORDY)
    add_text(pages, f"校验码：{head.digest}", size=TABLE_POINTS)
    for text in (head.office, head.day):
        add_text(pages, text, align=right, keep=True)
    add_text(pages, "移送人：＿＿＿＿＿＿    接收人：＿＿＿＿＿＿    日期：＿＿＿＿＿＿")
    return saved(pages, author=head.office, title=head.title)


def _about(head: Head) -> list[tuple[str, str]]:
    return [
        ("名称", head.title),
        ("编号", head.number),
        ("移送", head.recipient),
        ("说明", head.note),
        ("校验码", head.digest),
        ("移送单位", head.office),
        ("日期", head.day),
    ]
