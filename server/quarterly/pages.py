"""An edition as pages to print (DOCX), in the form that offices circulate. Pure."""

from collections.abc import Iterable, Sequence

from docx.document import Document as Pages
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph

from server.campaigns.rules import CHANNEL_LABELS, channel_of
from server.core.documents import (
    HEADING_FONT,
    TITLE_FONT,
    Margins,
    add_table,
    add_text,
    new_pages,
    saved,
)
from server.quarterly import tables
from server.quarterly.form import Paper
from server.quarterly.queries import Edition
from server.quarterly.rules import MEASURE_LABELS, RATES, Measure
from server.scoring.rules import REASON_LABELS

TITLE_POINTS, TEXT_POINTS, TABLE_POINTS, PROOF_POINTS = 22, 14, 10.5, 8
MARGINS = Margins(2.4, 2.4, 2.4, 2.4)
RED = RGBColor(0xC0, 0x00, 0x00)
CENTRED, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def as_document(edition: Edition, paper: Paper) -> bytes:
    """Return an edition as DOCX: title, document line, tables by group, notes, signature, proof."""
    pages = new_pages(TEXT_POINTS, margins=MARGINS, across=True)
    add_text(pages, paper.title, size=TITLE_POINTS, font=TITLE_FONT, align=CENTRED, colour=RED)
    _ruled(add_text(pages, paper.line, align=CENTRED))
    document = edition.document
    for group in document["groups"]:
        _heading(pages, group["name"] or tables.NO_GROUP)
        if group["name"] is None:
            add_text(
                pages,
                "下列部门没有可比的分组，单独列出，不作比较。",
                size=TABLE_POINTS,
                keep=True,
            )
        for campaign in document["campaigns"]:
            _results(pages, group, campaign)
        _cases(pages, group)
    _heading(pages, "全市合计")
    _grid(pages, _case_headings(tables.SUM), [_case_row(tables.CITY, document["cases"])])
    _heading(pages, "说明")
    for note in paper.notes:
        add_text(pages, note, indented=True).paragraph_format.space_after = Pt(4)
    for line in paper.signature:
        add_text(pages, line, align=RIGHT, keep=True)
    for line in paper.proof:
        add_text(pages, line, size=PROOF_POINTS)
    return saved(pages, author=paper.signature[0], title=paper.title)


def _heading(pages: Pages, text: str) -> None:
    form = add_text(pages, text, font=HEADING_FONT, keep=True).paragraph_format
    form.space_before, form.space_after = Pt(10), Pt(4)


def _caption(pages: Pages, text: str) -> None:
    form = add_text(pages, text, size=TABLE_POINTS + 1.5, keep=True).paragraph_format
    form.space_before = form.space_after = Pt(4)


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
    _caption(pages, campaign["title"])
    labels = [CHANNEL_LABELS[channel_of(one)] for one in channels]
    headings = ["部门", *(["得分（区间）", "组内名次区间"] if scored else []), *labels]
    rows = []
    for name, part in parts.items():
        shown = {one["channel"]: one for one in part["channels"]}
        score = [_score(part["score"] or {}), _rank(part["score"] or {})] if scored else []
        rows.append([name, *score, *(_channel(shown.get(one)) for one in channels)])
    _grid(pages, headings, rows)


def _score(node: tables.Node) -> str:
    if "score" in node:
        low, high = node["interval"]
        return f"{node['score']}\n（{low}–{high}）"
    return tables.WITHHELD if "withheld" in node else REASON_LABELS.get(node.get("reason", ""), "")


def _rank(node: tables.Node) -> str:
    return tables.rank(node).replace("（", "\n（")


def _channel(node: tables.Node | None) -> str:
    if node is None:
        return ""
    if "withheld" in node:
        return tables.WITHHELD
    return f"{node['score']}\n（{node['count']} 份）" if node["score"] else "没有评价"


def _cases(pages: Pages, group: tables.Node) -> None:
    _caption(pages, "差评件办理")
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
    add_table(pages, headings, list(rows), size=TABLE_POINTS)
    add_text(pages, "", size=PROOF_POINTS)


def _ruled(paragraph: Paragraph) -> None:
    """Draw the red line below the document line."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", str(RED))):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001
