"""The parts of results, drawn as stacked bars: of the departments of one group. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from server.assessment.rules import Rate, quarter_codes
from server.assessment.workbook import part_name
from server.core.rounding import half_up
from server.figures.drawing import Chart, Column, Content, Option, Table
from server.figures.options import legend, name_room, names_axis, option, rows_height, value_axis

QUARTER_COLOURS = ("#9db7da", "#7398c9", "#4a78b4", "#2b5797")
RATE_COLOURS = {
    Rate.CALLED_BACK: "#e0b04f",
    Rate.CALLED_BACK_IN_TIME: "#d39a2c",
    Rate.ANSWERED_IN_TIME: "#8fb573",
    Rate.CLOSED_IN_TIME: "#63924a",
    Rate.SOLVED: "#a98bc4",
}
MOST_ROWS = 40
Node = Mapping[str, Any]


def chart(documents: Sequence[Node], *, code: str, title: str) -> Chart | None:
    """Return the chart of results in the order given, which is never one of merit."""
    if not documents:
        return None
    parts = _parts(documents)
    drawn = documents[:MOST_ROWS]
    notes = ["按部门名称排列，不是名次；不同分组之间不比较。"] if len(documents) > 1 else []
    if any(one["result"] is None for one in documents):
        notes.append("缺少部分的部门没有结果，图中只画出已有的部分。")
    return Chart(
        code=code,
        title=title,
        alt=f"{title}：各部分得分的横向堆积条形图，{len(drawn)} 行，数字见下表。",
        height=rows_height(len(drawn)),
        option=_option(drawn, parts),
        table=Table(
            [
                Column("部门"),
                Column("结果", Content.POINTS),
                *(Column(label, Content.POINTS) for _, label, _ in parts),
            ],
            [
                [
                    one["department"]["name"],
                    None if one["result"] is None else Decimal(one["result"]),
                    *(_points(one, part) for part, _, _ in parts),
                ]
                for one in documents
            ],
        ),
        native=None,
        notes=notes,
    )


def _parts(documents: Sequence[Node]) -> list[tuple[str, str, str]]:
    """Return the code, label and colour of every part that one of the results has."""
    year = documents[0]["year"]
    colours = dict(zip(quarter_codes(year), QUARTER_COLOURS, strict=True))
    colours |= {rate.value: colour for rate, colour in RATE_COLOURS.items()}
    found = {
        part["code"]: part_name(part["kind"], part["code"])
        for one in documents
        for part in one["parts"]
    }
    return [(code, found[code], colour) for code, colour in colours.items() if code in found]


def _points(document: Node, code: str) -> Decimal | None:
    for part in document["parts"]:
        if part["code"] == code and "points" in part:
            return Decimal(part["points"])
    return None


def _option(documents: Sequence[Node], parts: Sequence[tuple[str, str, str]]) -> Option:
    labels = [one["department"]["name"] for one in documents]
    return option(
        legend=legend([label for _, label, _ in parts]),
        grid={"left": name_room(labels), "right": 40, "top": 34, "bottom": 40},
        xAxis=value_axis(0, 100),
        yAxis=names_axis(labels),
        series=[
            {
                "type": "bar",
                "name": label,
                "stack": "parts",
                "barMaxWidth": 22,
                "color": colour,
                "itemStyle": {"borderColor": "#fff", "borderWidth": 0.5},
                "data": [_item(one, code, label) for one in documents],
            }
            for code, label, colour in parts
        ],
    )


def _item(document: Node, code: str, label: str) -> Option:
    points = _points(document, code)
    words = "缺少" if points is None else f"{half_up(points, 2)} 分"
    return {
        "value": 0 if points is None else float(points),
        "tip": [document["department"]["name"], f"{label}：{words}"],
    }
