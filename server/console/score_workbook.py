"""A computation's result as a workbook: what it is, departments, parts, indicators, weights."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from server.console import score_tables as tables
from server.core.clock import SHANGHAI
from server.core.workbooks import workbook, write_headings
from server.evaluation.rules import LEVEL_LABELS, UNKNOWN, UNKNOWN_LABEL
from server.sampling.rules import cell_label
from server.scoring.queries import ScoreRun, ScoringScheme
from server.scoring.rules import REASON_LABELS
from server.scoring.scheme import Scheme, build

Node = Mapping[str, Any]
Cell = str | int | Decimal | None
Sheet = tuple[str, Sequence[tuple[str, float]], Iterable[Sequence[Cell]]]

LEVELS = (*sorted(LEVEL_LABELS, reverse=True), UNKNOWN)
RECOMPUTE = "python -m flask --app server.wsgi recompute scores.json"


def scores_workbook(
    run: ScoreRun, stored: ScoringScheme, *, title: str, order: Sequence[int]
) -> bytes:
    """Return the workbook of a finished computation; ``order`` are departments by name."""
    result: Node = run.result or {}
    scheme = build(stored.document)
    nodes = {node["id"]: node for node in result["departments"]}
    departments = [nodes[one] for one in order if one in nodes]
    sheets: list[Sheet] = [
        ("说明", (("项目", 18), ("内容", 90)), _about(run, stored, title)),
        ("部门得分", DEPARTMENT_COLUMNS, _departments(result, order)),
        ("渠道、一级指标与办法", CUT_COLUMNS, _cuts(result, scheme, departments)),
        ("指标明细", INDICATOR_COLUMNS, _indicators(scheme, departments)),
        ("样本权重", STRATUM_COLUMNS, _strata(run.snapshot or {})),
    ]

    def fill(book: Workbook) -> None:
        figure = book.add_format({"num_format": "0.00"})
        for name, columns, rows in sheets:
            sheet = book.add_worksheet(name)
            write_headings(book, sheet, columns)
            for place, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    _write(sheet, place, column, cell, figure)

    return workbook(fill)


DEPARTMENT_COLUMNS = (
    ("部门", 30),
    ("得分", 10),
    ("区间下限", 10),
    ("区间上限", 10),
    ("名次区间（单看本部门）", 22),
    ("名次区间（全表同时）", 22),
    ("收缩后的得分", 14),
    ("没有得分的原因", 34),
)
CUT_COLUMNS = (
    ("部门", 30),
    ("项目", 30),
    ("得分", 10),
    ("区间下限", 10),
    ("区间上限", 10),
    ("没有得分的原因", 34),
)
INDICATOR_COLUMNS = (
    ("部门", 30),
    ("渠道", 16),
    ("群体", 16),
    ("编号", 10),
    ("指标", 30),
    ("办法", 20),
    ("权重", 8),
    *((LEVEL_LABELS.get(level, UNKNOWN_LABEL), 10) for level in LEVELS),
    ("得分", 10),
)
STRATUM_COLUMNS = (
    ("群体", 16),
    ("抽样层", 40),
    ("总体人数", 10),
    ("抽取并询问", 12),
    ("收到评价", 10),
    ("每份评价的权重", 16),
)


def _write(sheet: Any, row: int, column: int, cell: Cell, figure: Format) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, Decimal):
        sheet.write_number(row, column, cell, figure)
    else:
        sheet.write_number(row, column, cell)


def _about(run: ScoreRun, stored: ScoringScheme, title: str) -> list[Sequence[Cell]]:
    result: Node = run.result or {}
    finished = (
        run.finished_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if (run.finished_at) else ""
    )
    kept = "不含异常线索涉及的评价，不能公布" if run.set_apart else "全部计入的评价"
    return [
        ("评价活动", title),
        ("评分方案", f"{stored.name}（第 {stored.version} 版）"),
        ("范围", kept),
        ("计算完成", finished),
        ("置信水平", result["interval_level"]),
        ("名次区间", "差异在误差之内的部门分不出先后，所以名次是一个区间，不是一个数。"),
        ("收缩后的得分", "样本少的部门的得分向全体平均靠拢，供参考；样本越少，靠拢越多。"),
        ("方案校验码", result["scheme_digest"]),
        ("数据校验码", result["snapshot_digest"]),
        ("复核方法", f"下载 scores.json，运行 {RECOMPUTE}，输出与文件中的结果逐字节相同。"),
    ]


def _departments(result: Node, order: Sequence[int]) -> Iterable[Sequence[Cell]]:
    for row in tables.rows(result, order):
        yield (
            row.name,
            _number(row.value.score),
            _number(row.value.low),
            _number(row.value.high),
            _places(row.alone),
            _places(row.in_table),
            _number(row.shrunk),
            _reason(row.value.reason),
        )


def _cuts(result: Node, scheme: Scheme, departments: Sequence[Node]) -> Iterable[Sequence[Cell]]:
    ids = [node["id"] for node in departments]
    for cut in tables.cuts(scheme):
        for row in tables.rows(result, ids, cut=cut.key):
            if row.cut is not None:
                yield (
                    row.name,
                    cut.label,
                    _number(row.cut.score),
                    _number(row.cut.low),
                    _number(row.cut.high),
                    _reason(row.cut.reason),
                )


def _indicators(scheme: Scheme, departments: Sequence[Node]) -> Iterable[Sequence[Cell]]:
    parts = {part.code: part.name for part in scheme.parts}
    for node in departments:
        for channel in node["channels"]:
            for panel in channel["panels"]:
                for one in panel["indicators"]:
                    if any(one["levels"].values()):
                        yield (
                            node["name"],
                            tables.channel_name(channel["channel"]),
                            panel["name"],
                            one["code"],
                            one["name"],
                            parts[one["part"]],
                            one["weight"],
                            *(one["levels"].get(str(level), 0) for level in LEVELS),
                            _number(one["score"]),
                        )


def _strata(snapshot: Node) -> Iterable[Sequence[Cell]]:
    for one in snapshot.get("strata", ()):
        yield (
            one["panel"],
            cell_label(one["cell"]),
            one["population"],
            one["asked"],
            one["ratings"],
            one["weight"],
        )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _places(interval: tuple[int, int] | None) -> str | None:
    return None if interval is None else f"{interval[0]} 至 {interval[1]}"


def _reason(code: str | None) -> str | None:
    return None if code is None else REASON_LABELS.get(code, code)
