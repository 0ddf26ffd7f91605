"""A publication in the forms of the API's schemas: what is withheld is null there. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.core import clock
from server.publication.queries import ClosedCampaign, Published

Data = dict[str, Any]
Node = Mapping[str, Any]

CHANNEL = ("count", "distribution", "score", "excluded")
SCORE = ("score", "interval", "alone", "in_table", "shrunk", "reason")


def closed_campaign(campaign: ClosedCampaign) -> Data:
    """Return a campaign in the form of ClosedCampaignSchema."""
    return {
        "id": campaign.id,
        "title": campaign.title,
        "kind": campaign.kind.value,
        "closed_on": campaign.closed_on.isoformat(),
        "settled": campaign.settled,
        "published": campaign.published,
        "version": campaign.version,
        "published_on": campaign.published_on.isoformat() if campaign.published_on else None,
        "scored": campaign.scored,
    }


def results(publication: Published, departments: Iterable[Node] | None = None) -> Data:
    """Return a version in the form of CampaignResultsSchema, of some departments where given."""
    wanted = publication.document["departments"] if departments is None else departments
    return {**_basis(publication), "departments": [_department(node) for node in wanted]}


def department(publication: Published, node: Node) -> Data:
    """Return one department's part in the form of DepartmentResultSchema."""
    return {
        **_basis(publication),
        **_department(node),
        "leaves": [
            {
                "code": leaf["code"],
                "name": leaf["name"],
                "heading": leaf["heading"],
                "channels": [_leaf(channel) for channel in leaf["channels"]],
            }
            for leaf in node["leaves"]
        ],
    }


def scores(publication: Published) -> Data:
    """Return a version in the form of ScoresSchema."""
    return {
        **_version(publication),
        "scheme": publication.document["scheme"],
        "departments": [
            {"id": node["id"], "name": node["name"], **score(node["score"])}
            for node in publication.document["departments"]
        ],
    }


def tree(publication: Published, node: Node) -> Data:
    """Return one department's score in the form of ScoreTreeSchema."""
    channels = node["score"].get("channels", [])
    return {
        **_version(publication),
        "id": node["id"],
        "name": node["name"],
        "scheme": publication.document["scheme"],
        "score": score(node["score"]),
        "channels": [_channel_node(channel) for channel in channels],
    }


def score(node: Node) -> Data:
    """Return a department's score in the form of ScoreSchema."""
    return {"withheld": _withheld(node), **{key: node.get(key) for key in SCORE}}


def _version(publication: Published) -> Data:
    document = publication.document
    campaign = {key: value for key, value in document["campaign"].items() if key != "description"}
    return {
        "campaign": {**campaign, "settled": True},
        "version": publication.version,
        "published_on": clock.local_date(publication.published_at).isoformat(),
        "note": publication.note,
        "digest": publication.digest.hex(),
        "smallest_group": document["smallest_group"],
    }


def _basis(publication: Published) -> Data:
    document = publication.document
    return {
        **_version(publication),
        "settled": True,
        "level_scores": {
            level: float(points) for level, points in document["level_scores"].items()
        },
        "scored": document["scheme"] is not None,
    }


def _department(node: Node) -> Data:
    return {
        "id": node["id"],
        "name": node["name"],
        "channels": [
            {
                "channel": channel["channel"],
                "withheld": _withheld(channel),
                **{key: channel.get(key) for key in CHANNEL},
            }
            for channel in node["channels"]
        ],
        "score": None if node["score"] is None else score(node["score"]),
    }


def _leaf(channel: Node) -> Data:
    return {
        "channel": channel["channel"],
        "withheld": _withheld(channel),
        "count": channel.get("count"),
        "unknown": channel.get("unknown"),
        "mean_score": channel.get("score"),
    }


def _figure(node: Node) -> Data:
    return {
        "weight": node["weight"],
        "withheld": _withheld(node),
        "score": node.get("score"),
        "reason": node.get("reason"),
    }


def _channel_node(node: Node) -> Data:
    return {
        **_figure(node),
        "channel": node["channel"],
        "panels": [_panel_node(panel) for panel in node["panels"]],
    }


def _panel_node(node: Node) -> Data:
    return {
        **_figure(node),
        "panel": node["panel"],
        "name": node["name"],
        "weighted": node.get("weighted", False),
        "indicators": [
            {
                **_figure(indicator),
                **{key: indicator[key] for key in ("code", "name", "part")},
                "counts": indicator.get("counts"),
            }
            for indicator in node["indicators"]
        ],
    }


def _withheld(node: Node) -> bool:
    return bool(node.get("withheld", False))
