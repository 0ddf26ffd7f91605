"""The list of results in use (成果转化运用清单) as XLSX and DOCX. Pure."""

import io
from collections.abc import Sequence
from typing import NamedTuple

from docx import Document
from docx.document import Document as Pages
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from xlsxwriter.workbook import Workbook

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
# In centimetres, for the width of a page across.
WIDTHS = (1.2, 3.2, 2.4, 6.0, 2.4, 2.4, 2.6, 4.2, 2.6)
TITLE_FONT, TEXT_FONT, LATIN = "方正小标宋简体", "仿宋", "Times New Roman"
TITLE_POINTS, TEXT_POINTS, TABLE_POINTS = 22, 14, 10.5


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
    pages = Document()
    section = pages.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(1.35)
    section.top_margin = section.bottom_margin = Cm(2)
    style = pages.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(TEXT_POINTS)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TEXT_FONT)
    style.paragraph_format.space_after = Pt(4)
    title = pages.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(head.title)
    run.font.size = Pt(TITLE_POINTS)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TITLE_FONT)  # noqa: SLF001 the library has no other way to an East Asian font
    pages.add_paragraph(head.number).alignment = WD_ALIGN_PARAGRAPH.CENTER
    pages.add_paragraph(f"{head.recipient}：")
    if head.note:
        pages.add_paragraph(head.note)
    _table(pages, lines)
    pages.add_paragraph(f"校验码：{head.digest}")
    for text in (head.office, head.day):
        pages.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    pages.add_paragraph("移送人：＿＿＿＿＿＿    接收人：＿＿＿＿＿＿    日期：＿＿＿＿＿＿")
    properties = pages.core_properties
    properties.author, properties.title, properties.comments = head.office, head.title, ""
    buffer = io.BytesIO()
    pages.save(buffer)
    return buffer.getvalue()


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


def _table(pages: Pages, lines: Sequence[Line]) -> None:
    table = pages.add_table(rows=1, cols=len(COLUMNS))
    table.style, table.autofit = "Table Grid", False
    rows = [(table.rows[0], [name for name, _ in COLUMNS])]
    rows += [(table.add_row(), [str(place), *line]) for place, line in enumerate(lines, start=1)]
    for place, (row, cells) in enumerate(rows):
        for cell, text, width in zip(row.cells, cells, WIDTHS, strict=True):
            cell.width = Cm(width)
            run = cell.paragraphs[0].add_run(text)
            run.font.size, run.bold = Pt(TABLE_POINTS), place == 0
