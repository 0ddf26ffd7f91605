"""A figure as a workbook: a sheet of words, and a sheet for each chart with its table. Pure.

The charts are the spreadsheet program's own and read the table's cells: who corrects a cell, or
copies a chart into a report, has numbers and not a picture.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from server.core.workbooks import workbook, write_headings, write_texts
from server.figures.drawing import (
    Cell,
    Chart,
    Column,
    Content,
    Figure,
    Native,
    NativeKind,
    Series,
    Table,
)
from server.figures.rules import INTERNAL

FORMATS = {
    Content.COUNT: "#,##0",
    Content.POINTS: "0.00",
    Content.SHARE: "0.0%",
}
FIRST_ROW = 1
NARROWEST, WIDEST = 10, 48
CHART_WIDTH = 900
LEAST_HEIGHT, ROW_PIXELS = 360, 22
LONGEST_SHEET_NAME = 31
SIGNS = ("circle", "square", "triangle", "diamond", "x", "star")
PLUS, MINUS = "上误差", "下误差"


def figure_workbook(title: str, figure: Figure) -> bytes:
    """Return an XLSX file of a figure."""

    def fill(book: Workbook) -> None:
        _write_words(book, title, figure)
        for chart in figure.charts:
            _write_chart(book, chart)

    return workbook(fill)


def _write_words(book: Workbook, title: str, figure: Figure) -> None:
    sheet = book.add_worksheet("说明")
    bold = book.add_format({"bold": True, "font_size": 14})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90, book.add_format({"text_wrap": True, "valign": "top"}))
    sheet.write_string(0, 0, f"{title}（{INTERNAL}）", bold)
    lines = [
        ("含义", figure.meaning),
        *figure.facts,
        *(("说明", note) for note in figure.notes),
        *(("说明", f"{chart.title}：{note}") for chart in figure.charts for note in chart.notes),
        ("使用范围", "内部资料，含人数很少的分组，不得对外提供。"),
    ]
    for row, line in enumerate(lines, start=2):
        write_texts(sheet, row, line)


def _write_chart(book: Workbook, chart: Chart) -> None:
    sheet = book.add_worksheet(_free_name(book, chart.title))
    table = chart.table
    widths = [(column.label, _width(table, at)) for at, column in enumerate(table.columns)]
    write_headings(book, sheet, widths)
    formats = {content: book.add_format({"num_format": code}) for content, code in FORMATS.items()}
    for row, cells in enumerate(table.rows, start=FIRST_ROW):
        for column, cell in enumerate(cells):
            _write_cell(sheet, row, column, cell, formats.get(table.columns[column].content))
    if chart.native is None or not table.rows:
        return
    if chart.native.kind is NativeKind.HEAT:
        _colour_scale(sheet, chart.native)
    else:
        _insert(book, sheet, chart, chart.native)


def _write_cell(
    sheet: Worksheet, row: int, column: int, cell: Cell, number_format: Format | None
) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif cell is not None:
        sheet.write_number(row, column, float(cell), number_format)


def _colour_scale(sheet: Worksheet, native: Native) -> None:
    first, last = native.series[0], native.series[-1]
    sheet.conditional_format(
        FIRST_ROW + first.first,
        first.column,
        FIRST_ROW + last.last,
        last.column,
        {
            "type": "3_color_scale",
            "min_type": "num",
            "min_value": 50,
            "min_color": "#ef8a62",
            "mid_type": "num",
            "mid_value": 80,
            "mid_color": "#f7f7f7",
            "max_type": "num",
            "max_value": 100,
            "max_color": "#67a9cf",
        },
    )


def _insert(book: Workbook, sheet: Worksheet, chart: Chart, native: Native) -> None:
    drawn = book.add_chart(CHART_TYPES[native.kind])
    spans = _error_columns(book, sheet, chart, native)
    for place, series in enumerate(native.series):
        drawn.add_series(_series(sheet.get_name(), native, series, place, spans))
    drawn.set_title({"name": chart.title, "name_font": {"size": 13}})
    value_axis: dict[str, Any] = {"name": native.axis, "major_gridlines": {"visible": True}}
    if native.kind is not NativeKind.STACKED:
        value_axis |= {"min": native.lowest, "max": native.highest}
    if native.axis in {"应答率", "占比"}:
        value_axis["num_format"] = "0%"
    category_axis: dict[str, Any] = {"interval_unit": 1}
    if native.kind in {NativeKind.STACKED, NativeKind.BARS}:
        # A bar chart begins at its foot; the table at its head. Its axes are named the other way.
        category_axis["reverse"] = True
        value_axis["label_position"] = "high"
    if native.kind in UPRIGHT:
        drawn.set_x_axis(category_axis)
        drawn.set_y_axis(value_axis)
    else:
        drawn.set_x_axis(value_axis)
        drawn.set_y_axis(category_axis)
    drawn.set_legend({"position": "top"})
    lines = max(series.last - series.first + 1 for series in native.series)
    tall = native.kind not in UPRIGHT
    height = max(LEAST_HEIGHT, 120 + ROW_PIXELS * lines) if tall else LEAST_HEIGHT + 80
    drawn.set_size({"width": CHART_WIDTH, "height": height})
    drawn.show_blanks_as("gap")
    sheet.insert_chart(FIRST_ROW, len(chart.table.columns) + len(spans) * 2 + 1, drawn)


UPRIGHT = frozenset({NativeKind.LINES, NativeKind.DOTS})
CHART_TYPES: dict[NativeKind, dict[str, str]] = {
    NativeKind.STACKED: {"type": "bar", "subtype": "percent_stacked"},
    NativeKind.BARS: {"type": "bar"},
    NativeKind.LINES: {"type": "line"},
    NativeKind.DOTS: {"type": "line"},
}


def _series(
    sheet: str,
    native: Native,
    series: Series,
    place: int,
    spans: dict[tuple[int, int], int],
) -> dict[str, Any]:
    rows = FIRST_ROW + series.first, FIRST_ROW + series.last
    found: dict[str, Any] = {
        "name": series.name,
        "categories": [sheet, rows[0], native.category, rows[1], native.category],
        "values": [sheet, rows[0], series.column, rows[1], series.column],
        "gap": 40,
    }
    line: dict[str, Any] = {"color": series.colour, "width": 2}
    if native.kind in UPRIGHT:
        sign = SIGNS[place % len(SIGNS)]
        fill = {"color": series.colour}
        found["marker"] = {"type": sign, "size": 7, "fill": fill, "border": fill}
        found["line"] = {"none": True} if native.kind is NativeKind.DOTS else line
    else:
        found["fill"] = {"color": series.colour}
    if series.low is not None and series.high is not None:
        plus = spans[series.low, series.high]
        found["y_error_bars"] = {
            "type": "custom",
            "plus_values": _reference(sheet, rows, plus),
            "minus_values": _reference(sheet, rows, plus + 1),
        }
    return found


def _reference(sheet: str, rows: tuple[int, int], column: int) -> str:
    first = xl_rowcol_to_cell(rows[0], column, row_abs=True, col_abs=True)
    last = xl_rowcol_to_cell(rows[1], column, row_abs=True, col_abs=True)
    return f"='{sheet}'!{first}:{last}"


def _error_columns(
    book: Workbook, sheet: Worksheet, chart: Chart, native: Native
) -> dict[tuple[int, int], int]:
    """Write how far each interval reaches up and down, which is what error bars are drawn from.

    Returns where they stand, right of the table, by the columns of the interval's ends.
    """
    spans: dict[tuple[int, int], int] = {}
    bold = book.add_format({"bold": True, "bottom": 1})
    for series in native.series:
        if series.low is None or series.high is None or (series.low, series.high) in spans:
            continue
        at = len(chart.table.columns) + 2 * len(spans)
        spans[series.low, series.high] = at
        write = [(PLUS, series.high, 1), (MINUS, series.low, -1)]
        for place, (label, end, sign) in enumerate(write):
            sheet.write_string(0, at + place, label, bold)
            for row, cells in enumerate(chart.table.rows, start=FIRST_ROW):
                reach = _difference(cells[end], cells[series.column])
                if reach is not None:
                    sheet.write_number(row, at + place, float(sign * reach))
    return spans


def _difference(end: Cell, value: Cell) -> Decimal | None:
    if isinstance(end, str) or isinstance(value, str) or end is None or value is None:
        return None
    return Decimal(end) - Decimal(value)


def _free_name(book: Workbook, title: str) -> str:
    kept = "".join(sign for sign in title if sign not in "[]:*?/\\'")[: LONGEST_SHEET_NAME - 3]
    taken = {sheet.get_name() for sheet in book.worksheets()}
    names = [kept or "数据", *(f"{kept} {number}" for number in range(2, 99))]
    return next(name for name in names if name not in taken)


def _width(table: Table, at: int) -> float:
    column: Column = table.columns[at]
    texts: Sequence[str] = [column.label, *(str(row[at] or "") for row in table.rows[:100])]
    # Chinese characters are twice as wide as figures.
    widths = [sum(2 if ord(one) > 0x2E80 else 1 for one in text) for text in texts]  # noqa: PLR2004
    return max(NARROWEST, min(WIDEST, max(widths) + 2))
