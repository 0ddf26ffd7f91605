"""Parts of ECharts options that all charts share. Pure.

Everything is plain JSON. A data item may have ``tip``, lines of text: the page's script shows them
beside the pointer. ``INTERVAL`` names the one shape that the script adds: a line from low to high.
"""

from collections.abc import Sequence
from typing import Any

from server.figures.drawing import Option

FONT = (
    '"PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", '
    '"Source Han Sans SC", system-ui, sans-serif'
)
INK = "#1f2937"
FAINT = "#5b6675"
RULE = "#e3e7ee"
INTERVAL = "ronghe-interval"
NAME_WIDTH = 176
LEAST_NAME = 64
CHARACTER = 12.4
ROW_HEIGHT = 26
MARGIN = 92


def option(**parts: Any) -> Option:
    """Return an option with what every chart has: fonts, no movement, a description for readers."""
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT, "color": INK},
        "aria": {"enabled": True, "label": {"enabled": False}},
        "tooltip": {"trigger": "item", "confine": True},
        **parts,
    }


def legend(names: Sequence[str], **more: Any) -> Option:
    """Return a legend above the chart, in the order given."""
    return {
        "top": 0,
        "left": "center",
        "data": list(names),
        "itemWidth": 16,
        "itemHeight": 11,
        "textStyle": {"color": INK},
        **more,
    }


def names_axis(names: Sequence[str], **more: Any) -> Option:
    """Return an axis of names from top to bottom; what is too long is cut, the table has it all."""
    return {
        "type": "category",
        "inverse": True,
        "data": list(names),
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": RULE}},
        "axisLabel": {
            "color": INK,
            "width": NAME_WIDTH,
            "overflow": "truncate",
            "interval": 0,
        },
        **more,
    }


def value_axis(lowest: float, highest: float | None, *, unit: str = "", **more: Any) -> Option:
    """Return an axis of numbers; without a highest one it ends at a round number above all."""
    return {
        "type": "value",
        "min": lowest,
        "max": highest,
        "axisLabel": {"color": FAINT, "formatter": f"{{value}}{unit}"},
        "splitLine": {"lineStyle": {"color": RULE}},
        **more,
    }


def name_room(names: Sequence[str]) -> int:
    """Return how wide the names beside a chart are, with some air."""
    longest = max((sum(map(_width, name)) for name in names), default=0)
    return 18 + int(min(NAME_WIDTH, max(LEAST_NAME, longest * CHARACTER)))


def shortened(name: str) -> str:
    """Cut a name at its beginning to the room there is, where its end tells it from the others."""
    room = NAME_WIDTH / CHARACTER
    if sum(map(_width, name)) <= room:
        return name
    while sum(map(_width, name)) > room - 1:
        name = name[1:]
    return f"…{name}"


def _width(sign: str) -> float:
    return 1 if ord(sign) > ord("~") else 0.6


def rows_height(rows: int) -> int:
    """Return the height of a chart with so many rows."""
    return MARGIN + ROW_HEIGHT * max(rows, 2)


def interval_series(
    items: Sequence[Any],
    *,
    name: str,
    colour: str,
    width: float,
    caps: bool,
    axis: int = 0,
) -> Option:
    """Return lines from low to high; ``items`` are [low, high, row] with or without a tip."""
    return {
        "type": "custom",
        "name": name,
        "renderItem": INTERVAL,
        "itemPayload": {"colour": colour, "width": width, "caps": caps},
        "itemStyle": {"color": colour},
        "encode": {"x": [0, 1], "y": 2},
        "xAxisIndex": axis,
        "yAxisIndex": axis,
        "data": list(items),
        "z": 3,
    }


def lower_end(values: Sequence[float], *, step: int = 10, least: float = 0) -> float:
    """Return where an axis begins that shows only what there is: a round number below it all."""
    return max(least, min(values, default=least) // step * step)
