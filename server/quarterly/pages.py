"""An edition as pages to print (DOCX), in the form that offices circulate. Pure."""

import io
from collections.abc import Iterable, Sequence

from docx import Document
from docx.document import Document as Pages
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from server.campaigns.rules import CHANNEL_LABELS, channel_of
from server.quarterly import tables
from server.quarterly.form import Paper
from server.quarterly.queries import Edition
from server.quarterly.rules import MEASURE_LABELS, RATES, Measure
from server.scoring.rules import REASON_LABELS

TITLE_FONT, HEADING_FONT, TEXT_FONT, LATIN = "方正小标宋简体", "黑体", "仿宋", "Times New Roman"
TITLE_POINTS, TEXT_POINTS, TABLE_POINTS, PROOF_POINTS = 22, 14, 10, 8
RED = RGBColor(0xC0, 0x00, 0x00)
TEXT_ALIGNMENTS = {0}


def as_document(edition: Edition, paper: Paper) -> bytes:
    """Return an edition as DOCX: title, document line, tables by group, notes, signature, proof."""
    pages = Document()
    _paper(pages)
    _text(pages, paper.title, size=TITLE_POINTS, font=TITLE_FONT, centred=True, colour=RED)
    _ruled(_text(pages, paper.line, centred=True))
    document = edition.document
    for group in document["groups"]:
        _text(pages, group["name"] or tables.NO_GROUP, font=HEADING_FONT, size=TEXT_POINTS)
        if group["name"] is None:
            _text(pages, "下列部门没有可比的分组，单独列出，不作比较。", size=TABLE_POINTS)
        for campaign in document["campaigns"]:
            _results(pages, group, campaign)
        _cases(pages, group)
    _text(pages, "全市合计", font=HEADING_FONT, size=TEXT_POINTS)
    _grid(pages, _case_headings(tables.SUM), [_case_row(tables.CITY, document["cases"])])
    _text(pages, "说明", font=HEADING_FONT, size=TEXT_POINTS)
    for note in paper.notes:
        _text(pages, note, indented=True)
    for line in paper.signature:
        _text(pages, line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for line in paper.proof:
        _text(pages, line, size=PROOF_POINTS, tight=True)
    properties = pages.core_properties
    properties.author, properties.title, properties.comments = paper.signature[0], paper.title, ""
    buffer = io.BytesIO()
    pages.save(buffer)
    return buffer.getvalue()


def _paper(pages: Pages) -> None:
    section = pages.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.top_margin = section.bottom_margin = Cm(2.4)
    section.left_margin = section.right_margin = Cm(2.4)
    style = pages.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(TEXT_POINTS)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TEXT_FONT)
    style.paragraph_format.space_after = Pt(6)


def _results(pages: Pages, group: tables.Node, campaign: tables.Node) -> None:
    parts = {
        one["name"]: part
        for one in group["departments"]
        for part in one["campaigns"]
        if part["campaign"] == campaign["id"]
    }
    if not parts:
        return
    channels = list(
        dict.fromkeys(one["channel"] for part in parts.values() for one in part["channels"])
    )
    scored = any(part["score"] is not None for part in parts.values())
    _text(pages, campaign["title"], size=TABLE_POINTS + 2)
    labels = [CHANNEL_LABELS[channel_of(one)] for one in channels]
    headings = ["部门", *(["得分（区间）", "组内名次区间"] if scored else []), *labels]
    rows = []
    for name, part in parts.items():
        shown = {one["channel"]: one for one in part["channels"]}
        score = [_score(part["score"] or {}), tables.rank(part["score"] or {})] if scored else []
        rows.append([name, *score, *(_channel(shown.get(one)) for one in channels)])
    _grid(pages, headings, rows)


def _score(node: tables.Node) -> str:
    if "score" in node:
        low, high = node["interval"]
        return f"{node['score']}（{low}–{high}）"
    return tables.WITHHELD if "withheld" in node else REASON_LABELS.get(node.get("reason", ""), "")


def _channel(node: tables.Node | None) -> str:
    if node is None:
        return ""
    if "withheld" in node:
        return tables.WITHHELD
    return f"{node['score']}（{node['count']} 份）" if node["score"] else "没有评价"


def _cases(pages: Pages, group: tables.Node) -> None:
    _text(pages, "差评件办理", size=TABLE_POINTS + 2)
    rows = [_case_row(one["name"], one["cases"]) for one in group["departments"]]
    if "cases" in group:
        rows.append(_case_row(tables.SUM, group["cases"]))
    _grid(pages, _case_headings("部门"), rows)


def _case_headings(first: str) -> list[str]:
    return [first, MEASURE_LABELS[Measure.REGISTERED], *(label for _, _, label in RATES)]


def _case_row(name: str, nodes: tables.Node) -> list[str]:
    registered = nodes[Measure.REGISTERED.value]
    count = tables.WITHHELD if "withheld" in registered else str(registered["of"])
    rates = []
    for measure, part, _ in RATES:
        node = nodes[measure.value]
        text = tables.rate(node, part)
        rates.append(text if "withheld" in node else f"{text}（{node[part]}/{node['of']}）")
    return [name, count, *rates]


def _grid(pages: Pages, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    every = list(rows)
    grid = pages.add_table(rows=1 + len(every), cols=len(headings))
    grid.style = "Table Grid"
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, heading in enumerate(headings):
        _cell(grid.cell(0, column), heading, bold=True)
    for line, row in enumerate(every, start=1):
        for column, text in enumerate(row):
            _cell(grid.cell(line, column), text, centred=column not in TEXT_ALIGNMENTS)
    # The headings stand again on the next page.
    repeated = OxmlElement("w:tblHeader")
    grid.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 the library has no other way
    _text(pages, "", size=PROOF_POINTS, tight=True)


def _cell(cell: _Cell, text: str, *, bold: bool = False, centred: bool = True) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(TABLE_POINTS)
    paragraph.paragraph_format.space_after = Pt(0)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _text(
    pages: Pages,
    text: str,
    *,
    size: int = TEXT_POINTS,
    font: str = "",
    colour: RGBColor | None = None,
    centred: bool = False,
    indented: bool = False,
    tight: bool = False,
) -> Paragraph:
    paragraph = pages.add_paragraph()
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    if font:
        run.font.name = LATIN
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001
    if colour is not None:
        run.font.color.rgb = colour
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indented:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    if tight:
        paragraph.paragraph_format.space_after = Pt(0)
    return paragraph


def _ruled(paragraph: Paragraph) -> None:
    """Draw the red line below the document line."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", str(RED))):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001
