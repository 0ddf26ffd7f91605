"""A publication as files: its canonical JSON, and a workbook with the same content."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.workbook import Workbook

from server.campaigns.rules import CHANNEL_LABELS, channel_of
from server.core import clock
from server.core.workbooks import workbook, write_headings
from server.evaluation.rules import LEVEL_LABELS, REASON_LABELS, UNKNOWN_LABEL
from server.publication.queries import Published
from server.scoring import canonical
from server.scoring.rules import CERTAIN
from server.scoring.rules import REASON_LABELS as NO_SCORE_LABELS

WITHHELD = "不公布"

Node = Mapping[str, Any]
Row = Sequence[str | int | Decimal | None]

LEVEL_COLUMNS = [(label, 12.0) for label in LEVEL_LABELS.values()]
CHANNEL_COLUMNS = [
    ("部门编号", 10.0),
    ("部门", 30.0),
    ("渠道", 18.0),
    ("计入评价数", 12.0),
    *LEVEL_COLUMNS,
    ("得分", 10.0),
    *((f"不予采纳：{label}", 26.0) for label in REASON_LABELS.values()),
]
LEAF_COLUMNS = [
    ("部门编号", 10.0),
    ("部门", 30.0),
    ("子项编号", 12.0),
    ("子项", 34.0),
    ("渠道", 18.0),
    ("作答数", 10.0),
    (UNKNOWN_LABEL, 10.0),
    ("得分", 10.0),
]
SCORE_COLUMNS = [
    ("部门编号", 10.0),
    ("部门", 30.0),
    ("分数", 10.0),
    ("区间下限", 10.0),
    ("区间上限", 10.0),
    ("名次区间（单独）", 16.0),
    ("名次区间（同时）", 16.0),
    ("收缩分数", 10.0),
    ("说明", 26.0),
]
TREE_COLUMNS = [
    ("部门编号", 10.0),
    ("部门", 30.0),
    ("渠道", 18.0),
    ("群体", 18.0),
    ("指标编号", 12.0),
    ("指标", 34.0),
    ("权重", 10.0),
    ("得分", 10.0),
    *LEVEL_COLUMNS,
    (UNKNOWN_LABEL, 10.0),
]


def canonical_bytes(publication: Published) -> bytes:
    """Return the document's canonical bytes, whose SHA-256 is the version's digest."""
    return canonical.encode(publication.document)


def as_workbook(publication: Published) -> bytes:
    """Return the document as XLSX: channels, questions and, where published, scores and trees."""
    document = publication.document
    departments = document["departments"]

    def fill(book: Workbook) -> None:
        _sheet(book, "说明", [("项目", 16.0), ("内容", 80.0)], _about(publication))
        _sheet(book, "各渠道结果", CHANNEL_COLUMNS, _channels(departments))
        _sheet(book, "子项结果", LEAF_COLUMNS, _leaves(departments))
        if document["scheme"] is not None:
            _sheet(book, "分数", SCORE_COLUMNS, _scores(departments))
            _sheet(book, "分数构成", TREE_COLUMNS, _trees(departments))

    return workbook(fill)


def _sheet(
    book: Workbook, name: str, columns: Iterable[tuple[str, float]], rows: Iterable[Row]
) -> None:
    sheet = book.add_worksheet(name)
    write_headings(book, sheet, columns)
    for line, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(line, place, cell)
            elif cell is not None:
                sheet.write_number(line, place, cell)


def _about(publication: Published) -> Iterator[Row]:
    document = publication.document
    scheme = document["scheme"]
    yield "活动", document["campaign"]["title"]
    yield "版本", publication.version
    yield "公布日期", clock.local_date(publication.published_at).isoformat()
    yield "说明", publication.note
    yield "校验码", publication.digest.hex()
    yield "日志头", publication.checkpoint
    yield "最小公布人数", document["smallest_group"]
    yield "不公布", "人数不足的数字，以及可能推算出它们的数字，都不公布。"
    if scheme is not None:
        yield "评分方案", f"{scheme['name']}（第 {scheme['version']} 版）"
        yield "方案校验码", scheme["digest"]
        yield "计数快照校验码", scheme["snapshot_digest"]
        yield "置信水平", scheme["interval_level"]


def _label(channel: Node) -> str:
    return CHANNEL_LABELS[channel_of(channel["channel"])]


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _score(node: Node) -> str | Decimal | None:
    return WITHHELD if "withheld" in node else _number(node.get("score"))


def _channels(departments: Iterable[Node]) -> Iterator[Row]:
    for department in departments:
        for channel in department["channels"]:
            start = [department["id"], department["name"], _label(channel)]
            if "withheld" in channel:
                yield [*start, WITHHELD]
                continue
            yield [
                *start,
                channel["count"],
                *(channel["distribution"][str(level)] for level in LEVEL_LABELS),
                _number(channel["score"]),
                *(channel["excluded"].get(reason, 0) for reason in REASON_LABELS),
            ]


def _leaves(departments: Iterable[Node]) -> Iterator[Row]:
    for department in departments:
        for leaf in department["leaves"]:
            for channel in leaf["channels"]:
                start = [department["id"], department["name"], leaf["code"], leaf["name"]]
                start.append(_label(channel))
                if "withheld" in channel:
                    yield [*start, WITHHELD]
                else:
                    yield [*start, channel["count"], channel["unknown"], _score(channel)]


def _scores(departments: Iterable[Node]) -> Iterator[Row]:
    for department in departments:
        node = department["score"]
        low, high = node.get("interval", (None, None))
        yield [
            department["id"],
            department["name"],
            _score(node),
            _number(low),
            _number(high),
            _ranks(node.get("alone")),
            _ranks(node.get("in_table")),
            _number(node.get("shrunk")),
            CERTAIN if low and low == high else NO_SCORE_LABELS.get(node.get("reason", ""), ""),
        ]


def _ranks(interval: Sequence[int] | None) -> str:
    return "" if interval is None else f"{interval[0]}–{interval[1]}"


def _trees(departments: Iterable[Node]) -> Iterator[Row]:
    for department in departments:
        start = [department["id"], department["name"]]
        for channel in department["score"].get("channels", ()):
            label = _label(channel)
            yield [*start, label, "", "", "", *_line(channel)]
            for panel in channel["panels"]:
                if panel["panel"]:
                    yield [*start, label, panel["name"], "", "", *_line(panel)]
                for one in panel["indicators"]:
                    yield [
                        *start,
                        label,
                        panel["name"],
                        one["code"],
                        one["name"],
                        *_line(one),
                        *(one["counts"][level] for level in "543210" if "counts" in one),
                    ]


def _line(node: Node) -> Row:
    if "reason" in node:
        return [Decimal(node["weight"]), NO_SCORE_LABELS.get(node["reason"], "")]
    return [Decimal(node["weight"]), _score(node)]
