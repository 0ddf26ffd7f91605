"""Response rates of the sample survey by panel, by cell and from day to day. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from server.core.rounding import half_up
from server.figures.drawing import (
    Cell,
    Chart,
    Column,
    Content,
    Native,
    NativeKind,
    Option,
    Series,
    Table,
    per_cent,
    share,
)
from server.figures.options import (
    INK,
    RULE,
    interval_series,
    legend,
    name_room,
    names_axis,
    option,
    rows_height,
    shortened,
    value_axis,
)
from server.figures.rules import MAIN_COLOUR, SERIES_COLOURS, SERIES_SIGNS, SOFT_COLOUR
from server.figures.views import DayLine, RateLine
from server.sampling.rules import MERGED, PANEL_LABELS, Panel, categories_of, cell_label
from server.scoring.intervals import wilson

RATE, RANGE = "应答率", "95% 区间"
MOST_CELLS_DRAWN = 60


def charts(rates: Sequence[RateLine], days: Sequence[DayLine]) -> list[Chart]:
    """Return the charts that there is something to draw for."""
    panels = [line for line in rates if line.cell is None]
    cells = [line for line in rates if line.cell is not None]
    found = [_rates("panels", "各群体的应答率", "群体", panels)]
    if days:
        found.append(by_day(days))
    if cells:
        found.append(_rates("cells", "各层的应答率", "群体 · 层", cells))
    return found


def panel_label(code: str) -> str:
    """Return a panel's name."""
    return PANEL_LABELS[Panel(code)]


def _name(line: RateLine) -> str:
    panel = panel_label(line.panel)
    return panel if line.cell is None else f"{panel} · {cell_label(line.cell)}"


def _axis_name(line: RateLine) -> str:
    """Return panel and categories without the dimensions' names; cut where the panel begins."""
    panel = panel_label(line.panel)
    categories = [_merged(one) for one in categories_of(line.cell or "").values()]
    return shortened(f"{panel} {' · '.join(categories)}") if categories else panel


def _merged(category: str) -> str:
    first, *others = category.split(MERGED)
    return f"{first}等{len(others) + 1}类" if others else first


def _ends(line: RateLine) -> tuple[Decimal, Decimal] | None:
    if not line.asked:
        return None
    interval = wilson(line.answered, line.asked)
    return half_up(interval.low, 3), half_up(interval.high, 3)


def _rates(code: str, title: str, heading: str, lines: Sequence[RateLine]) -> Chart:
    drawn = lines[:MOST_CELLS_DRAWN]
    return Chart(
        code=code,
        title=title,
        alt=f"{title}：横向条形图，{len(drawn)} 行，数字见下表。",
        height=rows_height(len(drawn)) + 30,
        option=_rates_option(drawn),
        table=_rates_table(heading, lines),
        native=Native(
            NativeKind.BARS,
            0,
            [Series(RATE, 3, 0, len(lines) - 1, low=4, high=5, colour=MAIN_COLOUR)],
            axis=RATE,
            lowest=0,
            highest=1,
        ),
        notes=["区间按 Wilson 法计算；应答对象是所有曾被邀请的人，被替换的人也在内。"],
    )


def _rates_table(heading: str, lines: Sequence[RateLine]) -> Table:
    rows: list[list[Cell]] = [
        [
            _name(line),
            line.asked,
            line.answered,
            share(line.answered, line.asked),
            *(_ends(line) or (None, None)),
        ]
        for line in lines
    ]
    columns = [
        Column(heading),
        Column("应答对象", Content.COUNT),
        Column("已应答", Content.COUNT),
        Column(RATE, Content.SHARE),
        Column("区间下限", Content.SHARE),
        Column("区间上限", Content.SHARE),
    ]
    return Table(columns, rows)


def _rates_option(lines: Sequence[RateLine]) -> Option:
    bars = []
    spans = []
    for row, line in enumerate(lines):
        rate, ends = share(line.answered, line.asked), _ends(line)
        if rate is None or ends is None:
            continue
        low, high = (float(per_cent(end)) for end in ends)
        tip = [
            _name(line),
            f"应答率 {per_cent(rate)}%（{line.answered:,} / {line.asked:,}）",
            f"95% 区间 {low}% – {high}%",
        ]
        bars.append({"value": [float(per_cent(rate)), row], "tip": tip})
        spans.append({"value": [low, high, row], "tip": tip})
    return option(
        legend=legend([RATE, RANGE]),
        grid={
            "left": name_room([_axis_name(line) for line in lines]),
            "right": 110,
            "top": 38,
            "bottom": 36,
        },
        xAxis=value_axis(0, 100, unit="%"),
        yAxis=[
            names_axis([_axis_name(line) for line in lines]),
            names_axis(
                [f"{line.answered:,} / {line.asked:,}" for line in lines],
                position="right",
                axisLine={"show": False},
                axisLabel={"interval": 0, "color": INK},
            ),
        ],
        series=[
            {
                "type": "bar",
                "name": RATE,
                "barMaxWidth": 16,
                "color": SOFT_COLOUR,
                "encode": {"x": 0, "y": 1},
                "data": bars,
            },
            interval_series(spans, name=RANGE, colour=INK, width=1.6, caps=True),
        ],
    )


def by_day(days: Sequence[DayLine]) -> Chart:
    """Return how the panels' response rates grew from day to day."""
    moments = sorted({line.day for line in days})
    panels = list(dict.fromkeys(line.panel for line in days))
    known = {(line.panel, line.day): line for line in days}
    rows: list[list[Cell]] = []
    for day in moments:
        row: list[Cell] = [day.isoformat()]
        for panel in panels:
            line = known.get((panel, day))
            if line is None:
                row += [None, None]
            else:
                row += [line.answered, share(line.answered, line.asked)]
        rows.append(row)
    columns = [Column("日期")]
    for panel in panels:
        columns += [
            Column(f"{panel_label(panel)}已应答", Content.COUNT),
            Column(f"{panel_label(panel)}应答率", Content.SHARE),
        ]
    return Chart(
        code="days",
        title="逐日累计应答率",
        alt=f"折线图：{len(panels)} 个群体 {len(moments)} 天的累计应答率，数字见下表。",
        height=340,
        option=_days_option([day.isoformat() for day in moments], panels, moments, known),
        table=Table(columns, rows),
        native=Native(
            NativeKind.LINES,
            0,
            [
                Series(
                    panel_label(panel),
                    2 + 2 * at,
                    0,
                    len(moments) - 1,
                    colour=SERIES_COLOURS[at % len(SERIES_COLOURS)],
                )
                for at, panel in enumerate(panels)
            ],
            axis=RATE,
            lowest=0,
            highest=1,
        ),
        notes=["应答情况每天更新一次，不记具体时间。"],
    )


def _days_option(
    labels: Sequence[str],
    panels: Sequence[str],
    moments: Sequence[date],
    known: Mapping[tuple[str, date], DayLine],
) -> Option:
    return option(
        legend=legend([panel_label(panel) for panel in panels]),
        grid={"left": 56, "right": 40, "top": 42, "bottom": 36},
        xAxis={
            "type": "category",
            "data": list(labels),
            "axisLabel": {"color": INK, "hideOverlap": True},
            "axisLine": {"lineStyle": {"color": RULE}},
        },
        yAxis=value_axis(0, 100, unit="%"),
        series=[
            {
                "type": "line",
                "name": panel_label(panel),
                "color": SERIES_COLOURS[at % len(SERIES_COLOURS)],
                "symbol": SERIES_SIGNS[at % len(SERIES_SIGNS)],
                "symbolSize": 8,
                "lineStyle": {"width": 2},
                "data": [_day_item(panel, known.get((panel, moment))) for moment in moments],
            }
            for at, panel in enumerate(panels)
        ],
    )


def _day_item(panel: str, line: DayLine | None) -> Option:
    rate = share(line.answered, line.asked) if line else None
    if line is None or rate is None:
        return {"value": None}
    return {
        "value": float(per_cent(rate)),
        "tip": [
            f"{panel_label(panel)}　{line.day.isoformat()}",
            f"累计应答率 {per_cent(rate)}%（{line.answered:,} / {line.asked:,}）",
        ],
    }
