"""Words and topics of comments by department. Pure.

A word counts once a comment. What marks a department's comments off is told by TF-IDF against the
comments about the other departments:

    weight = share of the department's comments with the word
             x ln((1 + comments about others) / (1 + those with the word))

Only words in at least ``LEAST_USES`` comments are shown, and only of groups that are not smaller
than the smallest one shown: a rare word may tell who wrote it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

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
from server.figures.options import INK, name_room, names_axis, option, rows_height, value_axis
from server.figures.rules import LEAST_USES, MAIN_COLOUR, MOST_COMPARED, MOST_WORDS
from server.figures.views import Asked, CampaignView, TopicLine, WordGroup, WordLine

WORDS_IN_A_LINE = 8
ALL_COMMENTS = "全部部门"
Uses = Mapping[str, int]


def keywords(
    uses: Uses, comments: int, all_uses: Uses, all_comments: int, *, most: int
) -> list[WordLine]:
    """Return the words that mark a group off from all others, the most telling first."""
    others = all_comments - comments
    lines = []
    for word, number in uses.items():
        if number < LEAST_USES:
            continue
        elsewhere = all_uses.get(word, number) - number
        weight = number / comments * math.log((1 + others) / (1 + elsewhere))
        lines.append(WordLine(word, number, round(weight, 6)))
    # Where there is nothing to compare with, all weights are 0 and the uses decide.
    lines.sort(key=lambda line: (-line.weight, -line.uses, line.word))
    return lines[:most]


def frequent(uses: Uses, *, most: int) -> list[WordLine]:
    """Return the words used in most comments."""
    kept = [WordLine(word, number, 0.0) for word, number in uses.items() if number >= LEAST_USES]
    return sorted(kept, key=lambda line: (-line.uses, line.word))[:most]


def told(uses: Uses, *, most: int) -> list[TopicLine]:
    """Return the topics that enough comments tell of."""
    kept = [TopicLine(topic, number) for topic, number in uses.items() if number >= LEAST_USES]
    return sorted(kept, key=lambda line: (-line.uses, line.topic))[:most]


def charts(view: CampaignView, groups: Sequence[WordGroup], asked: Asked) -> list[Chart]:
    """Return a chart for all comments or for each chosen department, then the table of them all."""
    names = {one.id: one.name for one in view.departments}
    by_department = {group.department: group for group in groups}
    chosen = [one.id for one in asked.rated(view)] if asked.departments else []
    found = []
    for department in chosen[:MOST_COMPARED]:
        group = by_department.get(department)
        if group is not None and not group.withheld and group.words:
            found.append(_words(names[department], group, code=f"words-{department}"))
    whole = by_department.get(None)
    if not chosen and whole is not None and whole.words:
        found.append(_words(ALL_COMMENTS, whole, code="words-all"))
    found.append(_overview(names, [one for one in groups if one.department in (chosen or names)]))
    topical = by_department.get(chosen[0]) if len(chosen) == 1 else None if chosen else whole
    if topical is not None and topical.topics and not topical.withheld:
        found.append(_topics(names.get(topical.department or 0, ALL_COMMENTS), topical))
    return [chart for chart in found if chart.table.rows]


def _words(name: str, group: WordGroup, *, code: str) -> Chart:
    lines = group.words[:MOST_WORDS]
    telling = group.department is not None
    rows: list[list[Cell]] = [
        [line.word, line.uses, *([f"{line.weight:.4f}"] if telling else [])] for line in lines
    ]
    columns = [Column("词"), Column("留言条数", Content.COUNT)]
    if telling:
        columns.append(Column("区分度（TF-IDF）"))
    title = f"{name}：" + ("有别于其他部门的词" if telling else "提到最多的词")
    return Chart(
        code=code,
        title=title,
        alt=f"{title}，横向条形图，{len(lines)} 个词，数字见下表。",
        height=rows_height(len(lines)),
        option=_bars(
            [(line.word, line.uses, [line.word, f"{line.uses:,} 条留言提到"]) for line in lines],
            "留言条数",
        ),
        table=Table(columns, rows),
        native=Native(
            NativeKind.BARS,
            0,
            [Series("留言条数", 1, 0, len(lines) - 1, colour=MAIN_COLOUR)],
            axis="留言条数",
            lowest=0,
        ),
        notes=[f"共 {group.comments:,} 条已通过审核的留言；一个词在一条留言里只计一次。"],
    )


def _overview(names: Mapping[int, str], groups: Iterable[WordGroup]) -> Chart:
    drawn: list[list[Cell]] = []
    rest: list[list[Cell]] = []
    for group in groups:
        if group.department is None:
            continue
        name = names[group.department]
        if group.withheld:
            rest.append([name, None, "没有留言，或太少不予显示", ""])
            continue
        words = "、".join(f"{line.word}（{line.uses}）" for line in group.words[:WORDS_IN_A_LINE])
        topics = "、".join(f"{line.topic}（{line.uses}）" for line in group.topics[:3])
        drawn.append([name, group.comments, words or "—", topics or "—"])
    rows = [*drawn, *rest]
    return Chart(
        code="departments",
        title="各部门的留言和关键词",
        alt="各部门留言条数的横向条形图，关键词见下表。",
        height=rows_height(len(drawn)),
        option=_bars(
            [(str(row[0]), int(row[1] or 0), [str(row[0]), str(row[2])]) for row in drawn],
            "留言条数",
        ),
        table=Table(
            [Column("部门"), Column("留言条数", Content.COUNT), Column("关键词"), Column("主题")],
            rows,
        ),
        native=Native(
            NativeKind.BARS,
            0,
            [Series("留言条数", 1, 0, max(0, len(drawn) - 1), colour=MAIN_COLOUR)],
            axis="留言条数",
            lowest=0,
        ),
    )


def _topics(name: str, group: WordGroup) -> Chart:
    rows: list[list[Cell]] = [[line.topic, line.uses] for line in group.topics[:MOST_WORDS]]
    return Chart(
        code="topics",
        title=f"{name}：留言的主题",
        alt="留言主题的横向条形图，数字见下表。",
        height=rows_height(len(rows)),
        option=_bars(
            [
                (line.topic.rpartition(" / ")[2], line.uses, [line.topic, f"{line.uses:,} 条留言"])
                for line in group.topics[:MOST_WORDS]
            ],
            "留言条数",
        ),
        table=Table([Column("主题"), Column("留言条数", Content.COUNT)], rows),
        native=Native(
            NativeKind.BARS,
            0,
            [Series("留言条数", 1, 0, len(rows) - 1, colour=MAIN_COLOUR)],
            axis="留言条数",
            lowest=0,
        ),
        notes=["主题按“数据来源”页导入的分类，由词语推断，未经人工核对。"],
    )


def _bars(lines: Sequence[tuple[str, int, list[str]]], unit: str) -> Option:
    return option(
        grid={
            "left": name_room([name for name, _, _ in lines]),
            "right": 70,
            "top": 12,
            "bottom": 44,
        },
        xAxis=value_axis(
            0,
            None,
            minInterval=1,
            name=unit,
            nameLocation="middle",
            nameGap=26,
        ),
        yAxis=names_axis([name for name, _, _ in lines]),
        series=[
            {
                "type": "bar",
                "barMaxWidth": 16,
                "color": MAIN_COLOUR,
                "label": {"show": True, "position": "right", "color": INK},
                "data": [{"value": number, "tip": tip} for _, number, tip in lines],
            }
        ],
    )
