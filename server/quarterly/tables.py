"""An edition as rows: what its CSV, workbook and document show. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from server.campaigns.rules import CHANNEL_LABELS, channel_of
from server.quarterly.answers import share
from server.quarterly.rules import MEASURE_LABELS, PART_LABELS, PARTS, RATES, Measure
from server.scoring.rules import REASON_LABELS

Node = Mapping[str, Any]
Row = list[Any]
WITHHELD = "不公布"
NO_GROUP = "未分组"
SUM = "合计"
CITY = "全市"

SCORE_HEADINGS = ("分组", "部门", "活动", "得分", "区间下限", "区间上限", "组内名次区间", "说明")
CHANNEL_HEADINGS = ("分组", "部门", "活动", "渠道", "评价份数", "得分")
CASE_HEADINGS = (
    "分组",
    "部门",
    *(
        label
        for measure in Measure
        for label in (MEASURE_LABELS[measure], *(PART_LABELS[one] for one in PARTS[measure]))
    ),
    *(label for _, _, label in RATES),
)
OPEN_HEADINGS = (
    "quarter",
    "edition",
    "group",
    "department_id",
    "department",
    "table",
    "campaign_id",
    "channel",
    "measure",
    "withheld",
    "value",
    "low",
    "high",
    "of",
)


def scores(document: Node) -> Iterator[Row]:
    """Yield a row for each department and campaign with scores."""
    titles = {one["id"]: one["title"] for one in document["campaigns"]}
    for group, department in departments(document):
        for part in department["campaigns"]:
            node = part["score"]
            if node is None:
                continue
            low, high = node.get("interval", (None, None))
            yield [
                group,
                department["name"],
                titles[part["campaign"]],
                WITHHELD if "withheld" in node else _decimal(node.get("score")),
                _decimal(low),
                _decimal(high),
                rank(node),
                REASON_LABELS.get(node.get("reason", ""), ""),
            ]


def channels(document: Node) -> Iterator[Row]:
    """Yield a row for each department, campaign and channel."""
    titles = {one["id"]: one["title"] for one in document["campaigns"]}
    for group, department in departments(document):
        for part in department["campaigns"]:
            for one in part["channels"]:
                label = CHANNEL_LABELS[channel_of(one["channel"])]
                start = [group, department["name"], titles[part["campaign"]], label]
                if "withheld" in one:
                    yield [*start, WITHHELD, WITHHELD]
                else:
                    yield [*start, one["count"], _decimal(one["score"])]


def cases(document: Node) -> Iterator[Row]:
    """Yield a row for each department, group and the city."""
    for group in document["groups"]:
        name = group["name"] or NO_GROUP
        for department in group["departments"]:
            yield [name, department["name"], *case_cells(department["cases"])]
        if "cases" in group:
            yield [name, SUM, *case_cells(group["cases"])]
    yield [CITY, SUM, *case_cells(document["cases"])]


def case_cells(nodes: Node) -> Iterator[Any]:
    """Yield a line of case figures: the numbers, then the rates."""
    for measure in Measure:
        node = nodes[measure.value]
        for key in ("of", *PARTS[measure]):
            yield WITHHELD if "withheld" in node else node[key]
    for measure, part, _ in RATES:
        yield rate(nodes[measure.value], part)


def rate(node: Node, part: str) -> str:
    """Return a rate in per cent; a dash where there is nothing to be a part of."""
    return WITHHELD if "withheld" in node else share(node[part], node["of"])


def rank(node: Node) -> str:
    """Return a rank interval in words."""
    if "rank" not in node:
        return ""
    best, worst = node["rank"]
    return f"{best}–{worst}（共 {node['ranked']} 个部门）"


def departments(document: Node) -> Iterator[tuple[str, Node]]:
    """Yield each department with its group's name."""
    for group in document["groups"]:
        for department in group["departments"]:
            yield group["name"] or NO_GROUP, department


def open_data(quarter: str, edition: int, document: Node) -> Iterator[Row]:
    """Yield an edition's figures one a row, in the columns that docs/quarterly.md describes."""
    for group in document["groups"]:
        start = [quarter, edition, group["name"] or ""]
        for one in group["departments"]:
            own = [*start, one["id"], one["name"]]
            for part in one["campaigns"]:
                yield from _open_campaign(own, part)
            yield from _open_cases(own, one["cases"])
        if "cases" in group:
            yield from _open_cases([*start, "", ""], group["cases"])
    yield from _open_cases([quarter, edition, "", "", ""], document["cases"])


def _open_campaign(start: Sequence[Any], part: Node) -> Iterator[Row]:
    score = part["score"]
    where = [*start, "campaign", part["campaign"]]
    if score is not None and "reason" not in score:
        shown = "withheld" not in score
        low, high = score["interval"] if shown else ("", "")
        yield [*where, "", "score", _flag(score), score.get("score", ""), low, high, ""]
        if "rank" in score:
            yield [*where, "", "rank", 0, "", *score["rank"], score["ranked"]]
    for one in part["channels"]:
        for measure in ("count", "score"):
            yield [*where, one["channel"], measure, _flag(one), one.get(measure, ""), "", "", ""]


def _open_cases(start: Sequence[Any], nodes: Node) -> Iterator[Row]:
    for measure in Measure:
        node = nodes[measure.value]
        of = node.get("of", "")
        where = [*start, "cases", "", ""]
        yield [*where, measure.value, _flag(node), of, "", "", ""]
        for part in PARTS[measure]:
            name = f"{measure.value}.{part}"
            yield [*where, name, _flag(node), node.get(part, ""), "", "", of]


def _flag(node: Node) -> int:
    return int("withheld" in node)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
