"""A scheme as YAML text: faults told by line; and the document that a new scheme starts from."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from server.campaigns.rules import Channel
from server.core import yaml_text
from server.indicators.rules import OVERALL, Fault, method_label, plain
from server.scoring.checks import check_scheme
from server.scoring.rules import (
    DEFAULT_INTERVAL_LEVEL,
    DEFAULT_LEAST_WEIGHT,
    DEFAULT_POINTS,
    LEAST_GROUP,
)
from server.scoring.scheme import FORMAT, Document

# 1+2+2+X as a start; each city sets its own weights.
STARTING_CHANNELS = {
    Channel.SAMPLE: "50",
    Channel.SERVICE_CENTRE: "15",
    Channel.HOTLINE: "15",
    Channel.COMMUNITY: "5",
    Channel.VILLAGE: "5",
    Channel.ENTERPRISE_ONLINE: "10",
}
STARTING_NOTE = "渠道和群体的权重为样例，请按本市办法修改。"
STARTING_PANELS = {
    "deputies": "两代表一委员",
    "officials": "机关干部",
    "enterprises": "企业代表",
    "residents": "普通群众",
}


def read(text: str) -> tuple[Document | None, list[Fault]]:
    """Return a text's document, or None and its faults, each with its line."""
    try:
        found = yaml_text.read(text)
    except yaml_text.YamlTextError as error:
        return None, [Fault(f"line {error.line}", f"第 {error.line} 行：{error.message}")]
    faults = [Fault(place, message) for place, message in found.faults]
    faults += check_scheme(found.content)
    if faults:
        return None, [
            Fault(fault.place, f"第 {found.line_of(fault.place)} 行：{fault.message}")
            for fault in faults
        ]
    document: Document = found.content
    return document, []


def write(document: Mapping[str, Any]) -> str:
    """Return a document as the YAML text that ``read`` takes."""
    return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=1000)


def starting_document(
    name: str, tree: Sequence[Mapping[str, Any]], *, smallest_group: int = LEAST_GROUP
) -> Document:
    """Return a scheme to start from: an indicator tree's weights, and usual ones for the rest.

    ``tree`` is in the form of ``server.indicators.queries.tree``; each of its methods becomes a
    part whose weight is what its indicators weigh together.
    """
    leaves = [leaf for heading in tree for leaf in heading["leaves"]]
    methods = sorted({leaf["method"] for leaf in leaves}, key=lambda one: (one != OVERALL, one))
    codes = {
        method: OVERALL if method == OVERALL else f"method-{number}"
        for number, method in enumerate(methods)
    }
    return {
        "scheme": FORMAT,
        "name": name,
        "note": STARTING_NOTE,
        "levels": {str(level): points for level, points in DEFAULT_POINTS.items()},
        "smallest_group": smallest_group,
        "interval_level": DEFAULT_INTERVAL_LEVEL,
        "least_weight": plain(DEFAULT_LEAST_WEIGHT),
        "parts": [_part(codes[method], method, leaves) for method in methods],
        "channels": [_channel(channel, weight) for channel, weight in STARTING_CHANNELS.items()],
        "headings": [
            {
                "code": heading["code"],
                "name": heading["name"],
                "weight": heading["weight"],
                "leaves": [
                    {
                        "code": leaf["code"],
                        "name": leaf["name"],
                        "weight": leaf["weight"],
                        "part": codes[leaf["method"]],
                    }
                    for leaf in heading["leaves"]
                ],
            }
            for heading in tree
        ],
    }


def _part(code: str, method: str, leaves: Sequence[Mapping[str, Any]]) -> Document:
    weights = [Decimal(leaf["weight"]) for leaf in leaves if leaf["method"] == method]
    name = method_label(method)
    return {
        "code": code,
        "name": name,
        "owner": "评价办" if method == OVERALL else f"{name}（请填写牵头部门）",
        "weight": plain(sum(weights, Decimal(0))),
    }


def _channel(channel: Channel, weight: str) -> Document:
    if channel is not Channel.SAMPLE:
        return {"channel": channel.code, "weight": weight}
    panels = [
        {"code": code, "name": name, "weight": "25"} for code, name in STARTING_PANELS.items()
    ]
    return {"channel": channel.code, "weight": weight, "panels": panels}
