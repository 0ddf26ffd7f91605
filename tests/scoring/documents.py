"""Small schemes and snapshots that tests change to their liking."""

from typing import Any

from server.scoring.rules import UNWEIGHTED
from server.scoring.scheme import Scheme, build, digest
from server.scoring.snapshot import Cell, Department, Group, Levels, Snapshot, Stratum


def scheme_document(**more: Any) -> dict[str, Any]:
    """Return a scheme of two methods, four channels and three indicators."""
    return {
        "scheme": 1,
        "name": "试行方案",
        "note": "",
        "levels": {"5": "100", "4": "80", "3": "60", "2": "30", "1": "0"},
        "smallest_group": 10,
        "interval_level": "0.95",
        "least_weight": "50",
        "parts": [
            {"code": "overall", "name": "评价办总办法", "owner": "评价办", "weight": "60"},
            {
                "code": "business",
                "name": "营商环境评价",
                "owner": "市发改委",
                "weight": "40",
                "levels": {"5": "100", "4": "75", "3": "55", "2": "20", "1": "0"},
            },
        ],
        "channels": [
            {
                "channel": "sample",
                "weight": "60",
                "panels": [
                    {"code": "deputies", "name": "两代表一委员", "weight": "25"},
                    {
                        "code": "residents",
                        "name": "普通群众",
                        "weight": "75",
                        "margins": {"区县": {"东区": 600, "西区": 400}},
                        "cap": "3",
                    },
                ],
            },
            {"channel": "service_centre", "weight": "20"},
            {"channel": "community", "weight": "10"},
            {"channel": "enterprise_online", "weight": "10"},
        ],
        "headings": [
            {
                "code": "A",
                "name": "优化办事服务",
                "weight": "70",
                "leaves": [
                    {"code": "A1", "name": "办事效率", "weight": "30", "part": "overall"},
                    {"code": "A2", "name": "惠企政策", "weight": "40", "part": "business"},
                ],
            },
            {
                "code": "B",
                "name": "总体评价",
                "weight": "30",
                "leaves": [
                    {"code": "overall", "name": "总体满意度", "weight": "30", "part": "overall"}
                ],
            },
        ],
        **more,
    }


def small_scheme(**more: Any) -> Scheme:
    return build(scheme_document(**more))


def snapshot_of(scheme: Scheme, *departments: Department) -> Snapshot:
    """Return a snapshot whose strata are the cells of the departments."""
    weights = {
        (group.panel, cell.name): cell.weight
        for department in departments
        for group in department.groups
        for cell in group.cells
        if group.panel
    }
    strata = tuple(
        Stratum(panel, name, 1000, 40, 20, weight) for (panel, name), weight in weights.items()
    )
    return Snapshot(7, "2026 年度评价", digest(scheme), 20261123, departments, strata)


def everybody(levels: Levels, raters: int, *, scheme: Scheme) -> Department:
    """Return a department whose raters of all channels answer all questions alike."""
    cell = Cell("", UNWEIGHTED, {leaf.code: levels for leaf in scheme.leaves})
    return Department(
        1,
        "市民政局",
        tuple(
            Group(part.channel, panel, raters, (cell,))
            for part in scheme.channels
            for panel in ([one.code for one in part.panels] or [""])
        ),
    )
