"""Pages to print: widths by content, whole rows, page numbers; and how workbooks print."""

import io
from collections.abc import Sequence

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.table import Table
from openpyxl import load_workbook

from server.core.documents import add_table, add_text, new_pages, saved
from server.core.workbooks import workbook, write_headings

HEADINGS = ("编号", "内容")
POINTS = 10.5


def table_of(*rows: Sequence[str], across: bool = False) -> Table:
    pages = new_pages(POINTS, across=across)
    add_table(pages, HEADINGS, rows, size=POINTS, left=(1,))
    return Document(io.BytesIO(saved(pages, author="评价办", title="清单"))).tables[0]


def widths(table: Table) -> list[float]:
    return [column.width.cm for column in table.columns]


def test_a_table_is_as_wide_as_the_text_of_its_page() -> None:
    assert sum(widths(table_of(("1", "短")))) == pytest.approx(21 - 2.8 - 2.6, abs=0.01)
    assert sum(widths(table_of(("1", "短"), across=True))) == pytest.approx(29.7 - 5.4, abs=0.01)


def test_a_long_text_breaks_its_lines_and_leaves_figures_whole() -> None:
    narrow, wide = widths(table_of(("2026-00060", "很长的一段话" * 40)))
    # Ten half signs of 10.5 points are 1.9 cm; beside them the cell's margins.
    assert 2.2 < narrow < 3
    assert wide > 12


def test_columns_that_want_the_same_get_the_same_however_long_they_are() -> None:
    first, second = widths(table_of(("话" * 300, "话" * 300)))
    assert first == pytest.approx(second, abs=0.01)


def test_a_line_feed_narrows_a_column() -> None:
    whole = widths(table_of(("88.75（16 份）", "很长的一段话" * 40)))
    broken = widths(table_of(("88.75\n（16 份）", "很长的一段话" * 40)))
    assert broken[0] < whole[0]


def test_headings_stand_on_each_page_and_no_row_is_torn() -> None:
    rows = table_of(("1", "甲"), ("2", "乙")).rows
    marks = [[child.tag for child in row._tr.trPr] for row in rows]
    assert [qn("w:tblHeader") in one for one in marks] == [True, False, False]
    assert all(qn("w:cantSplit") in one for one in marks)
    assert all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in rows[0].cells)


def test_figures_are_centred_and_words_are_not() -> None:
    cells = table_of(("1", "甲")).rows[1].cells
    assert [one.paragraphs[0].alignment for one in cells] == [WD_ALIGN_PARAGRAPH.CENTER, None]


def test_an_empty_table_has_its_headings_alone() -> None:
    table = table_of()
    assert [cell.text for cell in table.rows[0].cells] == list(HEADINGS)
    assert len(table.rows) == 1


def test_each_page_has_its_number_unless_it_is_a_letter() -> None:
    foot = new_pages(POINTS).sections[0].footer.paragraphs[0]
    assert [one.text for one in foot._p.iter(qn("w:instrText"))] == ["PAGE"]
    assert foot.text == "—  —"
    assert not new_pages(POINTS, numbered=False).sections[0].footer.paragraphs[0].runs


def test_a_files_properties_name_the_office() -> None:
    pages = new_pages(POINTS)
    add_text(pages, "正文", indented=True)
    properties = Document(io.BytesIO(saved(pages, author="评价办", title="清单"))).core_properties
    assert (properties.author, properties.title, properties.comments) == ("评价办", "清单", "")


def test_a_workbook_prints_as_wide_as_a_page_with_its_headings_on_each() -> None:
    data = workbook(
        lambda book: write_headings(book, book.add_worksheet("表"), [(one, 9) for one in HEADINGS])
    )
    sheet = load_workbook(io.BytesIO(data))["表"]
    setup = sheet.page_setup
    assert (setup.orientation, int(setup.paperSize), int(setup.fitToHeight)) == ("landscape", 9, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.oddFooter.center.text == "&P / &N"
