"""Making a figure: what it is drawn from is read here, its charts are shaped by pure modules."""

from collections.abc import Callable
from typing import Any

from server.campaigns.rules import CHANNEL_LABELS
from server.core.clock import SHANGHAI
from server.evaluation.rules import LEVEL_LABELS
from server.figures import distribution, heat, queries, responses, runs, scores, trend, words
from server.figures.drawing import Figure
from server.figures.rules import LEAST_USES, LEVELS, MOST_COMPARED, FigureKind
from server.figures.views import (
    Asked,
    CampaignView,
    Counts,
    DayLine,
    RateLine,
    RunView,
    TopicLine,
    WordGroup,
    WordLine,
)
from server.sampling import responses as sampling_responses

Facts = list[tuple[str, str]]
NO_RATINGS = "还没有评价。"
NOT_WHOLE = "抽样调查是整个活动的，由管理活动全部部门的评价办查看。"
NO_RUN = "还没有完成的分数计算，请先在“得分”中按评分方案计算。"


def figure(kind: FigureKind, view: CampaignView, asked: Asked) -> Figure:
    """Return a figure; refuses a sealed survey with ``campaign_sealed`` where it would show one."""
    return MAKERS[kind](view, asked)


def _distribution(view: CampaignView, asked: Asked) -> Figure:
    counts = queries.counts(view)
    charts = [
        distribution.by_department(view, counts, asked),
        distribution.by_channel(view, counts, asked),
    ]
    return Figure(
        meaning="每个部门（渠道）收到的回答在五个等级上的分布。“不了解”不计入占比。",
        facts=[
            *_campaign_facts(view, asked),
            ("指标", indicator_names(view, asked)),
            ("计入评价", f"{_ratings(view, counts, asked):,} 份"),
            _as_of(view),
        ],
        charts=charts if _ratings(view, counts, asked) else [],
        empty=NO_RATINGS,
        notes=["按部门拼音排列，不代表名次；各渠道按份数相加，没有加权，不是得分。"],
    )


def _heat(view: CampaignView, asked: Asked) -> Figure:
    counts = queries.counts(view)
    has_ratings = bool(_ratings(view, counts, asked))
    charts = [heat.heat_map(view, counts, asked)]
    if asked.compare:
        charts.insert(0, heat.comparison(view, counts, asked))
    points = "、".join(f"{LEVEL_LABELS[level]} {view.points[level]:f}" for level in LEVELS)
    return Figure(
        meaning="每个部门在每项指标上的平均得分，用来发现强项和弱项。",
        facts=[
            *_campaign_facts(view, asked),
            ("等级分值", points),
            ("计入评价", f"{_ratings(view, counts, asked):,} 份"),
            _as_of(view),
        ],
        charts=charts if has_ratings else [],
        empty=NO_RATINGS,
        notes=[
            "各渠道按份数相加，没有加权，不是考核得分。带 * 的格子回答不足 10 份，仅供参考。",
            "选一个一级指标可以看它的各个子项；空白格子表示没有回答。",
        ],
    )


def _scores(view: CampaignView, asked: Asked) -> Figure:
    names = runs.scheme_names(view.id, kind=view.kind)
    name = asked.scheme if asked.scheme in names else next(iter(names), "")
    run = runs.newest_run(view.id, kind=view.kind, scheme=name, part=asked.part) if name else None
    meaning = "按评分方案算出的得分，连同它的不确定程度。"
    if run is None:
        return Figure(meaning, [("活动", view.title)], [], empty=NO_RUN)
    chart = scores.dot_plot(view, run, asked)
    return Figure(
        meaning=meaning,
        facts=[
            ("活动", view.title),
            *_run_facts(run),
            ("得分", part_name(asked)),
            ("评价人数", f"{_raters(run, view, asked):,}"),
        ],
        charts=[chart] if chart.table.rows else [],
        empty="没有符合条件的部门。",
        notes=_axis_note(asked),
    )


def _trend(view: CampaignView, asked: Asked) -> Figure:
    names = runs.scheme_names(kind=view.kind)
    here = runs.scheme_names(view.id, kind=view.kind)
    usual = next(iter(here or names), "")
    name = asked.scheme if asked.scheme in names else usual
    found = runs.runs_over_time(view.kind, name, part=asked.part) if name else []
    meaning = "同类活动、同名评分方案的得分逐季变化，色带是得分的不确定范围。"
    if not found:
        return Figure(meaning, [], [], empty=NO_RUN)
    chart = trend.trend(view, found, asked)
    several = len(asked.rated(view)) > MOST_COMPARED
    cut = f"最多同时显示 {MOST_COMPARED} 个部门，请在筛选中选择要看的部门。"
    return Figure(
        meaning=meaning,
        facts=[
            ("评分方案", found[-1].scheme),
            ("期数", f"{len(found)}"),
            ("得分", part_name(asked)),
            ("评价人数", f"{sum(_raters(run, view, asked) for run in found):,}"),
            ("最近一次计算", _moment(found[-1].finished_at)),
        ],
        charts=[chart] if chart.table.rows else [],
        empty="没有符合条件的部门。",
        notes=[*([cut] if several else []), *_axis_note(asked)],
    )


def _responses(view: CampaignView, asked: Asked) -> Figure:
    del asked
    meaning = "抽样调查中，抽到并发出邀请的人里有多少人已经应答。只记是否应答，不记答了什么。"
    if not view.whole:
        return Figure(meaning, [("活动", view.title)], [], empty=NOT_WHOLE)
    rates = [
        RateLine(one.panel.value, None if one.cell is None else one.name, one.asked, one.answered)
        for one in sampling_responses.response_rates(view.id)
    ]
    days = [
        DayLine(day, panel.value, number, answered)
        for day, panel, number, answered in sampling_responses.daily(view.id)
    ]
    people = [line for line in rates if line.cell is None]
    return Figure(
        meaning=meaning,
        facts=[
            ("活动", view.title),
            ("应答对象", f"{sum(line.asked for line in people):,} 人"),
            ("已应答", f"{sum(line.answered for line in people):,} 人"),
            ("统计到", days[-1].day.isoformat() if days else "还没有统计"),
        ],
        charts=responses.charts(rates, days) if people else [],
        empty="这次活动没有抽样调查，或者还没有抽样。",
    )


def _words(view: CampaignView, asked: Asked) -> Figure:
    found = queries.comment_words(view.id)
    meaning = "已通过审核的留言里，哪些词和主题提到得多，哪些是某个部门特有的。"
    if found is None or found.document is None or found.counted_at is None:
        return Figure(meaning, [("活动", view.title)], [], empty="留言词语还没有统计。")
    groups = word_groups(found.document, view)
    comments = sum(one.comments for one in groups if one.department is not None)
    return Figure(
        meaning=meaning,
        facts=[
            ("活动", view.title),
            ("留言", f"{comments:,} 条"),
            ("统计时间", _moment(found.counted_at)),
        ],
        charts=words.charts(view, groups, asked) if comments else [],
        empty="没有已通过审核的留言，或各部门的留言都太少。",
        notes=[
            f"只显示至少 {LEAST_USES} 条留言提到的词。",
            f"留言或评价人数不足 {queries.smallest_group()} 的部门不予显示。",
            "关键词按 TF-IDF 与其他部门的留言比较；分词用 jieba 词典。",
        ],
    )


MAKERS: dict[FigureKind, Callable[[CampaignView, Asked], Figure]] = {
    FigureKind.DISTRIBUTION: _distribution,
    FigureKind.TREND: _trend,
    FigureKind.HEAT: _heat,
    FigureKind.SCORES: _scores,
    FigureKind.RESPONSES: _responses,
    FigureKind.WORDS: _words,
}


def word_groups(document: dict[str, Any], view: CampaignView) -> list[WordGroup]:
    """Return counted words by department, small groups withheld, after those of all comments.

    The smallest group is asked for again: it may have risen since the words were counted.
    """
    smallest = queries.smallest_group()
    nothing = {"comments": 0, "words": [], "topics": []}
    counted = document["departments"]
    groups = [
        _word_group(one.id, counted.get(str(one.id), nothing), smallest) for one in view.departments
    ]
    return [_word_group(None, document["all"], smallest), *groups] if view.whole else groups


def _word_group(department: int | None, counted: dict[str, Any], smallest: int) -> WordGroup:
    if counted["comments"] < smallest:
        return WordGroup(department, 0, withheld=True)
    return WordGroup(
        department,
        counted["comments"],
        withheld=False,
        words=[WordLine(word, uses, weight) for word, uses, weight in counted["words"]],
        topics=[TopicLine(topic, uses) for topic, uses in counted["topics"]],
    )


def indicator_names(view: CampaignView, asked: Asked) -> str:
    """Return what was chosen of headings and leaves, in words."""
    if not asked.indicators - {distribution.OVERALL}:
        return heat.OVERALL_LABEL
    found = [heading.name for heading in view.headings if heading.code in asked.indicators]
    found += [leaf.name for leaf in view.leaves if leaf.code in asked.indicators]
    if distribution.OVERALL in asked.indicators:
        found.append(heat.OVERALL_LABEL)
    return "、".join(found)


def part_name(asked: Asked) -> str:
    """Return what of the score is shown, in words."""
    return asked.part.name if asked.part else "总分（按方案加权）"


def _campaign_facts(view: CampaignView, asked: Asked) -> Facts:
    channels = [CHANNEL_LABELS[channel] for channel in asked.asked_channels(view)]
    return [("活动", view.title), ("渠道", "、".join(channels))]


def _run_facts(run: RunView) -> Facts:
    return [
        ("评分方案", f"{run.scheme} 第 {run.version} 版"),
        ("计算时间", _moment(run.finished_at)),
        ("置信水平", f"{scores.per_hundred(run.level)}%"),
    ]


def _as_of(view: CampaignView) -> tuple[str, str]:
    return ("统计到", "活动结束" if view.settled else "此刻（活动进行中）")


def _axis_note(asked: Asked) -> list[str]:
    return ["坐标轴没有从 0 开始，差别看起来会比实际大。"] if asked.fitted else []


def _ratings(view: CampaignView, counts: Counts, asked: Asked) -> int:
    found = distribution.answers(
        counts,
        [one.id for one in asked.rated(view)],
        asked.asked_channels(view),
        [distribution.OVERALL],
    )
    return sum(found[level] for level in LEVELS)


def _raters(run: RunView, view: CampaignView, asked: Asked) -> int:
    return sum(run.lines[one.id].raters for one in asked.rated(view) if one.id in run.lines)


def _moment(value: Any) -> str:
    return str(value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"))
