"""A scoring scheme as the score is worked out by it, and its canonical document. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from server.campaigns.rules import Channel
from server.indicators.rules import plain
from server.scoring import canonical
from server.scoring.rules import (
    CHANNELS_BY_CODE,
    DEFAULT_INTERVAL_LEVEL,
    DEFAULT_LEAST_WEIGHT,
    LEAST_GROUP,
    LEVELS,
)

FORMAT = 1

Points = Mapping[int, Decimal]
Document = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One of the 1+6 methods: who owns it and how it turns levels into points.

    ``organisation`` is the owner's id where it is an organisation of the city.
    """

    code: str
    name: str
    owner: str
    organisation: int | None
    weight: Decimal
    points: Points


@dataclass(frozen=True)
class Leaf:
    """A rated indicator; ``weight`` is its share of the whole."""

    code: str
    name: str
    weight: Decimal
    part: str


@dataclass(frozen=True)
class Heading:
    """A heading; its weight is the sum of its leaves'."""

    code: str
    name: str
    weight: Decimal
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Panel:
    """A panel of the sample survey: weight within the channel, and what its raters are raked to.

    ``margins``: dimension -> category -> persons. ``cap``: the largest weight of a rater as a
    multiple of the mean one; None trims nothing.
    """

    code: str
    name: str
    weight: Decimal
    margins: Mapping[str, Mapping[str, int]]
    cap: Decimal | None


@dataclass(frozen=True)
class ChannelPart:
    """A channel that enters the score; all but the sample survey have no panels."""

    channel: Channel
    weight: Decimal
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Scheme:
    """A checked scheme. ``points`` is the level map of parts that have none of their own."""

    name: str
    note: str
    points: Points
    smallest_group: int
    interval_level: str
    least_weight: Decimal
    parts: tuple[Part, ...]
    channels: tuple[ChannelPart, ...]
    headings: tuple[Heading, ...]

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf, in the headings' order."""
        return tuple(leaf for heading in self.headings for leaf in heading.leaves)

    @property
    def points_of_parts(self) -> Mapping[str, Points]:
        """The level map of each part."""
        return {part.code: part.points for part in self.parts}


def build(document: Document) -> Scheme:
    """Make a scheme of a document that ``checks.check_scheme`` found no fault in."""
    points = _points(document["levels"])
    return Scheme(
        name=document["name"].strip(),
        note=(document.get("note") or "").strip(),
        points=points,
        smallest_group=document.get("smallest_group", LEAST_GROUP),
        interval_level=str(document.get("interval_level", DEFAULT_INTERVAL_LEVEL)),
        least_weight=_decimal(document.get("least_weight", DEFAULT_LEAST_WEIGHT)),
        parts=tuple(_part(part, points) for part in document["parts"]),
        channels=tuple(_channel(channel) for channel in document["channels"]),
        headings=tuple(_heading(heading) for heading in document["headings"]),
    )


def canonical_document(scheme: Scheme) -> Document:
    """Return the one document of a scheme: every default written out, every number as text."""
    return {
        "scheme": FORMAT,
        "name": scheme.name,
        "note": scheme.note,
        "levels": _points_document(scheme.points),
        "smallest_group": scheme.smallest_group,
        "interval_level": scheme.interval_level,
        "least_weight": plain(scheme.least_weight),
        "parts": [
            {
                "code": part.code,
                "name": part.name,
                "owner": part.owner,
                "organisation": part.organisation,
                "weight": plain(part.weight),
                "levels": _points_document(part.points),
            }
            for part in scheme.parts
        ],
        "channels": [_channel_document(channel) for channel in scheme.channels],
        "headings": [
            {
                "code": heading.code,
                "name": heading.name,
                "weight": plain(heading.weight),
                "leaves": [
                    {
                        "code": leaf.code,
                        "name": leaf.name,
                        "weight": plain(leaf.weight),
                        "part": leaf.part,
                    }
                    for leaf in heading.leaves
                ],
            }
            for heading in scheme.headings
        ],
    }


def digest(scheme: Scheme) -> str:
    """Return the SHA-256 of the canonical document, in hex: the scheme's finger print."""
    return canonical.digest(canonical_document(scheme))


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def _points(levels: Mapping[Any, object]) -> Points:
    named = {str(level): value for level, value in levels.items()}
    return {level: _decimal(named[str(level)]) for level in LEVELS}


def _points_document(points: Points) -> dict[str, str]:
    return {str(level): plain(points[level]) for level in LEVELS}


def _part(part: Document, points: Points) -> Part:
    own = part.get("levels")
    return Part(
        part["code"],
        part["name"].strip(),
        part["owner"].strip(),
        part.get("organisation"),
        _decimal(part["weight"]),
        points if own is None else _points(own),
    )


def _channel(channel: Document) -> ChannelPart:
    return ChannelPart(
        CHANNELS_BY_CODE[channel["channel"]],
        _decimal(channel["weight"]),
        tuple(_panel(panel) for panel in channel.get("panels") or ()),
    )


def _panel(panel: Document) -> Panel:
    cap = panel.get("cap")
    return Panel(
        panel["code"],
        panel["name"].strip(),
        _decimal(panel["weight"]),
        {name: dict(targets) for name, targets in (panel.get("margins") or {}).items()},
        None if cap is None else _decimal(cap),
    )


def _heading(heading: Document) -> Heading:
    return Heading(
        heading["code"],
        heading["name"].strip(),
        _decimal(heading["weight"]),
        tuple(
            Leaf(leaf["code"], leaf["name"].strip(), _decimal(leaf["weight"]), leaf["part"])
            for leaf in heading["leaves"]
        ),
    )


def _channel_document(channel: ChannelPart) -> Document:
    return {
        "channel": channel.channel.code,
        "weight": plain(channel.weight),
        "panels": [
            {
                "code": panel.code,
                "name": panel.name,
                "weight": plain(panel.weight),
                "margins": {name: dict(targets) for name, targets in panel.margins.items()},
                "cap": None if panel.cap is None else plain(panel.cap),
            }
            for panel in channel.panels
        ],
    }
