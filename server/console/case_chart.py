"""Open cases by department, drawn as the figure pages do: in time, near their limit, late. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.figures.drawing import Chart, Column, Content, Option, Table
from server.figures.options import legend, name_room, names_axis, option, rows_height, value_axis

MOST_ROWS = 20
PARTS = (("时限内", "#8fa9cf"), ("临近时限", "#e3c45a"), ("超期", "#bf3f3a"))


@dataclass(frozen=True)
class OpenCases:
    """How many cases of a department are open: in time, near their limit, past it."""

    department: str
    in_time: int
    yellow: int
    late: int

    @property
    def parts(self) -> tuple[int, int, int]:
        """The three numbers in the order in which they are drawn."""
        return self.in_time, self.yellow, self.late

    @property
    def total(self) -> int:
        """How many are open at all."""
        return sum(self.parts)


def chart(rows: Sequence[OpenCases]) -> Chart | None:
    """Return the chart of those with open cases, most late ones first; None without any.

    It is a list of work, not of merit: what is drawn is how many wait, of however many there were.
    """
    found = sorted(
        (row for row in rows if row.total), key=lambda row: (-row.late, -row.total, row.department)
    )
    if not found:
        return None
    drawn = found[:MOST_ROWS]
    notes = ["按超期件数排列，只反映当前待办，不是考核名次。"]
    if len(found) > len(drawn):
        notes.append(f"图中是前 {len(drawn)} 个部门，全部 {len(found)} 个见下表。")
    return Chart(
        code="open-cases",
        title="各部门未销号的件",
        alt=f"各部门未销号件数的横向堆积条形图，{len(drawn)} 行，数字见下表。",
        height=rows_height(len(drawn)),
        option=_option(drawn),
        table=Table(
            [Column("部门"), *(Column(name, Content.COUNT) for name in ("未销号", *_names()))],
            [[row.department, row.total, *row.parts] for row in found],
        ),
        native=None,
        notes=notes,
    )


def _names() -> list[str]:
    return [name for name, _ in PARTS]


def _option(rows: Sequence[OpenCases]) -> Option:
    labels = [row.department for row in rows]
    return option(
        legend=legend(_names()),
        grid={"left": name_room(labels), "right": 40, "top": 34, "bottom": 40},
        xAxis=value_axis(0, None, minInterval=1),
        yAxis=names_axis(labels),
        series=[_series(place, rows) for place in range(len(PARTS))],
    )


def _series(place: int, rows: Sequence[OpenCases]) -> Option:
    name, colour = PARTS[place]
    return {
        "type": "bar",
        "name": name,
        "stack": "open",
        "barMaxWidth": 20,
        "color": colour,
        "itemStyle": {"borderColor": "#fff", "borderWidth": 0.5},
        "data": [
            {
                "value": row.parts[place],
                "tip": [row.department, f"{name}：{row.parts[place]} 件", f"共 {row.total} 件"],
            }
            for row in rows
        ],
    }
