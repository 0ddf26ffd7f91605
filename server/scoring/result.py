"""The result of a snapshot under its scheme, as one canonical document. Pure.

    {"result": 2, "scheme_digest": "…", "snapshot_digest": "…", "interval_level": "0.95",
     "set_apart": false,
     "departments": [{"id": 12, "name": "…", "score": "86.61", "interval": ["84.02", "89.20"],
        "reason": null, "exact": {"score": "86.613402", "standard_error": "1.321010"},
        "parts": {"overall": {"score": "…", "standard_error": "…"}},
        "headings": {"A": {"score": "…", "standard_error": "…"}},
        "channels": [{"channel": "sample", "weight": "60", "score": "…", "standard_error": "…",
           "reason": null,
           "panels": [{"panel": "residents", "name": "普通群众", "weight": "75", "score": "…",
              "standard_error": "…", "reason": null, "raters": 60, "design_effect": "1.041000",
              "indicators": [{"code": "A1", "name": "…", "part": "overall", "weight": "30",
                 "score": "…", "standard_error": "…",
                 "levels": {"5": 20, "4": 7, "3": 2, "2": 1, "1": 0, "0": 3}}]}]}]}],
     "places": [{"department": 12, "alone": [1, 3], "in_table": [1, 5], "shrunk": "86.20"}]}

Departments by id; channels, panels, headings and parts in the scheme's order, each of them also
where it has no figure; indicators in the scheme's order, those that somebody answered. Figures are
decimals as text, null where there is none; ``reason`` is a key of ``rules.REASON_LABELS``. All but
the sample survey have one panel ``""``. ``levels`` are answers, unweighted, ``"0"`` 不了解. A
department without a score has no place.

``result`` 1, of snapshots of the first format, has no ``set_apart``, ``headings`` and
``design_effect``, and indicators without answers as well.
"""

from collections.abc import Callable
from typing import Any

from server.indicators.rules import plain
from server.scoring import scheme as schemes
from server.scoring import snapshot as snapshots
from server.scoring.ranking import Place, places
from server.scoring.scheme import Scheme
from server.scoring.snapshot import Snapshot
from server.scoring.tree import (
    ChannelNode,
    DepartmentNode,
    Figure,
    IndicatorNode,
    PanelNode,
    score_department,
)

FORMAT = 2

Node = dict[str, Any]
# Is told how much of the work is done, in per cent; may raise to end it.
Watch = Callable[[int], None]
TREES_DONE = 60


class SchemeMismatchError(ValueError):
    """The snapshot was taken for another scheme."""


def result(scheme: Scheme, snapshot: Snapshot, *, watch: Watch | None = None) -> Node:
    """Return every department's tree and place; the same content gives the same document.

    Raises:
        SchemeMismatchError: the snapshot names another scheme's digest.
    """
    digest = schemes.digest(scheme)
    if snapshot.scheme_digest != digest:
        message = f"the snapshot is for scheme {snapshot.scheme_digest}, not {digest}"
        raise SchemeMismatchError(message)
    nodes = _trees(scheme, snapshot, watch)
    found = places(nodes, level=scheme.interval_level, seed=snapshot.seed)
    first = snapshot.format == snapshots.FIRST_FORMAT
    return {
        "result": 1 if first else FORMAT,
        "scheme_digest": digest,
        "snapshot_digest": snapshots.digest(snapshot),
        "interval_level": scheme.interval_level,
        **({} if first else {"set_apart": snapshot.set_apart}),
        "departments": [_department(node, first=first) for node in nodes],
        "places": [_place(place) for place in found],
    }


def _trees(scheme: Scheme, snapshot: Snapshot, watch: Watch | None) -> list[DepartmentNode]:
    ordered = sorted(snapshot.departments, key=lambda department: department.id)
    nodes = []
    for done, department in enumerate(ordered, start=1):
        nodes.append(score_department(scheme, department, most_x=snapshot.most_x))
        if watch is not None:
            watch(TREES_DONE * done // len(ordered))
    return nodes


def _figure(figure: Figure) -> Node:
    return {"score": _text(figure.score), "standard_error": _text(figure.standard_error)}


def _department(node: DepartmentNode, *, first: bool) -> Node:
    headings = {code: _figure(figure) for code, figure in node.headings.items()}
    return {
        "id": node.department.id,
        "name": node.department.name,
        "score": _text(node.score),
        "interval": None if node.score is None else [_text(node.low), _text(node.high)],
        "reason": node.reason,
        "exact": _figure(node.figure),
        "parts": {code: _figure(figure) for code, figure in node.parts.items()},
        **({} if first else {"headings": headings}),
        "channels": [_channel(channel, first=first) for channel in node.channels],
    }


def _channel(node: ChannelNode, *, first: bool) -> Node:
    return {
        "channel": node.channel.code,
        "weight": plain(node.weight),
        **_figure(node.figure),
        "reason": node.reason,
        "panels": [_panel(panel, first=first) for panel in node.panels],
    }


def _panel(node: PanelNode, *, first: bool) -> Node:
    return {
        "panel": node.panel.code,
        "name": node.panel.name,
        "weight": plain(node.panel.weight),
        **_figure(node.figure),
        "reason": node.reason,
        "raters": node.raters,
        **({} if first else {"design_effect": _text(node.design_effect)}),
        "indicators": [
            _indicator(indicator)
            for indicator in node.indicators
            if first or any(indicator.levels.values())
        ],
    }


def _indicator(node: IndicatorNode) -> Node:
    return {
        "code": node.leaf.code,
        "name": node.leaf.name,
        "part": node.leaf.part,
        "weight": plain(node.leaf.weight),
        **_figure(node.figure),
        "levels": {str(level): number for level, number in node.levels.items()},
    }


def _place(place: Place) -> Node:
    return {
        "department": place.department_id,
        "alone": [place.alone.best, place.alone.worst],
        "in_table": [place.in_table.best, place.in_table.worst],
        "shrunk": _text(place.shrunk),
    }


def _text(value: object) -> str | None:
    return None if value is None else f"{value:f}"
