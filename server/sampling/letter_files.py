"""Letters as files: a list for the post (XLSX), and pages to print (DOCX), one a person. Pure."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import segno
from docx.document import Document as Pages
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.shared import Cm, Pt
from xlsxwriter.workbook import Workbook

from server.core.clock import SHANGHAI, chinese_day
from server.core.documents import Margins, add_text, new_pages, saved
from server.core.workbooks import workbook, write_headings, write_texts

# No code and no link: with them one person could rate for everybody in the list.
COLUMNS = (("样本库序号", 12), ("姓名", 14), ("地址", 60))
FONT = "宋体"
MARGINS = Margins(2.2, 2.6, 2.2, 2.6)
# Handled, folded and scanned from paper: a quarter of it may be spoilt.
CORRECTION = "q"
QR_CENTIMETRES = 4.5
TITLE_POINTS, TEXT_POINTS, CODE_POINTS = 18, 12, 16
NO_ADDRESS = "（样本库中没有地址，请当面送达）"


class Letter(NamedTuple):
    """What one person's letter says; ``number`` is the person's in the frame."""

    number: int
    name: str
    address: str
    code: str
    link: str
    departments: tuple[str, ...]


class Sheet(NamedTuple):
    """What all letters of a campaign say alike."""

    campaign: str
    closes_at: datetime
    office: str
    phone: str
    reminds: bool = False


def list_workbook(letters: Iterable[Letter]) -> bytes:
    """Return the list for the post; no text of it becomes a formula."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("信函")
        write_headings(book, sheet, COLUMNS)
        for row, one in enumerate(letters, start=1):
            sheet.write_number(row, 0, one.number)
            write_texts(sheet, row, (one.name, one.address or NO_ADDRESS), first=1)

    return workbook(fill)


def letter_document(letters: Sequence[Letter], sheet: Sheet) -> bytes:
    """Return the letters as pages of A4."""
    pages = new_pages(TEXT_POINTS, margins=MARGINS, font=FONT, numbered=False)
    for place, letter in enumerate(letters):
        if place:
            pages.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        _page(pages, letter, sheet)
    return saved(pages, author=sheet.office, title="评价邀请信")


def _page(pages: Pages, letter: Letter, sheet: Sheet) -> None:
    until = sheet.closes_at.astimezone(SHANGHAI)
    day = f"{chinese_day(until)} {until:%H:%M}"
    _text(pages, letter.address or NO_ADDRESS)
    _text(pages, f"{letter.name}  收" if letter.name else "收信人", bold=True)
    title = "评价提醒" if sheet.reminds else "评价邀请"
    _text(pages, f"“{sheet.campaign}”{title}", size=TITLE_POINTS, bold=True, centred=True)
    if sheet.reminds:
        _text(
            pages,
            "此前已向您发出邀请。这封信寄给每一位收到邀请信的人，如已作答请忽略，不必理会，谢谢。",
        )
    _text(
        pages,
        f"您被随机抽中参加本次抽样调查。请在 {day} 前，评价下列 {len(letter.departments)} 个部门，"
        "每个部门评价一次：",
    )
    for name in letter.departments:
        pages.add_paragraph(name, style="List Bullet").paragraph_format.space_after = Pt(2)
    _text(pages, "用手机扫描二维码，或在浏览器中打开下面的网址，或在小程序首页输入评价码：")
    _picture(pages, letter.link)
    _text(pages, letter.code, size=CODE_POINTS, bold=True, centred=True)
    _text(pages, letter.link, centred=True)
    _text(
        pages,
        "评价是匿名的：随评价保存的只有您所在的抽样层（例如年龄段、地区）和结束时即销毁的网段摘要，没有姓名、电话和评价码。"
        "评价办只知道您是否作答（每天更新一次，不记时间），不知道评了哪些部门、评了什么。"
        "活动结束后，是否作答的记录和链接一并销毁。评价码只供您本人使用，请勿转交。",
    )
    _text(pages, f"{sheet.office}    咨询电话：{sheet.phone}")


def _text(
    pages: Pages, text: str, *, size: int = TEXT_POINTS, bold: bool = False, centred: bool = False
) -> None:
    align = WD_ALIGN_PARAGRAPH.CENTER if centred else None
    add_text(pages, text, size=size, bold=bold, align=align).paragraph_format.space_after = Pt(6)


def _picture(pages: Pages, link: str) -> None:
    buffer = io.BytesIO()
    segno.make(link, error=CORRECTION, micro=False).save(buffer, kind="png", scale=6, border=4)
    buffer.seek(0)
    paragraph = pages.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run().add_picture(buffer, width=Cm(QR_CENTIMETRES))
