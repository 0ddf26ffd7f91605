"""The result of a snapshot under its scheme, as one canonical document. Pure."""

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

FORMAT = 1

Node = dict[str, Any]


class SchemeMismatchError(ValueError):
    """The snapshot was taken for another scheme."""


def result(scheme: Scheme, snapshot: Snapshot) -> Node:
    """Return every department's tree and place; the same content gives the same document.

    Raises:
        SchemeMismatchError: the snapshot names another scheme's digest.
    """
    digest = schemes.digest(scheme)
    if snapshot.scheme_digest != digest:
        message = f"the snapshot is for scheme {snapshot.scheme_digest}, not {digest}"
        raise SchemeMismatchError(message)
    ordered = sorted(snapshot.departments, key=lambda department: department.id)
    nodes = [score_department(scheme, department) for department in ordered]
    return {
        "result": FORMAT,
        "scheme_digest": digest,
        "snapshot_digest": snapshots.digest(snapshot),
        "interval_level": scheme.interval_level,
        "departments": [_department(node) for node in nodes],
        "places": [
            _place(place)
            for place in places(nodes, level=scheme.interval_level, seed=snapshot.seed)
        ],
    }


def _figure(figure: Figure) -> Node:
    return {"score": _text(figure.score), "standard_error": _text(figure.standard_error)}


def _department(node: DepartmentNode) -> Node:
    return {
        "id": node.department.id,
        "name": node.department.name,
        "score": _text(node.score),
        "interval": None if node.score is None else [_text(node.low), _text(node.high)],
        "reason": node.reason,
        "exact": _figure(node.figure),
        "parts": {code: _figure(figure) for code, figure in node.parts.items()},
        "channels": [_channel(channel) for channel in node.channels],
    }


def _channel(node: ChannelNode) -> Node:
    return {
        "channel": node.channel.code,
        "weight": plain(node.weight),
        **_figure(node.figure),
        "reason": node.reason,
        "panels": [_panel(panel) for panel in node.panels],
    }


def _panel(node: PanelNode) -> Node:
    return {
        "panel": node.panel.code,
        "name": node.panel.name,
        "weight": plain(node.panel.weight),
        **_figure(node.figure),
        "reason": node.reason,
        "raters": node.raters,
        "indicators": [_indicator(indicator) for indicator in node.indicators],
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
