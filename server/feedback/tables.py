"""A sheet as rows of words and figures: what its page, its document and its workbook show. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from server.campaigns.rules import CHANNEL_LABELS, channel_of
from server.feedback.rules import RATE_LABELS
from server.rectification.rules import CASE_KIND_LABELS, STAGE_LABELS, CaseKind, Stage
from server.scoring.rules import REASON_LABELS

WITHHELD = "不公布"
NOTHING = "—"
LATENESS = {"late": "超期", "yellow": "临期"}

Node = Mapping[str, Any]
Row = Sequence[str]

SCORE_HEADINGS = ("活动", "得分", "区间", "全部部门中位数", "相差", "说明")
CHANNEL_HEADINGS = ("活动", "渠道", "评价份数", "得分", "全部部门中位数", "相差")
ITEM_HEADINGS = ("子项", "渠道", "作答数", "得分", "全部部门中位数", "相差")
RATE_HEADINGS = ("项目", "完成", "应办", "比率")
CASE_HEADINGS = ("编号", "标题", "类别", "挂号", "答复时限", "环节")


def scores(document: Node) -> Iterator[Row]:
    """Yield the scores of the quarter's campaigns."""
    for one in document["scores"]:
        title = campaign_title(document, one["campaign"])
        if "withheld" in one:
            yield title, WITHHELD, WITHHELD, NOTHING, NOTHING, ""
        elif "reason" in one:
            yield title, NOTHING, NOTHING, NOTHING, NOTHING, REASON_LABELS.get(one["reason"], "")
        else:
            low, high = one["interval"]
            yield title, one["score"], f"{low}–{high}", *compared(one), ""


def channels(document: Node) -> Iterator[Row]:
    """Yield the results by channel; withheld ones say so and nothing more."""
    for one in document["channels"]:
        start = campaign_title(document, one["campaign"]), channel(one["channel"])
        if "withheld" in one:
            yield *start, WITHHELD, WITHHELD, NOTHING, NOTHING
        else:
            yield *start, str(one["count"]), one["score"] or NOTHING, *compared(one)


def items(found: Sequence[Node]) -> Iterator[Row]:
    """Yield items with their distance from the median."""
    for one in found:
        name = f"{one['code']} {one['name']}"
        yield (
            name,
            channel(one["channel"]),
            str(one["count"]),
            one["score"] or NOTHING,
            *compared(one),
        )


def rates(document: Node) -> Iterator[Row]:
    """Yield the rates of the quarter's cases."""
    for name, label in RATE_LABELS.items():
        part, whole, share = document["cases"]["rates"][name]
        yield label, str(part), str(whole), NOTHING if share is None else f"{share}%"


def cases(found: Sequence[Node]) -> Iterator[Row]:
    """Yield cases; no rating and no rater's word is among what is said of them."""
    for one in found:
        late = LATENESS.get(one["lateness"], "")
        until = (
            f"{one['closed_on']} 销号"
            if one["closed_on"]
            else one["due_on"] + (f"（{late}）" if late else "")
        )
        yield (
            one["number"],
            one["title"],
            CASE_KIND_LABELS[CaseKind(one["kind"])],
            one["registered_on"],
            until,
            STAGE_LABELS[Stage(one["stage"])],
        )


def compared(one: Node) -> tuple[str, str]:
    """Return median and difference in words."""
    if "median" not in one:
        return NOTHING, NOTHING
    return one["median"], signed(one["difference"])


def signed(difference: str) -> str:
    """Return a difference with its sign."""
    number = Decimal(difference)
    return f"+{difference}" if number > 0 else difference.replace("-", "−")


def campaign_title(document: Node, campaign: int) -> str:
    """Return a campaign's title."""
    return next(
        (one["title"] for one in document["publications"] if one["campaign"] == campaign), ""
    )


def channel(code: str) -> str:
    """Return a channel's name."""
    return CHANNEL_LABELS[channel_of(code)]
