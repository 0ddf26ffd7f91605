"""Made-up departments with scores, whole and by the real rules, without a database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from server.campaigns.rules import CampaignKind, Channel
from server.publication.disclosure import withhold
from server.publication.document import Document, document
from server.publication.figures import Answers, Basis, Department, Figures, Group, Question
from server.publication.history import history
from server.publication.rules import Reason
from server.publication.withheld import Withheld
from server.scoring.result import result
from server.scoring.scheme import Scheme, build, canonical_document
from server.scoring.snapshot import Cell, Snapshot
from server.scoring.snapshot import Department as Counted
from server.scoring.snapshot import Group as CountedGroup
from tests.scoring.documents import scheme_document, snapshot_of

LIMIT = 10
CODES = ("A1", "A2", "A3", "A4", "A5")
PANELS = ("deputies", "officials", "residents")
OVERALL = "overall"
POINTS = {5: "100", 4: "80", 3: "60", 2: "30", 1: "0"}
CHANNELS = (
    Channel.OPEN,
    Channel.SERVICE_CENTRE,
    Channel.SAMPLE,
    Channel.HOTLINE,
    Channel.COMMUNITY,
)

Rating = dict[str, int]


@dataclass(frozen=True)
class Case:
    """One department's ratings by group; the sample survey's by panel."""

    ratings: dict[tuple[Channel, str], list[Rating]]

    def of(self, channel: Channel) -> list[Rating]:
        """Return all ratings of a channel."""
        return [one for key, found in self.ratings.items() if key[0] is channel for one in found]


def weights(draw: Random, count: int) -> list[str]:
    """Return whole weights that add up to 100, each at least 1."""
    cuts = sorted(draw.sample(range(1, 100), count - 1))
    return [str(high - low) for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]


def scheme_of(draw: Random) -> Scheme:
    """Return a scheme of random weights over all channels but the open one."""
    leaves = weights(draw, len(CODES) + 1)
    parts = [
        {"code": "own", "name": "总办法", "owner": "评价办", "weight": leaves[0]},
        {
            "code": "other",
            "name": "分办法",
            "owner": "市发改委",
            "weight": str(100 - int(leaves[0])),
            "levels": {"5": "100", "4": "75", "3": "55", "2": "20", "1": "0"},
        },
    ]
    channels: list[dict[str, Any]] = [
        {"channel": channel.code, "weight": weight}
        for channel, weight in zip(CHANNELS[1:], weights(draw, 4), strict=True)
    ]
    channels[1]["panels"] = [
        {"code": code, "name": code, "weight": weight}
        for code, weight in zip(PANELS, weights(draw, len(PANELS)), strict=True)
    ]
    nodes = [
        {
            "code": code,
            "name": code,
            "weight": weight,
            "part": "own" if code == OVERALL else "other",
        }
        for code, weight in zip((OVERALL, *CODES), leaves, strict=True)
    ]
    heading = {"code": "A", "name": "全部", "weight": "100", "leaves": nodes}
    return build(
        scheme_document(parts=parts, channels=channels, headings=[heading], least_weight="1")
    )


def case_of(draw: Random) -> Case:
    """Return random ratings: small and large groups, questions that few or all can answer."""
    known = {code: draw.choice((0.05, 0.3, 0.6, 1.0)) for code in CODES}
    pleased = draw.choice((False, False, False, True))
    keys = [(channel, "") for channel in CHANNELS if channel is not Channel.SAMPLE]
    keys += [(Channel.SAMPLE, panel) for panel in PANELS]
    return Case(
        {
            key: [
                {
                    OVERALL: 5 if pleased else draw.randint(1, 5),
                    **{
                        code: (5 if pleased else draw.randint(1, 5))
                        if draw.random() < known[code]
                        else 0
                        for code in CODES
                    },
                }
                for _ in range(draw.choice((0, 3, 8, 12, 20, 40)))
            ]
            for key in keys
        }
    )


def tally(ratings: Sequence[Rating]) -> dict[str, dict[int, int]]:
    """Count levels by question."""
    return {code: dict(Counter(one[code] for one in ratings)) for code in (OVERALL, *CODES)}


def department(case: Case, scheme: Scheme | None = None) -> Department:
    """Return a case's figures, with its score where a scheme is given."""
    groups = tuple(
        Group(
            channel,
            len(case.of(channel)),
            {code: Answers(levels) for code, levels in tally(case.of(channel)).items()},
            {},
        )
        for channel in sorted(CHANNELS)
    )
    questions = tuple(Question(code, code, "全部") for code in CODES)
    plain = Department(1, "市民政局", questions, groups)
    if scheme is None:
        return plain
    scored = result(scheme, _snapshot(case, scheme))
    tree = scored["departments"][0]
    places = {place["department"]: place for place in scored["places"]}
    return Department(
        1,
        plain.name,
        questions,
        groups,
        tree=tree if tree["score"] is not None else None,
        reason=tree["reason"],
        place=places.get(1),
    )


def _snapshot(case: Case, scheme: Scheme) -> Snapshot:
    groups = [
        CountedGroup(channel, panel, len(found), (Cell("", Decimal(1), tally(found)),))
        for (channel, panel), found in case.ratings.items()
        if found and channel is not Channel.OPEN
    ]
    return snapshot_of(scheme, Counted(1, "市民政局", tuple(groups)))


def basis(scheme: Scheme | None = None) -> Basis:
    """Return what a document says of itself."""
    named = None
    if scheme is not None:
        parts = canonical_document(scheme)["parts"]
        named = {"name": scheme.name, "version": 1, "parts": parts}
    return Basis(7, "评价", "", CampaignKind.SURVEY, date(2026, 11, 20), LIMIT, POINTS, named)


def publish(
    found: Department,
    scheme: Scheme | None,
    earlier: Sequence[Document] = (),
    *,
    naive: bool = False,
) -> Document:
    """Return what would be published; ``naive`` leaves complementary suppression out."""
    choice = withhold(found, LIMIT, POINTS, history(earlier, found), basis(scheme).scheme)
    if naive:
        choice = Withheld(
            groups=choice.groups,
            cells={cell: why for cell, why in choice.cells.items() if why != Reason.COMPLEMENT},
        )
    return document(Figures(basis(scheme), (found,)), {found.id: choice})
