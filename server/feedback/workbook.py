"""A sheet as XLSX: the same tables as its document, with a chart of items against the median."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from server.core.workbooks import workbook, write_headings, write_texts
from server.feedback import tables
from server.feedback.document import Node
from server.feedback.rules import number_line
from server.quarterly.rules import quarter_label

WIDTHS = {"标题": 44.0, "活动": 40.0, "子项": 34.0, "说明": 30.0}
OWN, MIDDLE = "#2f6db3", "#c9a227"
CHART_WIDTH, ROW_PIXELS, LEAST_HEIGHT = 820, 24, 320


def sheet_workbook(document: Node, comments: Sequence[str], *, version: int) -> bytes:
    """Return a sheet's workbook; no text of it becomes a formula."""

    def fill(book: Workbook) -> None:
        _about(book, document, version)
        _sheet(book, "总分", tables.SCORE_HEADINGS, tables.scores(document))
        _sheet(book, "渠道", tables.CHANNEL_HEADINGS, tables.channels(document))
        _items(book, document)
        _sheet(book, "差评件比率", tables.RATE_HEADINGS, tables.rates(document))
        every = tables.cases(document["cases"]["list"])
        _sheet(book, "差评件", tables.CASE_HEADINGS, every)
        _sheet(book, "留言（匿名）", ("留言",), ([one] for one in comments), {"留言": 100.0})

    return workbook(fill)


def _about(book: Workbook, document: Node, version: int) -> None:
    figures = document["cases"]["figures"]
    rows = [
        ("部门", document["department"]["name"]),
        ("季度", quarter_label(document["quarter"])),
        ("文号", number_line(document["quarter"], document["department"]["id"], version)),
        ("差评件统计截止", document["as_of"][:10]),
        *(
            ("数字出处", f"{one['title']}（{one['closed_on']} 结束）第 {one['version']} 版")
            for one in document["publications"]
        ),
        ("本季度挂号", f"{figures['registered']} 件"),
        ("目前未销号", f"{figures['open']} 件，其中超期 {figures['late']} 件"),
        ("不公布", "少于最小公布人数的数字，以及可能推算出它们的数字。"),
        (
            "中位数",
            "同一活动、同一渠道中已公布且作答数达到最小公布人数的部门的中位数，至少三个部门。",
        ),
    ]
    _sheet(book, "说明", ("项目", "内容"), rows, {"项目": 18.0, "内容": 80.0})


def _items(book: Workbook, document: Node) -> None:
    """Write every published item, the weakest against the median first, and draw them."""
    found = sorted(
        document["items"], key=lambda one: (Decimal(one.get("difference", 0)), one["code"])
    )
    sheet = _sheet(book, "子项", tables.ITEM_HEADINGS, tables.items(found))
    drawn = sum("median" in one for one in found)
    if not drawn:
        return
    chart = book.add_chart({"type": "bar"})
    last = len(found)
    for column, colour in ((3, OWN), (4, MIDDLE)):
        chart.add_series(
            {
                "name": ["子项", 0, column],
                "categories": ["子项", 1, 0, last, 1],
                "values": ["子项", 1, column, last, column],
                "fill": {"color": colour},
            }
        )
    chart.set_title({"name": "各子项得分与全部部门中位数"})
    chart.set_x_axis({"min": 0, "max": 100, "name": "分"})
    # The first row on top, as in the table.
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": CHART_WIDTH, "height": max(LEAST_HEIGHT, ROW_PIXELS * 2 * last)})
    sheet.insert_chart(1, len(tables.ITEM_HEADINGS) + 1, chart)


def _sheet(
    book: Workbook,
    name: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: dict[str, float] | None = None,
) -> Worksheet:
    sheet = book.add_worksheet(name)
    wanted = widths or WIDTHS
    write_headings(book, sheet, [(one, wanted.get(one, 16.0)) for one in headings])
    for line, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            number = _number(headings[place], cell)
            if number is None:
                write_texts(sheet, line, [cell], first=place)
            else:
                sheet.write_number(line, place, number)
    return sheet


NUMERIC = {"得分", "全部部门中位数", "相差", "评价份数", "作答数", "完成", "应办"}


def _number(heading: str, cell: str) -> Any:
    """Return a figure as a number, so that the workbook can draw and add it."""
    if heading not in NUMERIC:
        return None
    try:
        return Decimal(cell.replace("−", "-").replace("+", ""))
    except ArithmeticError:
        return None
