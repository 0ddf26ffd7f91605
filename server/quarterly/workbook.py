"""An edition as a workbook: note, scores, channels and cases, with charts of the program itself."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from server.core.workbooks import workbook, write_headings
from server.quarterly import tables
from server.quarterly.form import Paper
from server.quarterly.queries import Edition

CHART = {"width": 900}
ROW_HEIGHT = 22
LEAST_HEIGHT = 260
# A sheet's name has 31 characters at most, and some signs are not taken.
FORBIDDEN = str.maketrans("[]:*?/\\'", "        ")
LONGEST_NAME = 31
COLUMN_WIDTHS = {"部门": 30.0, "活动": 34.0, "分组": 16.0, "渠道": 16.0, "说明": 26.0}
RATE_COLUMN = 12.0
BAR = "#8fbfdf"
DOT = "#14527f"


def as_workbook(edition: Edition, paper: Paper) -> bytes:
    """Return an edition as XLSX. No text of it becomes a formula."""
    document = edition.document

    def fill(book: Workbook) -> None:
        _about(book, paper)
        _table(book, "得分", tables.SCORE_HEADINGS, tables.scores(document))
        _table(book, "各渠道", tables.CHANNEL_HEADINGS, tables.channels(document))
        _table(book, "差评件", tables.CASE_HEADINGS, tables.cases(document))
        _charts(book, document)

    return workbook(fill)


def _about(book: Workbook, paper: Paper) -> None:
    sheet = book.add_worksheet("说明")
    sheet.set_column(0, 0, 100)
    sheet.set_paper(9)
    title = book.add_format({"bold": True, "font_size": 18, "align": "center"})
    middle = book.add_format({"align": "center"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, paper.title, title)
    sheet.write_string(1, 0, paper.line, middle)
    for row, text in enumerate([*paper.notes, *paper.signature, *paper.proof], start=3):
        sheet.write_string(row, 0, text, wrapped)


def _table(
    book: Workbook, name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    write_headings(book, sheet, [(one, COLUMN_WIDTHS.get(one, RATE_COLUMN)) for one in headings])
    figure = book.add_format({"num_format": "0.00"})
    for place, row in enumerate(rows, start=1):
        _write(sheet, place, row, figure)


def _write(sheet: Worksheet, place: int, row: Sequence[Any], figure: Format) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, str):
            sheet.write_string(place, column, cell)
        elif isinstance(cell, Decimal):
            sheet.write_number(place, column, cell, figure)
        elif cell is not None:
            sheet.write_number(place, column, cell)


def _charts(book: Workbook, document: tables.Node) -> None:
    """Draw each group's scores with their intervals, a sheet a group; groups are never mixed."""
    for place, group in enumerate(document["groups"], start=1):
        if group["name"] is None:
            continue
        for campaign in document["campaigns"]:
            rows = list(_scored(group, campaign["id"]))
            if rows:
                name = f"图 {place}-{campaign['id']} {group['name']}".translate(FORBIDDEN)
                title = f"{group['name']}：{campaign['title']}"
                _chart(book, book.add_worksheet(name[:LONGEST_NAME]), title, rows)


def _scored(group: tables.Node, campaign: int) -> Iterable[tuple[str, Decimal, Decimal, Decimal]]:
    for department in group["departments"]:
        for part in department["campaigns"]:
            score = part["score"] or {}
            if part["campaign"] == campaign and "score" in score:
                low, high = (Decimal(one) for one in score["interval"])
                yield department["name"], Decimal(score["score"]), low, high


def _chart(
    book: Workbook,
    sheet: Worksheet,
    title: str,
    rows: Sequence[tuple[str, Decimal, Decimal, Decimal]],
) -> None:
    columns = [("部门", 30.0), ("得分", 10.0), ("区间下限", 10.0), ("区间上限", 10.0)]
    write_headings(book, sheet, [*columns, ("向下", 10.0), ("向上", 10.0)])
    for place, (name, score, low, high) in enumerate(rows, start=1):
        sheet.write_string(place, 0, name)
        for column, number in enumerate((score, low, high, score - low, high - score), start=1):
            sheet.write_number(place, column, number)
    last = len(rows)
    chart: Any = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": [sheet.name, 0, 1],
            "categories": [sheet.name, 1, 0, last, 0],
            "values": [sheet.name, 1, 1, last, 1],
            "fill": {"color": BAR},
            "x_error_bars": {
                "type": "custom",
                "plus_values": _range(sheet.name, 5, last),
                "minus_values": _range(sheet.name, 4, last),
                "line": {"color": DOT, "width": 1.5},
            },
        }
    )
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_x_axis({"min": 0, "max": 100, "name": "得分与区间"})
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    chart.set_size({**CHART, "height": max(LEAST_HEIGHT, ROW_HEIGHT * last + 140)})
    sheet.insert_chart(last + 2, 0, chart)


def _range(sheet: str, column: int, last: int) -> str:
    letter = "ABCDEF"[column]
    return f"='{sheet}'!${letter}$2:${letter}${last + 1}"
