"""Pages to print (DOCX), in the form in which Chinese offices circulate papers (GB/T 9704). Pure.

They open in Word, WPS and LibreOffice. Titles are in 小标宋, headings in
黑体, text in 仿宋; a machine without them takes another font.
"""

import io
from collections.abc import Collection, Sequence
from typing import NamedTuple
from unicodedata import east_asian_width

from docx import Document
from docx.document import Document as Pages
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Length, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

TITLE_FONT, HEADING_FONT, TEXT_FONT, LATIN = "方正小标宋简体", "黑体", "仿宋", "Times New Roman"
PAGE_FONT, PAGE_POINTS = "宋体", 14
A4 = (Cm(21), Cm(29.7))
WIDE_SIGNS = "WFA"
# Beside the widest text of a column: the two inner margins of a cell, and some air.
CELL_AIR = Pt(14)
CELL_SPACE = Pt(2)

_PAGE_FIELD = (
    ("w:fldChar", "begin", None),
    ("w:instrText", "", "PAGE"),
    ("w:fldChar", "end", None),
)


class Margins(NamedTuple):
    """Of a page, in centimetres."""

    top: float
    right: float
    bottom: float
    left: float


# Those of official documents.
OFFICIAL = Margins(3.7, 2.6, 3.5, 2.8)


def new_pages(
    points: float,
    *,
    margins: Margins = OFFICIAL,
    font: str = TEXT_FONT,
    across: bool = False,
    numbered: bool = True,
) -> Pages:
    """Return empty pages of A4 whose text has a size in points, with page numbers."""
    pages = Document()
    section = pages.sections[0]
    section.page_width, section.page_height = A4[::-1] if across else A4
    if across:
        section.orientation = WD_ORIENT.LANDSCAPE
    section.top_margin, section.right_margin = Cm(margins.top), Cm(margins.right)
    section.bottom_margin, section.left_margin = Cm(margins.bottom), Cm(margins.left)
    style = pages.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(points)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    style.paragraph_format.space_after = Pt(0)
    if numbered:
        section.footer_distance = Cm(margins.bottom * 0.6)
        _number(section.footer.paragraphs[0])
    return pages


def add_text(
    pages: Pages,
    text: str,
    *,
    size: float | None = None,
    font: str = "",
    bold: bool = False,
    colour: RGBColor | None = None,
    align: WD_ALIGN_PARAGRAPH | None = None,
    indented: bool = False,
    keep: bool = False,
) -> Paragraph:
    """Add a paragraph; ``indented`` by two signs, ``keep`` on the page of what comes next."""
    paragraph = pages.add_paragraph()
    run = paragraph.add_run(text)
    run.bold = bold or None
    if size is not None:
        run.font.size = Pt(size)
    if font:
        _set_font(run, font)
    if colour is not None:
        run.font.color.rgb = colour
    if align is not None:
        paragraph.alignment = align
    if indented:
        points = size or pages.styles["Normal"].font.size.pt
        paragraph.paragraph_format.first_line_indent = Pt(2 * points)
    paragraph.paragraph_format.keep_with_next = keep or None
    return paragraph


def add_table(
    pages: Pages,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    size: float,
    left: Collection[int] = (0,),
) -> Table:
    """Add a table of the page's width whose columns are as wide as their texts want.

    The headings stand again on each page, no row is torn, and the columns ``left`` are not centred.
    A line feed in a text begins a line.
    """
    table: Table = pages.add_table(rows=1 + len(rows), cols=len(headings))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    every = [headings, *rows]
    wide = _widths(every, size, _text_width(pages))
    for column, width in zip(table.columns, wide, strict=True):
        column.width = width
    for line, (row, cells) in enumerate(zip(table.rows, every, strict=True)):
        _set(row, "w:cantSplit")
        for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            cell.width = wide[place]
            _fill(cell, text, size, heading=line == 0, centred=line == 0 or place not in left)
    _set(table.rows[0], "w:tblHeader")
    return table


def saved(pages: Pages, *, author: str, title: str) -> bytes:
    """Return the file; its properties name the office, not the library."""
    properties = pages.core_properties
    properties.author, properties.title, properties.comments = author, title, ""
    buffer = io.BytesIO()
    pages.save(buffer)
    return buffer.getvalue()


def _set_font(run: Run, font: str) -> None:
    run.font.name = LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 the library has no other way to an East Asian font


def _number(paragraph: Paragraph) -> None:
    """Write "— 1 —" at the foot of each page."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in ("— ", None, " —"):
        run = paragraph.add_run(text)
        _set_font(run, PAGE_FONT)
        run.font.size = Pt(PAGE_POINTS)
        if text is None:
            for tag, kind, words in _PAGE_FIELD:
                element = OxmlElement(tag)
                if kind:
                    element.set(qn("w:fldCharType"), kind)
                element.text = words
                run._element.append(element)  # noqa: SLF001 the library knows no fields


def _text_width(pages: Pages) -> Length:
    section = pages.sections[0]
    left, right = section.left_margin or Cm(0), section.right_margin or Cm(0)
    return Emu((section.page_width or A4[0]) - left - right)


def _widths(rows: Sequence[Sequence[str]], size: float, whole: Length) -> list[Length]:
    """Share a width out among columns: what their widest texts want, or less for the widest ones.

    What is left over goes to all in proportion. Where it doesn't suffice, columns that want no more
    than an equal share of what is left get it (water-filling), and the others break their lines.
    """
    wanted = [
        max(_ems(line) for row in rows for line in row[place].split("\n")) * Pt(size) + CELL_AIR
        for place in range(len(rows[0]))
    ]
    if sum(wanted) <= whole:
        return [Emu(int(one * whole / sum(wanted))) for one in wanted]
    found = [0.0] * len(wanted)
    left = float(whole)
    by_want = sorted(range(len(wanted)), key=wanted.__getitem__)
    for done, place in enumerate(by_want):
        found[place] = min(wanted[place], left / (len(wanted) - done))
        left -= found[place]
    return [Emu(int(one)) for one in found]


def _ems(text: str) -> float:
    """Return how wide a text is, in signs of its font: Chinese ones whole, Latin ones half."""
    return sum(1.0 if east_asian_width(sign) in WIDE_SIGNS else 0.55 for sign in text)


def _fill(cell: _Cell, text: str, size: float, *, heading: bool, centred: bool) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.bold, run.font.size = heading or None, Pt(size)
    form = paragraph.paragraph_format
    form.space_before = form.space_after = CELL_SPACE
    form.line_spacing = 1.0
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    # The headings aren't the last line of a page.
    form.keep_with_next = heading or None


def _set(row: _Row, property_: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(property_))  # noqa: SLF001 the library has no other way
