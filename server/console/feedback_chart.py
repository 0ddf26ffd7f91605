"""A department's strong and weak items, drawn as distances from the median. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from server.feedback import document as content
from server.feedback.document import Node
from server.feedback.tables import channel, signed
from server.figures.drawing import Chart, Column, Content, Option, Table
from server.figures.options import (
    FAINT,
    RULE,
    name_room,
    names_axis,
    option,
    rows_height,
    value_axis,
)

ABOVE, BELOW = "#2f6db3", "#bf3f3a"


def chart(document: Node) -> Chart | None:
    """Return the chart of the items furthest above and below the median; None without any."""
    found = [*content.strong(document), *reversed(content.weak(document))]
    if not found:
        return None
    return Chart(
        code="items",
        title="主要长处和短板：与全部部门中位数相差的分数",
        alt=f"子项得分与中位数之差的横向条形图，{len(found)} 行，数字见下表。",
        height=rows_height(len(found)),
        option=_option(found),
        table=Table(
            [
                Column("子项"),
                Column("渠道"),
                Column("作答数", Content.COUNT),
                Column("得分", Content.POINTS),
                Column("中位数", Content.POINTS),
                Column("相差", Content.POINTS),
            ],
            [
                [
                    f"{one['code']} {one['name']}",
                    channel(one["channel"]),
                    one["count"],
                    Decimal(one["score"]),
                    Decimal(one["median"]),
                    Decimal(one["difference"]),
                ]
                for one in found
            ],
        ),
        native=None,
        notes=[
            "中位数由同一活动、同一渠道中已公布、作答数达到最小公布人数的部门算出，只列相差最多的子项，不是名次。"
        ],
    )


def _option(found: Sequence[Node]) -> Option:
    labels = [f"{one['name']} · {channel(one['channel'])}" for one in found]
    reach = _reach(found)
    return option(
        grid={"left": name_room(labels), "right": 56, "top": 12, "bottom": 40},
        xAxis=value_axis(-reach, reach, interval=reach // 5),
        yAxis=names_axis(labels, axisLine={"lineStyle": {"color": RULE}, "onZero": False}),
        series=[
            {
                "type": "bar",
                "name": "与中位数相差",
                "barMaxWidth": 16,
                "data": [_item(one, label) for one, label in zip(found, labels, strict=True)],
            }
        ],
    )


def _item(one: Node, label: str) -> Option:
    difference = float(one["difference"])
    return {
        "value": difference,
        "itemStyle": {"color": ABOVE if difference > 0 else BELOW},
        "label": {
            "show": True,
            "position": "right" if difference > 0 else "left",
            "formatter": signed(one["difference"]),
            "color": FAINT,
        },
        "tip": [
            label,
            f"得分 {one['score']}",
            f"中位数 {one['median']}（{one['departments']} 个部门）",
        ],
    }


def _reach(found: Sequence[Node]) -> int:
    """Return how far the axis goes to both sides, in whole fives."""
    furthest = max(abs(float(one["difference"])) for one in found) * 1.2
    return max(5, int(-(-furthest // 5) * 5))
