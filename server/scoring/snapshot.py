"""A snapshot: the counts that scores are worked out from, and nothing of any person. Pure.

    {"snapshot": 2, "campaign": {"id": 7, "title": "…"}, "set_apart": false,
     "scheme_digest": "…", "seed": 7,
     "strata": [{"panel": "residents", "cell": "区县=东区", "population": 61200, "asked": 120,
        "ratings": 540, "weight": "1.034500"}],
     "departments": [{"id": 12, "name": "…", "groups": [
        {"channel": "community", "panel": "", "raters": 2, "paired": 3, "cells": […]},
        {"channel": "sample", "panel": "residents", "raters": 60, "cells": [
           {"cell": "区县=东区", "weight": "1.034500",
            "leaves": {"A1": {"5": 20, "4": 7, "3": 2, "2": 1, "1": 0, "0": 3}}}]}]}]}

``raters`` are the persons behind a group (of a signed channel: the organisations). Groups of signed
channels alone have ``paired``: how many organisations of the channel's kind are paired with the
department in this campaign, whether they rated or not. A group of another channel than the sample
survey has panel ``""`` and one cell ``""`` of weight 1. A level that nobody chose may be left out.
``seed`` is what rank intervals are drawn with. ``strata`` tell of each cell of the sample survey
where its weight comes from; its weight is the same in all departments. ``set_apart``: what findings
set apart is left out. No time stands here: the same ledger gives the same bytes.

The first format had ``taken_at``, and neither ``set_apart``, ``strata`` nor ``paired``; it is still
read, and written as it came.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from server.campaigns.rules import SIGNED, Channel
from server.evaluation.rules import UNKNOWN
from server.scoring import canonical
from server.scoring.rules import (
    CHANNELS_BY_CODE,
    HIGHEST,
    LEVELS,
    MOST_SELF_CHOSEN,
    STEP,
    UNWEIGHTED,
    WITH_PANELS,
)

FORMAT = 2
FIRST_FORMAT = 1
KEYS = {
    FIRST_FORMAT: "snapshot campaign taken_at scheme_digest seed departments",
    FORMAT: "snapshot campaign set_apart scheme_digest seed strata departments",
}
DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_COUNT = 10**10
SIGNED_CODES = tuple(channel.code for channel in SIGNED)

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
    # Of signed channels; None where it is not known, as in the first format.
    paired: int | None = None


@dataclass(frozen=True)
class Department:
    """A rated department and its groups."""

    id: int
    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Stratum:
    """A cell of the sample survey: its people, whom was asked, its ratings, its raters' weight.

    ``ratings`` are those of all departments together.
    """

    panel: str
    cell: str
    population: int
    asked: int
    ratings: int
    weight: Decimal


@dataclass(frozen=True)
class Snapshot:
    """What stood in the ledger when it was taken; ``taken_at`` is of the first format alone."""

    campaign_id: int
    campaign_title: str
    scheme_digest: str
    seed: int
    departments: tuple[Department, ...]
    strata: tuple[Stratum, ...] = ()
    set_apart: bool = False
    format: int = FORMAT
    taken_at: str = ""

    @property
    def most_x(self) -> Decimal:
        """What X may weigh of all that has a figure, in per cent; the first format had no limit."""
        return HIGHEST if self.format == FIRST_FORMAT else MOST_SELF_CHOSEN


def read(content: object) -> Snapshot:
    """Make a snapshot of JSON content; raise SnapshotError for anything it doesn't know."""
    written = content.get("snapshot") if isinstance(content, dict) else None
    if isinstance(written, bool) or not isinstance(written, int) or written not in KEYS:
        _refuse("the format, 1 or 2", "snapshot")
    root = _node(content, "", KEYS[written])
    campaign = _node(root["campaign"], "campaign", "id title")
    if not DIGEST.fullmatch(_text(root["scheme_digest"], "scheme_digest")):
        _refuse("64 hex digits", "scheme_digest")
    first = written == FIRST_FORMAT
    departments = tuple(
        _department(node, f"departments.{index}", first=first)
        for index, node in enumerate(_list(root["departments"], "departments"))
    )
    if len({department.id for department in departments}) < len(departments):
        _refuse("one stands there twice", "departments")
    strata = () if first else _strata(root["strata"])
    if not first:
        _check_weights(strata, departments)
        if not isinstance(root["set_apart"], bool):
            _refuse("true or false", "set_apart")
    return Snapshot(
        _count(campaign["id"], "campaign.id"),
        _text(campaign["title"], "campaign.title"),
        root["scheme_digest"],
        _count(root["seed"], "seed"),
        departments,
        strata,
        not first and root["set_apart"],
        written,
        _text(root["taken_at"], "taken_at") if first else "",
    )


def document(snapshot: Snapshot) -> dict[str, Any]:
    """Return the canonical document: departments by id, groups and cells by name, no zeros."""
    more: dict[str, Any] = {"taken_at": snapshot.taken_at}
    if snapshot.format != FIRST_FORMAT:
        more = {
            "set_apart": snapshot.set_apart,
            "strata": [
                {
                    "panel": one.panel,
                    "cell": one.cell,
                    "population": one.population,
                    "asked": one.asked,
                    "ratings": one.ratings,
                    "weight": _written(one.weight),
                }
                for one in sorted(snapshot.strata, key=lambda one: (one.panel, one.cell))
            ],
        }
    return {
        "snapshot": snapshot.format,
        "campaign": {"id": snapshot.campaign_id, "title": snapshot.campaign_title},
        **more,
        "scheme_digest": snapshot.scheme_digest,
        "seed": snapshot.seed,
        "departments": [
            {
                "id": department.id,
                "name": department.name,
                "groups": [
                    _group_document(group, first=snapshot.format == FIRST_FORMAT)
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


def _written(weight: Decimal) -> str:
    return f"{weight.quantize(STEP):f}"


def _group_document(group: Group, *, first: bool) -> dict[str, Any]:
    signed = group.channel in SIGNED and not first
    return {
        "channel": group.channel.code,
        "panel": group.panel,
        "raters": group.raters,
        **({"paired": group.paired or 0} if signed else {}),
        "cells": [
            {
                "cell": cell.name,
                "weight": _written(cell.weight),
                "leaves": {
                    code: {str(level): number for level, number in levels.items() if number}
                    for code, levels in cell.leaves.items()
                },
            }
            for cell in sorted(group.cells, key=lambda cell: cell.name)
        ],
    }


def _strata(content: object) -> tuple[Stratum, ...]:
    found = []
    for index, one in enumerate(_list(content, "strata")):
        place = f"strata.{index}"
        node = _node(one, place, "panel cell population asked ratings weight")
        found.append(
            Stratum(
                _text(node["panel"], f"{place}.panel"),
                _text(node["cell"], f"{place}.cell"),
                _count(node["population"], f"{place}.population"),
                _count(node["asked"], f"{place}.asked"),
                _count(node["ratings"], f"{place}.ratings"),
                _weight(node["weight"], f"{place}.weight"),
            )
        )
    if len({(one.panel, one.cell) for one in found}) < len(found):
        _refuse("one stands there twice", "strata")
    return tuple(found)


def _check_weights(strata: Sequence[Stratum], departments: Sequence[Department]) -> None:
    """Every weight that enters a score is its stratum's."""
    weights = {(one.panel, one.cell): one.weight for one in strata}
    for department in departments:
        for group in department.groups:
            for cell in group.cells:
                known = weights.get((group.panel, cell.name)) if group.panel else UNWEIGHTED
                if cell.weight != known:
                    place = f"department {department.id}, {group.panel}, {cell.name}"
                    _refuse("the weight of its stratum", place)


def _department(content: object, place: str, *, first: bool) -> Department:
    node = _node(content, place, "id name groups")
    groups = tuple(
        _group(group, f"{place}.groups.{index}", first=first)
        for index, group in enumerate(_list(node["groups"], f"{place}.groups"))
    )
    if len({(group.channel, group.panel) for group in groups}) < len(groups):
        _refuse("one stands there twice", f"{place}.groups")
    return Department(
        _count(node["id"], f"{place}.id"), _text(node["name"], f"{place}.name"), groups
    )


def _group(content: object, place: str, *, first: bool) -> Group:
    keys = "channel panel raters cells"
    if not first and isinstance(content, dict) and content.get("channel") in SIGNED_CODES:
        keys += " paired"
    node = _node(content, place, keys)
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
    paired = _count(node["paired"], f"{place}.paired") if "paired" in node else None
    return Group(channel, panel, _count(node["raters"], f"{place}.raters"), cells, paired)


def _cell(content: object, place: str) -> Cell:
    node = _node(content, place, "cell weight leaves")
    leaves = node["leaves"]
    if not isinstance(leaves, dict):
        _refuse("an object", f"{place}.leaves")
    return Cell(
        _text(node["cell"], f"{place}.cell"),
        _weight(node["weight"], f"{place}.weight"),
        {code: _levels(levels, f"{place}.leaves.{code}") for code, levels in leaves.items()},
    )


def _weight(content: object, place: str) -> Decimal:
    written = _text(content, place)
    if not re.fullmatch(r"[0-9]{1,9}\.[0-9]{6}", written) or not Decimal(written):
        _refuse("a decimal of six places above 0, as text", place)
    return Decimal(written)


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
