"""What a reader chose of a figure: read from the address, and written back into one."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import request, url_for

from server.campaigns.rules import CHANNEL_LABELS, Channel
from server.console.query import searched
from server.core.web import LARGEST_INTEGER
from server.figures.rules import FILTERS, LEAST_COMPARED, MOST_COMPARED, FigureKind
from server.figures.views import Asked, CampaignView, Part, PartKind

Pairs = list[tuple[str, str]]
ON = "1"


def asked_of(kind: FigureKind, view: CampaignView) -> Asked:
    """Read what was chosen; what the campaign does not have counts as not chosen."""
    usable = FILTERS[kind]
    departments = frozenset(_numbers("department")) & {one.id for one in view.departments}
    codes = {leaf.code for leaf in view.leaves} | {heading.code for heading in view.headings}
    return Asked(
        departments=departments if "departments" in usable else frozenset(),
        channels=_channels(view) if "channels" in usable else frozenset(),
        indicators=frozenset(request.args.getlist("indicator")) & (codes | {"overall"})
        if "indicators" in usable
        else frozenset(),
        part=_part(view) if "part" in usable else None,
        scheme=searched("scheme") if "scheme" in usable else "",
        compare="compare" in usable and request.args.get("compare") == ON,
        fitted="axis" in usable and request.args.get("axis") == "fitted",
    )


def comparison_fault(asked: Asked) -> str:
    """Say why the chosen departments can't be compared, or nothing."""
    if asked.compare and not LEAST_COMPARED <= len(asked.departments) <= MOST_COMPARED:
        chosen = len(asked.departments)
        return f"比较需要选 {LEAST_COMPARED} 至 {MOST_COMPARED} 个部门，现在选了 {chosen} 个。"
    return ""


def address(endpoint: str, kind: FigureKind, view: CampaignView, asked: Asked) -> str:
    """Return the address of a figure as it was asked for."""
    parts: Pairs = [("campaign", str(view.id))]
    parts += [("department", str(one)) for one in sorted(asked.departments)]
    parts += [("channel", one.code) for one in sorted(asked.channels)]
    parts += [("indicator", one) for one in sorted(asked.indicators)]
    chosen = (
        ("part", part_value(asked.part) if asked.part else ""),
        ("scheme", asked.scheme),
        ("compare", ON if asked.compare else ""),
        ("axis", "fitted" if asked.fitted else ""),
    )
    parts += [(name, value) for name, value in chosen if value]
    return f"{url_for(endpoint, figure_kind=kind.value)}?{urlencode(parts)}"


def channel_choices(view: CampaignView) -> Sequence[tuple[str, str]]:
    """Return the campaign's channels by code and name."""
    return [(channel.code, CHANNEL_LABELS[channel]) for channel in view.channels]


def part_choices(view: CampaignView) -> Sequence[tuple[str, str]]:
    """Return what of a score can be looked at by itself, by value and name."""
    kinds = {PartKind.CHANNEL: "渠道", PartKind.HEADING: "指标"}
    return [(part_value(one), f"{kinds[one.kind]}：{one.name}") for one in view.parts]


def part_value(part: Part) -> str:
    """Return a part as it stands in addresses."""
    return f"{part.kind.value}:{part.code}"


def _part(view: CampaignView) -> Part | None:
    wanted = request.args.get("part")
    return next((one for one in view.parts if part_value(one) == wanted), None)


def _channels(view: CampaignView) -> frozenset[Channel]:
    codes = request.args.getlist("channel")
    return frozenset(channel for channel in view.channels if channel.code in codes)


def _numbers(name: str) -> list[int]:
    found = request.args.getlist(name, type=int)
    return [value for value in found if 0 < value <= LARGEST_INTEGER]
