"""A sheet as DOCX, in the form in which Chinese offices circulate such letters. Pure.

Title in the middle, number line, addressee, sections with tables, the issuing office and the day on
the right, and a receipt to be signed at the end. It opens in Word and in WPS.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from docx.document import Document as Pages
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from server.core.clock import chinese_day
from server.core.documents import (
    HEADING_FONT,
    TITLE_FONT,
    add_table,
    add_text,
    new_pages,
    saved,
)
from server.feedback import document as content
from server.feedback import tables
from server.feedback.document import Node
from server.feedback.rules import number_line
from server.quarterly.rules import paper_label

TITLE_POINTS, TEXT_POINTS, TABLE_POINTS = 22, 16, 10.5
LINE_POINTS = 28
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
    pages = new_pages(TEXT_POINTS)
    quarter = paper_label(document["quarter"])
    name = document["department"]["name"]
    title = add_text(
        pages,
        f"关于{quarter}群众评价情况的反馈",
        font=TITLE_FONT,
        size=TITLE_POINTS,
        align=WD_ALIGN_PARAGRAPH.CENTER,
    )
    title.paragraph_format.line_spacing = Pt(TITLE_POINTS * 1.4)
    number = number_line(document["quarter"], document["department"]["id"], letter.version)
    _line(pages, number, WD_ALIGN_PARAGRAPH.CENTER)
    _line(pages, f"{name}：")
    _body(
        pages,
        f"现将你单位{quarter}群众评价、差评件办理情况反馈如下，请认真研究，抓好整改，并在收到后确认。"
        "少于最小公布人数的数字不公布，留言以匿名形式列出，请勿推测或追查评价人。",
    )
    for place, (heading, fill) in enumerate(_sections(document, letter)):
        _heading(pages, f"{NUMBERS[place]}、{heading}")
        fill(pages)
    _ending(pages, document, letter)
    return saved(pages, author=letter.office, title=f"{name}{quarter}一对一反馈")


def _sections(document: Node, letter: Letter) -> list[tuple[str, Callable[[Pages], None]]]:
    def results(pages: Pages) -> None:
        _table(pages, tables.SCORE_HEADINGS, tables.scores(document), "没有公布总分的活动。", (0,))
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
        _table(pages, tables.RATE_HEADINGS, tables.rates(document), "", (0,))

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


def _line(pages: Pages, text: str, align: WD_ALIGN_PARAGRAPH | None = None) -> None:
    paragraph = add_text(pages, text, align=align)
    paragraph.paragraph_format.line_spacing = Pt(LINE_POINTS)


def _body(pages: Pages, text: str) -> None:
    paragraph = add_text(pages, text, indented=True)
    paragraph.paragraph_format.line_spacing = Pt(LINE_POINTS)


def _heading(pages: Pages, text: str) -> None:
    paragraph = add_text(pages, text, font=HEADING_FONT, indented=True, keep=True)
    paragraph.paragraph_format.line_spacing = Pt(LINE_POINTS)


def _table(
    pages: Pages,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    empty: str,
    left: Collection[int] = (0, 1),
) -> None:
    found = list(rows)
    if not found:
        _body(pages, empty)
        return
    add_table(pages, headings, found, size=TABLE_POINTS, left=left)
    add_text(pages, "", size=TABLE_POINTS)


def _ending(pages: Pages, document: Node, letter: Letter) -> None:
    named = "；".join(f"{one['title']}第 {one['version']} 版" for one in document["publications"])
    _body(pages, f"数字出处：{named or '没有已公布的评价'}。校验码：{letter.digest[:16]}。")
    _body(pages, f"咨询电话：{letter.phone}。")
    pages.add_paragraph()
    for text in (letter.office, chinese_day(letter.sent_on)):
        add_text(pages, text, align=WD_ALIGN_PARAGRAPH.RIGHT, keep=True)
    pages.add_paragraph().paragraph_format.keep_with_next = True
    add_text(
        pages, "签收人：＿＿＿＿  部门负责人：＿＿＿＿  日期：＿＿＿＿＿", size=TEXT_POINTS - 2
    )
