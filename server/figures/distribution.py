"""Distribution over the five levels, as bars of 100 per cent. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.campaigns.rules import CHANNEL_LABELS, Channel
from server.evaluation.rules import LEVEL_LABELS, UNKNOWN, UNKNOWN_LABEL
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
    legend,
    name_room,
    names_axis,
    option,
    rows_height,
    value_axis,
)
from server.figures.rules import DARK_LEVELS, FEW_ANSWERS, LEVEL_COLOURS, LEVELS
from server.figures.views import Asked, CampaignView, Counts

OVERALL = "overall"
# A segment with less has no room for its number; the pointer and the table have it.
LEAST_LABELLED = 5.0


@dataclass(frozen=True)
class Bar:
    """A bar: whose answers, and how many by level."""

    name: str
    label: str
    levels: Counter[int]

    @property
    def answers(self) -> int:
        """How many gave a level; 不了解 is none."""
        return sum(self.levels[level] for level in LEVELS)


def leaf_codes(view: CampaignView, asked: Asked) -> list[str]:
    """Return the leaves whose answers are counted: the overall question where none was chosen."""
    chosen = [
        leaf.code
        for heading in view.headings
        for leaf in heading.leaves
        if asked.indicators & {leaf.code, heading.code}
    ]
    return [*chosen, OVERALL] if OVERALL in asked.indicators else chosen or [OVERALL]


def by_department(view: CampaignView, counts: Counts, asked: Asked) -> Chart:
    """Return a bar for each department over the chosen channels."""
    codes = leaf_codes(view, asked)
    channels = asked.asked_channels(view)
    bars = [
        Bar(one.name, one.label, answers(counts, [one.id], channels, codes))
        for one in asked.rated(view)
    ]
    return _chart("departments", "各部门的等级分布", "部门", bars)


def by_channel(view: CampaignView, counts: Counts, asked: Asked) -> Chart:
    """Return a bar for each channel, of all chosen departments or of each one compared."""
    codes = leaf_codes(view, asked)
    rated = asked.rated(view)
    bars = []
    for channel in asked.asked_channels(view):
        label = CHANNEL_LABELS[channel]
        if asked.compare:
            bars += [
                Bar(
                    f"{label} · {one.name}",
                    f"{label} · {one.label}",
                    answers(counts, [one.id], [channel], codes),
                )
                for one in rated
            ]
        else:
            found = answers(counts, [one.id for one in rated], [channel], codes)
            bars.append(Bar(label, label, found))
    heading = "渠道 · 部门" if asked.compare else "渠道"
    return _chart("channels", "各渠道的等级分布", heading, bars)


def answers(
    counts: Counts, departments: Iterable[int], channels: Sequence[Channel], codes: Sequence[str]
) -> Counter[int]:
    """Add up answers by level."""
    found: Counter[int] = Counter()
    for department in departments:
        for channel in channels:
            leaves = counts.get((department, channel), {})
            for code in codes:
                found.update(leaves.get(code, {}))
    return found


def _chart(code: str, title: str, heading: str, bars: Sequence[Bar]) -> Chart:
    total = sum(bar.answers for bar in bars)
    return Chart(
        code=code,
        title=title,
        alt=f"{title}：横向百分比堆积条形图，{len(bars)} 行，共 {total} 个回答，数字见下表。",
        height=rows_height(len(bars)),
        option=_option(bars),
        table=_table(heading, bars),
        native=Native(
            NativeKind.STACKED,
            0,
            [
                Series(
                    LEVEL_LABELS[level], 2 + place, 0, len(bars) - 1, colour=LEVEL_COLOURS[level]
                )
                for place, level in enumerate(LEVELS)
            ],
            axis="占比",
        ),
    )


def _table(heading: str, bars: Sequence[Bar]) -> Table:
    levels = [Column(LEVEL_LABELS[level], Content.COUNT) for level in LEVELS]
    shares = [Column(f"{LEVEL_LABELS[level]}占比", Content.SHARE) for level in LEVELS]
    columns = [
        Column(heading),
        Column("回答数", Content.COUNT),
        *levels,
        *shares,
        Column(UNKNOWN_LABEL, Content.COUNT),
    ]
    return Table(columns, [_row(bar) for bar in bars])


def _row(bar: Bar) -> list[Cell]:
    return [
        bar.name,
        bar.answers,
        *(bar.levels[level] for level in LEVELS),
        *(share(bar.levels[level], bar.answers) for level in LEVELS),
        bar.levels[UNKNOWN],
    ]


def _option(bars: Sequence[Bar]) -> Option:
    names = [LEVEL_LABELS[level] for level in LEVELS]
    return option(
        legend=legend(names),
        grid={"left": name_room([bar.label for bar in bars]), "right": 84, "top": 34, "bottom": 40},
        xAxis=value_axis(0, 100, unit="%"),
        yAxis=[
            names_axis([bar.label for bar in bars]),
            # A second axis on the right says how many answers stand behind each bar.
            names_axis(
                [f"{bar.answers:,} 份" for bar in bars],
                position="right",
                axisLine={"show": False},
                axisLabel={"interval": 0, "color": INK},
            ),
        ],
        series=[_series(level, bars) for level in LEVELS],
    )


def _series(level: int, bars: Sequence[Bar]) -> Option:
    return {
        "type": "bar",
        "name": LEVEL_LABELS[level],
        "stack": "levels",
        "barMaxWidth": 20,
        "color": LEVEL_COLOURS[level],
        "itemStyle": {"borderColor": "#fff", "borderWidth": 0.5},
        "data": [_item(level, bar) for bar in bars],
    }


def _item(level: int, bar: Bar) -> Option:
    part = share(bar.levels[level], bar.answers)
    value = 0.0 if part is None else float(per_cent(part))
    few = ["回答较少，仅供参考"] if 0 < bar.answers < FEW_ANSWERS else []
    return {
        "value": value,
        "label": {
            "show": value >= LEAST_LABELLED,
            "formatter": f"{value:.1f}%",
            "fontSize": 11,
            # An edge in the segment's colour keeps it readable over the patterns of a print.
            "textBorderColor": LEVEL_COLOURS[level],
            "textBorderWidth": 2,
            "color": "#fff" if level in DARK_LEVELS else INK,
        },
        "tip": [
            bar.name,
            f"{LEVEL_LABELS[level]}：{bar.levels[level]:,} 份，占 {value:.1f}%",
            f"回答 {bar.answers:,} 份",
            *few,
        ],
    }
