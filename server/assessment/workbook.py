"""A year's results as XLSX, with each part and a chart for each group. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from server.assessment.rules import (
    RATE_LABELS,
    REASON_LABELS,
    WITHOUT_LABELS,
    PartKind,
    Rate,
    Reason,
    WithoutCases,
)
from server.core.workbooks import workbook, write_headings, write_texts

NO_GROUP = "未分组"
CHART_WIDTH, ROW_PIXELS, LEAST_HEIGHT = 900, 30, 320
FIXED = (("分组", 18.0), ("部门", 28.0), ("结果", 12.0), ("缺少的部分", 30.0))
PART_WIDTH = 14.0
WHITE = "#ffffff"

Node = Mapping[str, Any]


def year_workbook(year: int, scheme: Node, version: int, documents: Sequence[Node]) -> bytes:
    """Return a year's results, group by group and by name; no text of it becomes a formula."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("结果")
        parts = _parts(documents)
        labels = [(label, PART_WIDTH) for _, label in parts]
        write_headings(book, sheet, [*FIXED, *labels])
        ordered = sorted(documents, key=lambda one: (one["group"] is None, one["group"] or ""))
        for row, document in enumerate(ordered, start=1):
            _write(sheet, row, document, parts)
        _charts(book, ordered, parts)
        _about(book, year, scheme, version)

    return workbook(fill)


def part_name(kind: str, code: str) -> str:
    """Return the name of a part."""
    return f"第 {code[-1]} 季度" if kind == PartKind.QUARTER else RATE_LABELS[Rate(code)]


def missing_words(document: Node) -> str:
    """Say which parts are missing and why."""
    return "；".join(
        f"{part_name(part['kind'], part['code'])}：{REASON_LABELS[Reason(part['reason'])]}"
        + ("（权重已分给其他部分）" if part["code"] in document["spread"] else "")
        for part in document["parts"]
        if part.get("reason")
    )


def _parts(documents: Iterable[Node]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for document in documents:
        for part in document["parts"]:
            found.setdefault(part["code"], part_name(part["kind"], part["code"]))
    return list(found.items())


def _write(sheet: Worksheet, row: int, document: Node, parts: Sequence[tuple[str, str]]) -> None:
    write_texts(sheet, row, [document["group"] or NO_GROUP, document["department"]["name"]])
    if document["result"] is not None:
        sheet.write_number(row, 2, Decimal(document["result"]))
    write_texts(sheet, row, [missing_words(document)], first=3)
    points = {part["code"]: part.get("points") for part in document["parts"]}
    for column, (code, _) in enumerate(parts, start=len(FIXED)):
        if points.get(code) is not None:
            sheet.write_number(row, column, Decimal(points[code]))


def _charts(book: Workbook, documents: Sequence[Node], parts: Sequence[tuple[str, str]]) -> None:
    """Draw each group by itself: departments of different groups are not compared."""
    sheet = book.add_worksheet("图")
    below = 1
    first = 1
    while first <= len(documents):
        group = documents[first - 1]["group"]
        last = first
        while last < len(documents) and documents[last]["group"] == group:
            last += 1
        chart = book.add_chart({"type": "bar", "subtype": "stacked"})
        for column, _ in enumerate(parts, start=len(FIXED)):
            chart.add_series(
                {
                    "name": ["结果", 0, column],
                    "categories": ["结果", first, 1, last, 1],
                    "values": ["结果", first, column, last, column],
                    "border": {"color": WHITE},
                }
            )
        height = max(LEAST_HEIGHT, ROW_PIXELS * (last - first + 1) + 140)
        chart.set_title({"name": f"{group or NO_GROUP}：各部分得分"})
        chart.set_x_axis({"min": 0, "max": 100, "name": "分"})
        chart.set_y_axis({"reverse": True})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": CHART_WIDTH, "height": height})
        sheet.insert_chart(below, 0, chart)
        below += height // 20 + 2
        first = last + 1


def weights(scheme: Node) -> list[tuple[str, str]]:
    """Return the parts of a scheme with their weights, quarters first, in their own order."""
    quarters = [
        (part_name(PartKind.QUARTER, code), scheme["quarters"][code])
        for code in sorted(scheme["quarters"])
    ]
    rates = [
        (RATE_LABELS[rate], scheme["rates"][rate.value])
        for rate in Rate
        if rate.value in scheme["rates"]
    ]
    return [*quarters, *rates]


def _about(book: Workbook, year: int, scheme: Node, version: int) -> None:
    sheet = book.add_worksheet("方案")
    write_headings(book, sheet, (("项目", 24.0), ("内容", 70.0)))
    rows = [
        ("年度", str(year)),
        ("方案版次", f"第 {version} 版"),
        *((f"权重：{name}", weight) for name, weight in weights(scheme)),
        ("没有应办的件时", WITHOUT_LABELS[WithoutCases(scheme["without_cases"])]),
        ("季度得分", "该季度晾晒公布的各项活动总分的平均。"),
        ("名次", "不排名次，不同分组之间不比较。"),
    ]
    for row, cells in enumerate(rows, start=1):
        write_texts(sheet, row, cells)
