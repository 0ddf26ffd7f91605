"""Scores from campaign to campaign with the band of their uncertainty. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from server.activities.rules import Quarter
from server.core.clock import SHANGHAI, local_date
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
    number,
)
from server.figures.options import INK, RULE, legend, lower_end, option, value_axis
from server.figures.rules import MOST_COMPARED, SERIES_COLOURS, SERIES_SIGNS
from server.figures.scores import per_hundred
from server.figures.views import Asked, CampaignView, Rated, RunView, ScoreLine

BAND_OPACITY = 0.2
# Charts side by side: so many in a row, and what a row, its title and its foot take.
MOST_LABELLED = 5
ACROSS, ROW, TITLE, FOOT = 3, 240, 40, 46
NO_LINE = ScoreLine(0, None, None, None, None, 0)


@dataclass(frozen=True)
class Point:
    """A department's figure in one period."""

    period: str
    run: RunView
    line: ScoreLine


def quarter_of(run: RunView) -> str:
    """Return the quarter that the middle of a campaign's time falls in.

    The middle, because a campaign often ends some days after the quarter that it asks about.
    """
    middle = run.opens_at + (run.closes_at - run.opens_at) / 2
    return Quarter.of(local_date(middle)).label


def periods(runs: Sequence[RunView]) -> list[str]:
    """Return the name of each run's period; two campaigns of one quarter are numbered."""
    met: Counter[str] = Counter()
    found = []
    for run in runs:
        quarter = quarter_of(run)
        met[quarter] += 1
        found.append(quarter if met[quarter] == 1 else f"{quarter}（{met[quarter]}）")
    return found


def trend(view: CampaignView, runs: Sequence[RunView], asked: Asked) -> Chart:
    """Return lines of up to six departments over the runs, the oldest first."""
    rated = asked.rated(view)[:MOST_COMPARED]
    names = periods(runs)
    lines = {
        one.id: [
            Point(name, run, run.lines.get(one.id, NO_LINE))
            for name, run in zip(names, runs, strict=True)
        ]
        for one in rated
    }
    steps = len(runs)
    return Chart(
        code="trend",
        title="得分的季度趋势",
        alt=f"折线图：{len(rated)} 个部门在 {steps} 期的得分和区间，数字见下表。",
        height=_height(len(rated), together=asked.compare),
        option=_option(rated, names, lines, asked),
        table=_table(rated, lines),
        native=Native(
            NativeKind.LINES,
            1,
            [
                Series(
                    one.name,
                    5,
                    at * steps,
                    (at + 1) * steps - 1,
                    low=6,
                    high=7,
                    colour=SERIES_COLOURS[at],
                )
                for at, one in enumerate(rated)
            ],
            axis="得分",
            lowest=0,
            highest=100,
        ),
        notes=[
            _level_note(runs),
            "每一期取同名评分方案最近一次完成的计算；期与期之间的问题或权重可能不同，见表中版本。",
        ],
    )


def _height(number: int, *, together: bool) -> int:
    rows = -(-number // ACROSS)
    return 420 if together or number == 1 else TITLE + ROW * rows


def _level_note(runs: Sequence[RunView]) -> str:
    levels = sorted({per_hundred(run.level) for run in runs})
    return f"色带为 {'、'.join(levels)}% 置信区间；两期的区间重叠时，不能认为有变化。"


def _table(rated: Sequence[Rated], lines: dict[int, list[Point]]) -> Table:
    columns = [
        Column("部门"),
        Column("季度"),
        Column("活动"),
        Column("方案版本"),
        Column("计算时间"),
        Column("得分", Content.POINTS),
        Column("区间下限", Content.POINTS),
        Column("区间上限", Content.POINTS),
        Column("评价人数", Content.COUNT),
    ]
    rows: list[list[Cell]] = [
        [
            one.name,
            point.period,
            point.run.campaign_title,
            f"第 {point.run.version} 版",
            point.run.finished_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            point.line.score,
            point.line.low,
            point.line.high,
            point.line.raters,
        ]
        for one in rated
        for point in lines[one.id]
    ]
    return Table(columns, rows)


def _option(
    rated: Sequence[Rated], names: Sequence[str], lines: dict[int, list[Point]], asked: Asked
) -> Option:
    """Return one chart of all departments where they are compared, else one for each.

    Six bands on top of each other are a fog; side by side each can be read.
    """
    lows = [float(point.line.low) for line in lines.values() for point in line if point.line.low]
    lowest = lower_end(lows) if asked.fitted else 0
    together = asked.compare or len(rated) == 1
    places = [0] * len(rated) if together else range(len(rated))
    grids = [_grid(place, len(rated), together=together) for place in sorted(set(places))]
    series = []
    for at, (one, place) in enumerate(zip(rated, places, strict=True)):
        series += [_line(one, at, place, lines[one.id]), *_band(one, at, place, lines[one.id])]
    return option(
        legend=legend([one.label for one in rated], show=together),
        title=[] if together else [_title(one, grids[at]) for at, one in enumerate(rated)],
        grid=grids,
        xAxis=[_periods_axis(names, place, together=together) for place in range(len(grids))],
        yAxis=[value_axis(lowest, 100, gridIndex=place) for place in range(len(grids))],
        series=series,
    )


def _grid(place: int, number: int, *, together: bool) -> Option:
    if together:
        return {"left": 56, "right": 40, "top": 48, "bottom": 48}
    across = min(number, ACROSS)
    row, column = divmod(place, across)
    width = 100 / across
    return {
        "left": f"{width * column + 4:.2f}%",
        "width": f"{width - 6:.2f}%",
        "top": TITLE + row * ROW,
        "height": ROW - TITLE - FOOT,
    }


def _title(one: Rated, grid: Option) -> Option:
    style = {"fontSize": 13, "fontWeight": 600, "color": INK}
    return {"text": one.label, "left": grid["left"], "top": grid["top"] - 28, "textStyle": style}


def _periods_axis(names: Sequence[str], place: int, *, together: bool) -> Option:
    roomy = together or len(names) <= MOST_LABELLED
    return {
        "type": "category",
        "gridIndex": place,
        # In two lines, so that no label has to give way to its neighbour.
        "data": [name.replace(" 年", " 年\n") for name in names],
        "boundaryGap": True,
        "axisLabel": {
            "color": INK,
            "interval": 0 if roomy else "auto",
            "hideOverlap": not roomy,
            "fontSize": 11,
            "lineHeight": 15,
        },
        "axisLine": {"lineStyle": {"color": RULE}},
    }


def _band(one: Rated, at: int, place: int, line: Sequence[Point]) -> list[Option]:
    """A band is an unseen line with an area on top of it; the legend's entry hides both."""
    unseen = {
        "type": "line",
        "name": one.label,
        "xAxisIndex": place,
        "yAxisIndex": place,
        "stack": f"band-{one.id}",
        "stackStrategy": "all",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0},
        "color": SERIES_COLOURS[at],
        "tooltip": {"show": False},
    }
    low = [number(point.line.low) for point in line]
    span = [
        None
        if point.line.low is None or point.line.high is None
        else float(point.line.high - point.line.low)
        for point in line
    ]
    area = {"areaStyle": {"color": SERIES_COLOURS[at], "opacity": BAND_OPACITY}}
    return [{**unseen, "data": low}, {**unseen, **area, "data": span}]


def _line(one: Rated, at: int, place: int, line: Sequence[Point]) -> Option:
    return {
        "type": "line",
        "name": one.label,
        "xAxisIndex": place,
        "yAxisIndex": place,
        "color": SERIES_COLOURS[at],
        "symbol": SERIES_SIGNS[at],
        "symbolSize": 9,
        "lineStyle": {"width": 2},
        "z": 4,
        "data": [
            {
                "value": number(point.line.score),
                "tip": [
                    one.name,
                    f"{point.period}　{point.run.campaign_title}",
                    f"得分 {point.line.score}，区间 {point.line.low} – {point.line.high}",
                ],
            }
            for point in line
        ],
    }
