"""A computation's result as its pages show it: rows of departments, cuts, who may read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from server.campaigns import queries as campaigns
from server.campaigns.rules import CHANNEL_LABELS
from server.core.access import Actor, Role
from server.core.errors import Refusal
from server.identity import queries as identity
from server.publication import queries as publication
from server.scoring.arithmetic import rounded
from server.scoring.queries import ScoreRun
from server.scoring.raking import design_effect
from server.scoring.rules import CHANNELS_BY_CODE, NO_RATINGS, SHOWN
from server.scoring.scheme import Scheme
from server.scoring.tree import interval

Node = Mapping[str, Any]
READERS = (Role.OFFICE, Role.INSPECTOR)


@dataclass(frozen=True)
class Value:
    """A figure with its interval; the score is None where ``reason`` says why."""

    score: str | None
    low: str | None
    high: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Row:
    """A department: its score, never without where it may stand, and what is shown beside.

    ``cut`` is the chosen channel's, heading's or method's figure; ``beside`` the score of the
    computation without (or with) what findings set apart.
    """

    id: int
    name: str
    value: Value
    alone: tuple[int, int] | None
    in_table: tuple[int, int] | None
    shrunk: str | None
    cut: Value | None
    beside: str | None


@dataclass(frozen=True)
class Cut:
    """A part of the score that a table can be narrowed to: ``channel:sample``, ``heading:A``."""

    key: str
    label: str


def require_office(campaign_id: int, actor: Actor) -> None:
    """Refuse who is not of an office that reaches every department of a campaign."""
    for path in campaigns.department_paths(campaign_id):
        actor.require(path, Role.OFFICE)


def is_office(campaign_id: int, actor: Actor) -> bool:
    """Tell whether somebody may have a campaign's scores worked out."""
    paths = campaigns.department_paths(campaign_id)
    return all(actor.reaches(path, Role.OFFICE) for path in paths)


def readable(run: ScoreRun, actor: Actor) -> list[int]:
    """Return the departments, by name, that somebody may read of in a computation, or refuse.

    The office of the whole campaign reads all; an inspector his own departments, once published.
    """
    departments = campaigns.department_ids(run.campaign_id)
    if is_office(run.campaign_id, actor):
        return departments
    if run.id not in publication.published_run_ids():
        raise Refusal("not_allowed", 403)
    paths = {one.id: one.path for one in identity.organisations_by_id(departments)}
    own = [one for one in departments if actor.reaches(paths[one], Role.INSPECTOR)]
    if not own:
        raise Refusal("not_allowed", 403)
    return own


def cuts(scheme: Scheme) -> list[Cut]:
    """Return what a table can be narrowed to."""
    return [
        *(
            Cut(f"channel:{one.channel.code}", CHANNEL_LABELS[one.channel])
            for one in scheme.channels
        ),
        *(Cut(f"heading:{one.code}", one.name) for one in scheme.headings),
        *(Cut(f"part:{one.code}", one.name) for one in scheme.parts),
    ]


def rows(
    result: Node,
    chosen: Sequence[int],
    *,
    cut: str = "",
    beside: Node | None = None,
) -> list[Row]:
    """Return the chosen departments of a result, in their order.

    Args:
        result: a computation's result.
        chosen: ids of departments.
        cut: the key of a part of the score, or nothing.
        beside: the result of the counterpart, whose scores are shown beside.
    """
    places = {place["department"]: place for place in result["places"]}
    others = {one["id"]: one["score"] for one in beside["departments"]} if beside else {}
    nodes = {node["id"]: node for node in result["departments"]}
    return [
        _row(nodes[one], places.get(one), _cut_of(result, nodes[one], cut), others.get(one))
        for one in chosen
        if one in nodes
    ]


def by_score(found: Sequence[Row]) -> list[Row]:
    """Return rows by score, the highest first; those without one follow in their order."""
    return sorted(found, key=lambda row: -Decimal(row.value.score or -1))


def _row(node: Node, place: Node | None, cut: Value | None, beside: str | None) -> Row:
    low, high = node["interval"] or (None, None)
    return Row(
        node["id"],
        node["name"],
        Value(node["score"], low, high, node["reason"]),
        None if place is None else (place["alone"][0], place["alone"][1]),
        None if place is None else (place["in_table"][0], place["in_table"][1]),
        None if place is None else place["shrunk"],
        cut,
        beside,
    )


def _cut_of(result: Node, node: Node, cut: str) -> Value | None:
    kind, _, code = cut.partition(":")
    if kind == "channel":
        found = next((one for one in node["channels"] if one["channel"] == code), None)
        return None if found is None else value_of(result, found, found["reason"])
    if kind in {"heading", "part"}:
        figure = node.get(f"{kind}s", {}).get(code)
        return None if figure is None else value_of(result, figure, node["reason"])
    return None


def value_of(result: Node, figure: Node, reason: str | None = None) -> Value:
    """Return a figure of a result with its interval, to two places."""
    if figure["score"] is None:
        return Value(None, None, None, reason or NO_RATINGS)
    score = Decimal(figure["score"])
    low, high = interval(result["interval_level"], score, Decimal(figure["standard_error"]))
    return Value(str(rounded(score, SHOWN)), str(low), str(high))


@dataclass(frozen=True)
class PanelWeights:
    """A panel of the sample survey: its cells, and Kish's design effect over all departments."""

    name: str
    strata: Sequence[Node]
    design_effect: str | None


def panel_weights(scheme: Scheme, strata: Sequence[Node]) -> list[PanelWeights]:
    """Return what the raters of each panel weigh."""
    names = {panel.code: panel.name for part in scheme.channels for panel in part.panels}
    found = []
    for code in dict.fromkeys(one["panel"] for one in strata):
        own = [one for one in strata if one["panel"] == code]
        effect = None
        if any(one["ratings"] for one in own):
            weights = [float(one["weight"]) for one in own]
            effect = f"{design_effect(weights, [one['ratings'] for one in own]):.3f}"
        found.append(PanelWeights(names.get(code, code), own, effect))
    return found


def ratings(result: Node) -> int:
    """Return how many ratings a result rests on, those of the scheme's channels."""
    return sum(
        max((sum(one["levels"].values()) for one in panel["indicators"]), default=0)
        for node in result["departments"]
        for channel in node["channels"]
        for panel in channel["panels"]
    )


def channel_name(code: str) -> str:
    """Return a channel's name."""
    return CHANNEL_LABELS[CHANNELS_BY_CODE[code]]
