"""Scores with their confidence intervals, and places with their rank intervals. Pure.

No place stands without its interval: two departments whose intervals overlap are not told apart.
"""

from collections.abc import Sequence
from decimal import Decimal

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
)
from server.figures.options import (
    FAINT,
    INK,
    interval_series,
    legend,
    lower_end,
    name_room,
    names_axis,
    option,
    rows_height,
    value_axis,
)
from server.figures.rules import MAIN_COLOUR, SOFT_COLOUR
from server.figures.views import Asked, CampaignView, Rated, RunView, ScoreLine
from server.scoring.rules import CERTAIN, REASON_LABELS

SCORE, SHRUNK = "得分", "收缩估计"
ALONE, IN_TABLE = "单看本部门", "整张表同时成立"
SHRUNK_COLOUR = "#d55e00"
Line = tuple[Rated, ScoreLine]


def dot_plot(view: CampaignView, run: RunView, asked: Asked) -> Chart:
    """Return the chosen departments' scores, best first; who has none stands in the table alone."""
    lines = [(one, run.lines[one.id]) for one in asked.rated(view) if one.id in run.lines]
    scored = [line for line in lines if line[1].score is not None]
    scored.sort(key=lambda line: (-(line[1].score or Decimal(0)), line[0].name))
    rest = [line for line in lines if line[1].score is None]
    ranked = any(line.alone for _, line in scored)
    title = "得分、置信区间与名次区间" if ranked else "得分与置信区间"
    interval = f"{per_hundred(run.level)}% 置信区间"
    return Chart(
        code="scores",
        title=title,
        alt=f"点图：{len(scored)} 个部门的得分及{interval}，数字见下表。",
        height=rows_height(len(scored)) + 24,
        option=_option(scored, run, interval, ranked=ranked, fitted=asked.fitted),
        table=_table([*scored, *rest], ranked=ranked),
        native=Native(
            NativeKind.DOTS,
            0,
            [Series(SCORE, 1, 0, len(scored) - 1, low=2, high=3, colour=MAIN_COLOUR)],
            axis="得分",
            lowest=0,
            highest=100,
        ),
        notes=_notes(scored, ranked=ranked),
    )


def per_hundred(level: str) -> str:
    """Return a confidence level such as 0.95 in per cent."""
    return f"{Decimal(level) * 100:.0f}"


def _notes(lines: Sequence[Line], *, ranked: bool) -> list[str]:
    points = (
        [f"区间上下限相同的部门：{CERTAIN}。"]
        if any(one.low == one.high for _, one in lines)
        else []
    )
    if not ranked:
        return [*points, "这里是总分的一部分；名次只按总分计算，所以不显示。"]
    return [
        *points,
        "两个部门的区间重叠时，不能认为一个好于另一个。",
        "名次区间：深色只对本部门自己成立，浅色对整张表同时成立；不给出单独的名次。",
        "收缩估计：样本越小，越向全市平均靠拢，供比较小单位时参考，不是得分。",
        "评价人数为各渠道人数相加，同一个人在几个渠道评价的会重复计算。",
    ]


def _table(lines: Sequence[Line], *, ranked: bool) -> Table:
    columns = [
        Column("部门"),
        Column(SCORE, Content.POINTS),
        Column("区间下限", Content.POINTS),
        Column("区间上限", Content.POINTS),
        Column("评价人数", Content.COUNT),
    ]
    if ranked:
        columns += [
            Column(SHRUNK, Content.POINTS),
            Column("名次区间（单看）起", Content.COUNT),
            Column("名次区间（单看）止", Content.COUNT),
            Column("名次区间（整表）起", Content.COUNT),
            Column("名次区间（整表）止", Content.COUNT),
        ]
    columns.append(Column("说明"))
    return Table(columns, [_row(*line, ranked=ranked) for line in lines])


def _row(one: Rated, line: ScoreLine, *, ranked: bool) -> list[Cell]:
    places: list[Cell] = []
    if ranked:
        places = [
            line.shrunk,
            *(line.alone or (None, None)),
            *(line.in_table or (None, None)),
        ]
    reason = REASON_LABELS.get(line.reason, line.reason) if line.reason else ""
    return [one.name, line.score, line.low, line.high, line.raters, *places, reason]


def _option(
    lines: Sequence[Line], run: RunView, interval: str, *, ranked: bool, fitted: bool
) -> Option:
    lowest = lower_end([float(line.low or 0) for _, line in lines]) if fitted else 0
    names = [one.label for one, _ in lines]
    axis_title: Option = {
        "nameLocation": "middle",
        "nameGap": 26,
        "nameTextStyle": {"color": FAINT},
    }
    right = 460 if ranked else 48
    left = name_room(names)
    grids = [{"left": left, "right": right, "top": 40, "bottom": 52}]
    x_axes = [value_axis(lowest, 100, name="得分", **axis_title)]
    y_axes = [names_axis(names)]
    shown = [interval, SCORE]
    series = _score_series(lines, interval)
    if ranked:
        grids.append({"width": 380, "right": 40, "top": 40, "bottom": 52})
        x_axes.append(
            value_axis(1, max(2, run.ranked), gridIndex=1, minInterval=1, name="名次", **axis_title)
        )
        y_axes.append(names_axis(names, gridIndex=1, axisLabel={"show": False}))
        shown += [SHRUNK, IN_TABLE, ALONE]
        series += [*_shrunk_series(lines), *_rank_series(lines)]
    return option(legend=legend(shown), grid=grids, xAxis=x_axes, yAxis=y_axes, series=series)


def _tip(one: Rated, line: ScoreLine) -> list[str]:
    found = [one.name, f"得分 {line.score}，区间 {line.low} – {line.high}"]
    if line.shrunk is not None:
        found.append(f"收缩估计 {line.shrunk}")
    if line.alone and line.in_table:
        found += [
            f"名次区间（单看） {line.alone[0]} – {line.alone[1]}",
            f"名次区间（整表） {line.in_table[0]} – {line.in_table[1]}",
        ]
    return [*found, f"评价人数 {line.raters:,}"]


def _score_series(lines: Sequence[Line], interval: str) -> list[Option]:
    spans = [
        {"value": [float(line.low or 0), float(line.high or 0), row], "tip": _tip(one, line)}
        for row, (one, line) in enumerate(lines)
    ]
    dots = [
        {"value": [float(line.score or 0), row], "tip": _tip(one, line)}
        for row, (one, line) in enumerate(lines)
    ]
    return [
        interval_series(spans, name=interval, colour=MAIN_COLOUR, width=2, caps=True),
        {
            "type": "scatter",
            "name": SCORE,
            "symbolSize": 10,
            "color": MAIN_COLOUR,
            "itemStyle": {"borderColor": "#fff", "borderWidth": 1},
            "z": 4,
            "data": dots,
        },
    ]


def _shrunk_series(lines: Sequence[Line]) -> list[Option]:
    dots = [
        {"value": [float(line.shrunk), row], "tip": _tip(one, line)}
        for row, (one, line) in enumerate(lines)
        if line.shrunk is not None
    ]
    style = {"color": "transparent", "borderColor": SHRUNK_COLOUR, "borderWidth": 1.8}
    return [
        {
            "type": "scatter",
            "name": SHRUNK,
            "symbol": "diamond",
            "symbolSize": 11,
            "itemStyle": style,
            "z": 5,
            "data": dots,
        }
    ]


def _rank_series(lines: Sequence[Line]) -> list[Option]:
    wide = [
        {"value": [*line.in_table, row], "tip": _tip(one, line)}
        for row, (one, line) in enumerate(lines)
        if line.in_table
    ]
    narrow = [
        {"value": [*line.alone, row], "tip": _tip(one, line)}
        for row, (one, line) in enumerate(lines)
        if line.alone
    ]
    return [
        interval_series(wide, name=IN_TABLE, colour=SOFT_COLOUR, width=9, caps=False, axis=1),
        interval_series(narrow, name=ALONE, colour=INK, width=4, caps=False, axis=1),
    ]
