"""An edition in the forms of the API's schemas: what is withheld is null there. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from server.core import clock
from server.core.rounding import half_up
from server.quarterly.queries import Edition
from server.quarterly.rules import PARTS, Measure, quarter_label

Data = dict[str, Any]
Node = Mapping[str, Any]
SCORE = ("score", "interval", "rank", "ranked", "reason")


def listed(edition: Edition) -> Data:
    """Return an edition in the form of ListedQuarterSchema."""
    return {
        "quarter": edition.quarter,
        "label": quarter_label(edition.quarter),
        "edition": edition.edition,
        "published_on": _day(edition),
        "note": edition.note,
        "digest": edition.digest.hex(),
    }


def quarter(edition: Edition, editions: Sequence[Edition]) -> Data:
    """Return an edition, with the list of all that were published, in the form of QuarterSchema."""
    document = edition.document
    return {
        **listed(edition),
        "as_of": document["as_of"],
        "checkpoint": edition.checkpoint,
        "smallest_group": document["smallest_group"],
        "editions": [
            {"edition": one.edition, "published_on": _day(one), "note": one.note}
            for one in editions
        ],
        "campaigns": document["campaigns"],
        "groups": [
            {
                "name": group["name"],
                "departments": [_department(one) for one in group["departments"]],
                "cases": _cases(group["cases"]) if "cases" in group else None,
            }
            for group in document["groups"]
        ],
        "cases": _cases(document["cases"]),
    }


def share(number: int, of: int) -> str:
    """Return a part of a whole in per cent with one place, rounded half up; of nothing, a dash."""
    if not of:
        return "—"
    return f"{half_up(Decimal(number) * 100 / of, 1)}%"


def _day(edition: Edition) -> str:
    at = edition.published_at
    return "" if at is None else clock.local_date(at).isoformat()


def _department(node: Node) -> Data:
    return {
        "id": node["id"],
        "name": node["name"],
        "campaigns": [
            {
                "campaign": part["campaign"],
                "score": _score(part["score"]),
                "channels": [
                    {
                        "channel": one["channel"],
                        "withheld": "withheld" in one,
                        "count": one.get("count"),
                        "score": one.get("score"),
                    }
                    for one in part["channels"]
                ],
            }
            for part in node["campaigns"]
        ],
        "cases": _cases(node["cases"]),
    }


def _score(node: Node | None) -> Data | None:
    if node is None:
        return None
    return {"withheld": "withheld" in node, **{key: node.get(key) for key in SCORE}}


def _cases(nodes: Node) -> Data:
    return {
        measure.value: {
            "withheld": "withheld" in nodes[measure.value],
            **{key: nodes[measure.value].get(key) for key in ("of", *PARTS[measure])},
        }
        for measure in Measure
    }
