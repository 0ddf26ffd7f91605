"""A sheet as DOCX, in the form in which Chinese offices circulate such letters. Pure.

Title in the middle, number line, addressee, sections with tables, the issuing office and the day on
the right, and a receipt to be signed at the end. It opens in Word and in WPS.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from docx import Document
from docx.document import Document as Pages
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from server.feedback import document as content
from server.feedback import tables
from server.feedback.document import Node
from server.feedback.rules import number_line
from server.quarterly.rules import quarter_label

# 公文: titles in 小标宋 or, where a machine has none, 宋体; text in 仿宋; headings in 黑体.
TITLE_FONT, TEXT_FONT, HEADING_FONT, LATIN = "方正小标宋简体", "仿宋", "黑体", "Times New Roman"
TITLE_POINTS, TEXT_POINTS, TABLE_POINTS = 22, 16, 10.5
FIRST_LINE = Pt(TEXT_POINTS * 2)
NUMBERS = "一二三四五六七八九十"


class Letter(NamedTuple):
    """What a sheet's document says besides the content."""

    version: int
    sent_on: date
    office: str
    phone: str
    comments: Sequence[str]
    digest: str


def sheet_document(document: Node, letter: Letter) -> bytes:
    """Return the sheet as pages of A4."""
    pages = Document()
    _paper(pages)
    # Official texts have no spaces around figures.
    quarter = quarter_label(document["quarter"]).replace(" ", "")
    name = document["department"]["name"]
    _text(pages, f"关于{quarter}群众评价情况的反馈", TITLE_FONT, TITLE_POINTS, centred=True)
    number = number_line(document["quarter"], document["department"]["id"], letter.version)
    _text(pages, number, TEXT_FONT, TEXT_POINTS, centred=True)
    _text(pages, f"{name}：", TEXT_FONT, TEXT_POINTS)
    _body(
        pages,
        f"现将你单位{quarter}群众评价、差评件办理情况反馈如下，请认真研究，抓好整改，并在收到后确认。"
        "少于最小公布人数的数字不公布，留言以匿名形式列出，请勿推测或追查评价人。",
    )
    for place, (heading, fill) in enumerate(_sections(document, letter)):
        _heading(pages, f"{NUMBERS[place]}、{heading}")
        fill(pages)
    _ending(pages, document, letter)
    # The library names an author of its own and the day of its template.
    properties = pages.core_properties
    properties.author, properties.comments = letter.office, ""
    properties.title = f"{name}{quarter}一对一反馈"
    buffer = io.BytesIO()
    pages.save(buffer)
    return buffer.getvalue()


def _sections(document: Node, letter: Letter) -> list[tuple[str, Callable[[Pages], None]]]:
    def results(pages: Pages) -> None:
        _table(pages, tables.SCORE_HEADINGS, tables.scores(document), "没有公布总分的活动。")
        _table(pages, tables.CHANNEL_HEADINGS, tables.channels(document), "没有公布的评价结果。")

    def strong(pages: Pages) -> None:
        found = tables.items(content.strong(document))
        _table(pages, tables.ITEM_HEADINGS, found, "没有高于中位数的子项。")

    def weak(pages: Pages) -> None:
        found = tables.items(content.weak(document))
        _table(pages, tables.ITEM_HEADINGS, found, "没有低于中位数的子项。")

    def cases(pages: Pages) -> None:
        figures = document["cases"]["figures"]
        _body(
            pages,
            f"本季度挂号 {figures['registered']} 件，退回重办 {figures['reopened']} 件；"
            f"目前未销号 {figures['open']} 件，其中超期 {figures['late']} 件。",
        )
        _table(pages, tables.RATE_HEADINGS, tables.rates(document), "")

    def due(pages: Pages) -> None:
        found = tables.cases(content.due(document))
        _table(pages, tables.CASE_HEADINGS, found, "没有未销号的件。")

    def words(pages: Pages) -> None:
        if not letter.comments:
            _body(pages, "没有可以列出的留言。")
        for comment in letter.comments:
            _body(pages, f"· {comment}")

    return [
        ("评价结果", results),
        ("主要长处", strong),
        ("主要短板", weak),
        ("差评件办理", cases),
        ("待办事项", due),
        ("群众留言（匿名）", words),
    ]


def _paper(pages: Pages) -> None:
    section = pages.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    # The margins of official documents (GB/T 9704).
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    style = pages.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(TEXT_POINTS)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TEXT_FONT)
    style.paragraph_format.space_after = Pt(0)


def _text(
    pages: Pages, text: str, font: str, size: float, *, centred: bool = False, right: bool = False
) -> Paragraph:
    paragraph = pages.add_paragraph()
    run = paragraph.add_run(text)
    run.font.name, run.font.size = LATIN, Pt(size)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 the library has no other way to an East Asian font
    paragraph.paragraph_format.line_spacing = Pt(max(28, size * 1.4))
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return paragraph


def _body(pages: Pages, text: str) -> None:
    _text(pages, text, TEXT_FONT, TEXT_POINTS).paragraph_format.first_line_indent = FIRST_LINE


def _heading(pages: Pages, text: str) -> None:
    paragraph = _text(pages, text, HEADING_FONT, TEXT_POINTS)
    paragraph.paragraph_format.first_line_indent = FIRST_LINE
    paragraph.paragraph_format.keep_with_next = True


def _table(
    pages: Pages, headings: Sequence[str], rows: Iterable[Sequence[str]], empty: str
) -> None:
    found = list(rows)
    if not found:
        _body(pages, empty)
        return
    table = pages.add_table(rows=1, cols=len(headings))
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    for row, cells in [(table.rows[0], headings), *((table.add_row(), one) for one in found)]:
        for cell, text in zip(row.cells, cells, strict=True):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(TABLE_POINTS), cells is headings
    pages.add_paragraph().paragraph_format.line_spacing = Pt(10)


def _ending(pages: Pages, document: Node, letter: Letter) -> None:
    named = "；".join(f"{one['title']}第 {one['version']} 版" for one in document["publications"])
    _body(pages, f"数字出处：{named or '没有已公布的评价'}。校验码：{letter.digest[:16]}。")
    _body(pages, f"咨询电话：{letter.phone}。")
    day = f"{letter.sent_on.year}年{letter.sent_on.month}月{letter.sent_on.day}日"
    pages.add_paragraph()
    _text(pages, letter.office, TEXT_FONT, TEXT_POINTS, right=True)
    _text(pages, day, TEXT_FONT, TEXT_POINTS, right=True)
    pages.add_paragraph()
    _text(
        pages,
        "签收人：＿＿＿＿＿＿    部门负责人：＿＿＿＿＿＿    日期：＿＿＿＿＿＿",
        TEXT_FONT,
        TEXT_POINTS - 2,
    )
