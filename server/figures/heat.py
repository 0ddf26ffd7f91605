"""Heat map of departments by indicators: the mean of the levels' points. Pure.

    score = Σ points of level x answers / Σ answers, 不了解 left out, rounded half up to 2 places

Channels are added up as they are, without weights: it shows where to look, it is no score.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from server.core.rounding import half_up
from server.figures.distribution import OVERALL, answers
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
    INK,
    legend,
    name_room,
    names_axis,
    option,
    rows_height,
    value_axis,
)
from server.figures.rules import FEW_ANSWERS, LEVELS, SERIES_COLOURS, SERIES_SIGNS
from server.figures.views import Asked, CampaignView, Counts, Rated

OVERALL_LABEL = "总体评价"
# With more columns there is no room for numbers in the cells, nor for names above them.
MOST_NUMBERED = 14
MOST_NAMED = 16
USUAL_WIDTH, LINE, LETTER, ROTATED = 960, 15, 13, 60
# From, to, colour: the same red to blue as the levels, finer where scores lie close together.
BANDS = (
    (0, 60, "#b2182b"),
    (60, 70, "#ef8a62"),
    (70, 80, "#fddbc7"),
    (80, 85, "#e8eef3"),
    (85, 90, "#b3d3e6"),
    (90, 95, "#67a9cf"),
    (95, 100, "#2166ac"),
)
DARK_BANDS = frozenset({"#b2182b", "#2166ac"})


@dataclass(frozen=True)
class HeatColumn:
    """A column: the leaves whose answers are in it."""

    label: str
    name: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class HeatCell:
    """A department's answers to an indicator."""

    score: Decimal | None
    answers: int


def columns(view: CampaignView, asked: Asked, counts: Counts) -> list[HeatColumn]:
    """Return the chosen indicators: of a chosen heading its leaves; all headings where none is.

    Leaves that nobody was asked about are left out.
    """
    met = {code for leaves in counts.values() for code, levels in leaves.items() if levels}
    whole = HeatColumn(OVERALL_LABEL, OVERALL_LABEL, (OVERALL,))
    if not asked.indicators:
        found = [
            HeatColumn(heading.name, heading.name, tuple(leaf.code for leaf in heading.leaves))
            for heading in view.headings
        ]
        return [*found, whole]
    chosen = [
        HeatColumn(leaf.name, f"{leaf.heading} · {leaf.name}", (leaf.code,))
        for heading in view.headings
        for leaf in heading.leaves
        if asked.indicators & {leaf.code, heading.code} and leaf.code in met
    ]
    return [*chosen, whole] if OVERALL in asked.indicators else chosen


def mean_points(levels: Counter[int], points: Mapping[int, Decimal]) -> HeatCell:
    """Return the mean of the known levels' points."""
    known = sum(levels[level] for level in LEVELS)
    if not known:
        return HeatCell(None, 0)
    total = sum((points[level] * levels[level] for level in LEVELS), Decimal(0))
    return HeatCell(half_up(total / known, 2), known)


def heat_map(view: CampaignView, counts: Counts, asked: Asked) -> Chart:
    """Return the heat map; its table has scores first, then how many answers stand behind them."""
    rated, across, cells = _cells(view, counts, asked)
    table = _table("部门", [one.name for one in rated], across, cells)
    last = len(rated) - 1
    return Chart(
        code="heat",
        title="部门 × 指标",
        alt=f"热力图：{len(rated)} 个部门、{len(across)} 项指标的平均得分，数字见下表。",
        height=rows_height(len(rated)) + _labels_height(across),
        option=_option(rated, across, cells),
        table=table,
        native=Native(
            NativeKind.HEAT,
            0,
            [Series(column.name, 1 + at, 0, last) for at, column in enumerate(across)],
            lowest=0,
            highest=100,
        ),
    )


def comparison(view: CampaignView, counts: Counts, asked: Asked) -> Chart:
    """Return the compared departments side by side, indicator by indicator."""
    rated, across, cells = _cells(view, counts, asked)
    turned = [[row[at] for row in cells] for at in range(len(across))]
    columns_ = [HeatColumn(one.label, one.name, ()) for one in rated]
    return Chart(
        code="comparison",
        title="所选部门各指标对比",
        alt=f"点图：{len(rated)} 个部门在 {len(across)} 项指标上的平均得分，数字见下表。",
        height=rows_height(len(across)) + 30,
        option=_comparison_option(rated, across, cells),
        table=_table("指标", [column.name for column in across], columns_, turned),
        native=Native(
            NativeKind.DOTS,
            0,
            [
                Series(one.name, 1 + at, 0, len(across) - 1, colour=SERIES_COLOURS[at])
                for at, one in enumerate(rated)
            ],
            axis="平均得分",
            lowest=0,
            highest=100,
        ),
    )


def _cells(
    view: CampaignView, counts: Counts, asked: Asked
) -> tuple[list[Rated], list[HeatColumn], list[list[HeatCell]]]:
    rated = asked.rated(view)
    across = columns(view, asked, counts)
    channels = asked.asked_channels(view)
    cells = [
        [
            mean_points(answers(counts, [one.id], channels, column.codes), view.points)
            for column in across
        ]
        for one in rated
    ]
    return rated, across, cells


def _table(
    heading: str,
    names: Sequence[str],
    across: Sequence[HeatColumn],
    cells: Sequence[Sequence[HeatCell]],
) -> Table:
    rows: list[list[Cell]] = [
        [name, *(cell.score for cell in row), *(cell.answers for cell in row)]
        for name, row in zip(names, cells, strict=True)
    ]
    scores = [Column(column.name, Content.POINTS) for column in across]
    numbers = [Column(f"{column.name}（回答数）", Content.COUNT) for column in across]
    return Table([Column(heading), *scores, *numbers], rows)


def band_colour(score: Decimal) -> str:
    """Return the colour of a score: each band has its lower end, the last one both."""
    return next(colour for low, _, colour in reversed(BANDS) if score >= low)


def _option(
    rated: Sequence[Rated], across: Sequence[HeatColumn], cells: Sequence[Sequence[HeatCell]]
) -> Option:
    numbered = len(across) <= MOST_NUMBERED
    named = len(across) <= MOST_NAMED
    data = [
        _item(x, y, rated[y], across[x], cell, numbered=numbered)
        for y, row in enumerate(cells)
        for x, cell in enumerate(row)
        if cell.score is not None
    ]
    return option(
        grid={
            "left": name_room([one.label for one in rated]),
            "right": 24,
            "top": _labels_height(across),
            "bottom": 50,
        },
        xAxis=_columns_axis(across, named=named),
        yAxis=names_axis([one.label for one in rated], splitLine={"show": False}),
        visualMap=_bands(),
        series=[
            {
                "type": "heatmap",
                "data": data,
                "itemStyle": {"borderColor": "#fff", "borderWidth": 1.5},
            }
        ],
    )


def _columns_axis(across: Sequence[HeatColumn], *, named: bool) -> Option:
    return {
        "type": "category",
        "data": [column.label if named else column.codes[0] for column in across],
        "position": "top",
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitArea": {"show": False},
        "axisLabel": {
            "color": INK,
            "interval": 0,
            "width": _column_width(across) if named else ROTATED,
            "overflow": "break" if named else "truncate",
            "rotate": 0 if named else 60,
            "lineHeight": LINE,
        },
    }


def _bands() -> Option:
    """Return the legend: what each colour stands for."""
    return {
        "type": "piecewise",
        "dimension": 2,
        "orient": "horizontal",
        "left": "center",
        "bottom": 0,
        "itemWidth": 22,
        "itemGap": 14,
        "textGap": 5,
        "textStyle": {"color": INK},
        "pieces": [
            {
                "gte": low,
                **({"lte": high} if high == BANDS[-1][1] else {"lt": high}),
                "label": f"{low}–{high}",
                "color": colour,
            }
            for low, high, colour in BANDS
        ],
    }


def _column_width(across: Sequence[HeatColumn]) -> int:
    return max(44, USUAL_WIDTH // max(1, len(across)) - 8)


def _labels_height(across: Sequence[HeatColumn]) -> int:
    """Return the room that the columns' names need above the map, at its usual width."""
    if len(across) > MOST_NAMED:
        return ROTATED + LINE
    longest = max((len(column.label) for column in across), default=1)
    lines = -(-longest * LETTER // _column_width(across))
    return LINE * lines + LINE


def _item(
    x: int, y: int, one: Rated, column: HeatColumn, cell: HeatCell, *, numbered: bool
) -> Option:
    assert cell.score is not None  # noqa: S101 the caller leaves empty cells out
    few = 0 < cell.answers < FEW_ANSWERS
    dark = band_colour(cell.score) in DARK_BANDS
    return {
        "value": [x, y, float(cell.score)],
        "label": {
            "show": numbered,
            "formatter": f"{half_up(cell.score, 1)}{'*' if few else ''}",
            "color": "#fff" if dark else INK,
            "fontSize": 11,
        },
        "tip": [
            one.name,
            column.name,
            f"平均得分 {cell.score}，回答 {cell.answers:,} 份",
            *(["回答较少，仅供参考"] if few else []),
        ],
    }


def _comparison_option(
    rated: Sequence[Rated], across: Sequence[HeatColumn], cells: Sequence[Sequence[HeatCell]]
) -> Option:
    return option(
        legend=legend([one.label for one in rated]),
        grid={
            "left": name_room([column.label for column in across]),
            "right": 40,
            "top": 40,
            "bottom": 40,
        },
        xAxis=value_axis(0, 100),
        yAxis=names_axis(
            [column.label for column in across],
            splitLine={"show": True, "lineStyle": {"color": "#eef1f5"}},
        ),
        series=[
            {
                "type": "scatter",
                "name": one.label,
                "symbol": SERIES_SIGNS[at],
                "symbolSize": 12,
                "color": SERIES_COLOURS[at],
                "data": [
                    {
                        "value": [float(cell.score), x],
                        "tip": [
                            one.name,
                            across[x].name,
                            f"平均得分 {cell.score}，{cell.answers:,} 份",
                        ],
                    }
                    for x, cell in enumerate(cells[at])
                    if cell.score is not None
                ],
            }
            for at, one in enumerate(rated)
        ],
    )
