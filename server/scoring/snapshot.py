"""A snapshot: the counts that scores are worked out from, and nothing of any person. Pure.

    {"snapshot": 1, "campaign": {"id": 7, "title": "…"}, "taken_at": "2026-11-23T08:00:00Z",
     "scheme_digest": "…", "seed": 20261123,
     "departments": [{"id": 12, "name": "…", "groups": [
        {"channel": "sample", "panel": "residents", "raters": 60, "cells": [
           {"cell": "区县=东区", "weight": "1.034500",
            "leaves": {"A1": {"5": 20, "4": 7, "3": 2, "2": 1, "1": 0, "0": 3}}}]}]}]}

``raters`` are the persons behind a group (of a signed channel: the organisations). A group of
another channel than the sample survey has panel ``""`` and one cell ``""`` of weight 1. A level
that nobody chose may be left out. ``seed`` is what rank intervals are drawn with.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from server.campaigns.rules import Channel
from server.evaluation.rules import UNKNOWN
from server.scoring import canonical
from server.scoring.rules import CHANNELS_BY_CODE, LEVELS, STEP, WITH_PANELS

FORMAT = 1
DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_COUNT = 10**10

Levels = Mapping[int, int]


class SnapshotError(ValueError):
    """The content is no snapshot; the text says where, and what should stand there."""


@dataclass(frozen=True)
class Cell:
    """Counts of a stratum cell: a rater's weight, and leaf -> level (0: 不了解) -> answers."""

    name: str
    weight: Decimal
    leaves: Mapping[str, Levels]


@dataclass(frozen=True)
class Group:
    """The raters of one department through one channel, of one panel."""

    channel: Channel
    panel: str
    raters: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Department:
    """A rated department and its groups."""

    id: int
    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Snapshot:
    """What stood in the ledger when it was taken."""

    campaign_id: int
    campaign_title: str
    taken_at: str
    scheme_digest: str
    seed: int
    departments: tuple[Department, ...]


def read(content: object) -> Snapshot:
    """Make a snapshot of JSON content; raise SnapshotError for anything it doesn't know."""
    root = _node(content, "", "snapshot campaign taken_at scheme_digest seed departments")
    if root["snapshot"] != FORMAT:
        _refuse("the format, 1", "snapshot")
    campaign = _node(root["campaign"], "campaign", "id title")
    if not DIGEST.fullmatch(_text(root["scheme_digest"], "scheme_digest")):
        _refuse("64 hex digits", "scheme_digest")
    departments = tuple(
        _department(node, f"departments.{index}")
        for index, node in enumerate(_list(root["departments"], "departments"))
    )
    if len({department.id for department in departments}) < len(departments):
        _refuse("one stands there twice", "departments")
    return Snapshot(
        _count(campaign["id"], "campaign.id"),
        _text(campaign["title"], "campaign.title"),
        _text(root["taken_at"], "taken_at"),
        root["scheme_digest"],
        _count(root["seed"], "seed"),
        departments,
    )


def document(snapshot: Snapshot) -> dict[str, Any]:
    """Return the canonical document: departments by id, groups and cells by name, no zeros."""
    return {
        "snapshot": FORMAT,
        "campaign": {"id": snapshot.campaign_id, "title": snapshot.campaign_title},
        "taken_at": snapshot.taken_at,
        "scheme_digest": snapshot.scheme_digest,
        "seed": snapshot.seed,
        "departments": [
            {
                "id": department.id,
                "name": department.name,
                "groups": [
                    _group_document(group)
                    for group in sorted(
                        department.groups, key=lambda group: (group.channel, group.panel)
                    )
                ],
            }
            for department in sorted(snapshot.departments, key=lambda department: department.id)
        ],
    }


def digest(snapshot: Snapshot) -> str:
    """Return the SHA-256 of the canonical document, in hex."""
    return canonical.digest(document(snapshot))


def _group_document(group: Group) -> dict[str, Any]:
    return {
        "channel": group.channel.code,
        "panel": group.panel,
        "raters": group.raters,
        "cells": [
            {
                "cell": cell.name,
                "weight": f"{cell.weight.quantize(STEP):f}",
                "leaves": {
                    code: {str(level): number for level, number in levels.items() if number}
                    for code, levels in cell.leaves.items()
                },
            }
            for cell in sorted(group.cells, key=lambda cell: cell.name)
        ],
    }


def _department(content: object, place: str) -> Department:
    node = _node(content, place, "id name groups")
    groups = tuple(
        _group(group, f"{place}.groups.{index}")
        for index, group in enumerate(_list(node["groups"], f"{place}.groups"))
    )
    if len({(group.channel, group.panel) for group in groups}) < len(groups):
        _refuse("one stands there twice", f"{place}.groups")
    return Department(
        _count(node["id"], f"{place}.id"), _text(node["name"], f"{place}.name"), groups
    )


def _group(content: object, place: str) -> Group:
    node = _node(content, place, "channel panel raters cells")
    channel = CHANNELS_BY_CODE.get(_text(node["channel"], f"{place}.channel"))
    if channel is None:
        _refuse("unknown", f"{place}.channel")
    panel = _text(node["panel"], f"{place}.panel")
    if bool(panel) != (channel is WITH_PANELS):
        _refuse("only the sample survey has panels, and always one", f"{place}.panel")
    cells = tuple(
        _cell(cell, f"{place}.cells.{index}")
        for index, cell in enumerate(_list(node["cells"], f"{place}.cells"))
    )
    if len({cell.name for cell in cells}) < len(cells):
        _refuse("one stands there twice", f"{place}.cells")
    return Group(channel, panel, _count(node["raters"], f"{place}.raters"), cells)


def _cell(content: object, place: str) -> Cell:
    node = _node(content, place, "cell weight leaves")
    written = _text(node["weight"], f"{place}.weight")
    if not re.fullmatch(r"[0-9]{1,9}\.[0-9]{6}", written) or not Decimal(written):
        _refuse("a decimal of six places above 0, as text", f"{place}.weight")
    leaves = node["leaves"]
    if not isinstance(leaves, dict):
        _refuse("an object", f"{place}.leaves")
    return Cell(
        _text(node["cell"], f"{place}.cell"),
        Decimal(written),
        {code: _levels(levels, f"{place}.leaves.{code}") for code, levels in leaves.items()},
    )


def _levels(content: object, place: str) -> Levels:
    known = {str(level): level for level in (*LEVELS, UNKNOWN)}
    if not isinstance(content, dict) or not set(content) <= set(known):
        _refuse("counts of the levels 5 to 1, and 0 for don't know", place)
    return {known[key]: _count(number, f"{place}.{key}") for key, number in content.items()}


def _node(content: object, place: str, keys: str) -> dict[str, Any]:
    if not isinstance(content, dict) or set(content) != set(keys.split()):
        _refuse("an object with " + keys, place or "snapshot")
    return content


def _list(content: object, place: str) -> list[Any]:
    if not isinstance(content, list):
        _refuse("a list", place)
    return content


def _text(content: object, place: str) -> str:
    if not isinstance(content, str):
        _refuse("text", place)
    return content


def _count(content: object, place: str) -> int:
    if isinstance(content, bool) or not isinstance(content, int) or not 0 <= content <= MOST_COUNT:
        _refuse("a whole number from 0", place)
    return content


def _refuse(wanted: str, place: str) -> NoReturn:
    message = f"{place}: {wanted}"
    raise SnapshotError(message)
