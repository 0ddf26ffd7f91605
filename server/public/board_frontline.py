"""The board's section 为民办实事: what units did for the people by quarter; never a person."""

from dataclasses import asdict
from typing import Any

from flask import Response, json, request

from server.activities.rules import Quarter
from server.core import clock
from server.core.access import anyone
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.workbooks import csv_table
from server.evaluation.rules import LEVEL_LABELS
from server.frontline import queries
from server.frontline.queries import Achievement, Achievements, EffectResult, UnitAchievement
from server.public.blueprint import public
from server.public.board import download
from server.public.rendering import PUBLISHED, page

COLUMNS = {
    "visits": "走访次数",
    "people": "派出人次",
    "problems": "发现问题",
    "solved": "现场解决",
    "handed_on": "转办",
    "shared": "共享经验",
    "used": "被借鉴",
}


@public.get("/board/frontline")
@anyone
@limited("read")
def board_frontline() -> Response:
    """Show a quarter's units."""
    found = _wanted()
    return page(
        "board_frontline",
        cache=PUBLISHED,
        found=found,
        effects={unit.id: _effect(unit.effect) for unit in found.units},
        quarters=queries.quarters(clock.today()),
        columns=COLUMNS,
    )


@public.get("/board/frontline.json")
@anyone
@limited("read")
def board_frontline_json() -> Response:
    """Give a quarter's units as JSON."""
    found = _wanted()
    body = {
        "quarter": found.quarter.code,
        "smallest_group": found.smallest_group,
        "total": _figures(found.total),
        "units": [
            {
                "id": unit.id,
                "name": unit.name,
                **_figures(unit.done),
                "effect": _effect(unit.effect),
            }
            for unit in found.units
        ],
    }
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return download(text, "application/json", f"board-frontline-{found.quarter.code}.json")


@public.get("/board/frontline.csv")
@anyone
@limited("read")
def board_frontline_csv() -> Response:
    """Give a quarter's units as a table."""
    found = _wanted()
    name = f"board-frontline-{found.quarter.code}.csv"
    return download(_table(found), "text/csv", name)


def _wanted() -> Achievements:
    """Return the quarter that was asked for, or the present one."""
    today = clock.today()
    code = request.args.get("quarter", "")
    try:
        quarter = Quarter.read(code) if code else Quarter.of(today)
    except ValueError as error:
        raise Refusal("not_found", 404) from error
    return queries.achievements(quarter, today=today)


def _figures(done: Achievement) -> dict[str, int]:
    return {**asdict(done), "problems": done.problems}


def _effect(effect: EffectResult) -> dict[str, Any]:
    spread = effect.distribution
    return {
        "withheld": effect.withheld,
        "count": effect.count,
        "distribution": None if spread is None else {str(key): spread[key] for key in spread},
    }


def _table(found: Achievements) -> str:
    headings: list[object] = [
        "单位编号",
        "单位",
        *COLUMNS.values(),
        "成效是否公布",
        "成效评价数",
        *LEVEL_LABELS.values(),
    ]
    return csv_table([headings, *(_row(unit) for unit in found.units)])


def _row(unit: UnitAchievement) -> list[object]:
    figures = _figures(unit.done)
    spread = unit.effect.distribution
    effect: list[object] = ["否", *[""] * (1 + len(LEVEL_LABELS))]
    if spread is not None:
        effect = ["是", unit.effect.count, *spread.values()]
    return [unit.id, unit.name, *(figures[column] for column in COLUMNS), *effect]
