"""From a campaign to its traces: each search's counts read, judged, and its ratings named.

A trace is what a search found now; ``findings`` makes it a finding, or knows it again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from server.campaigns.models import Campaign
from server.core import clock
from server.core.database import db
from server.core.rounding import half_up
from server.evaluation.models import Evaluation
from server.integrity import material
from server.integrity.blocks import find_crowds
from server.integrity.bursts import find_bursts
from server.integrity.comments import find_same_texts
from server.integrity.rules import RISKY, FindingKind, Group, Thresholds
from server.integrity.straight import find_straight_lines

LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ONE_IN_MOST = 10**15


@dataclass(frozen=True)
class Trace:
    """What stands out: ``key`` tells it from others of its kind and group, for the fingerprint.

    ``evidence`` holds counts and measures, nothing of any person and no hash of an address.
    """

    kind: FindingKind
    group: Group
    key: bytes
    evidence: dict[str, Any]
    ratings: frozenset[UUID]


Search = Callable[[Campaign, Thresholds, date], Iterator[Trace]]


def bursts(campaign: Campaign, thresholds: Thresholds, today: date) -> Iterator[Trace]:
    """Find the days that stand out; ``today`` is the last day that is looked at."""
    days = material.days_between(clock.local_date(campaign.opens_at), _last_day(campaign, today))
    for burst in find_bursts(material.day_counts(campaign.id), days, thresholds):
        of_day = material.ratings(campaign.id, burst.group, Evaluation.rated_on == burst.day)
        evidence = {
            "day": burst.day.isoformat(),
            "count": burst.count,
            "expected": _rounded(burst.expected),
            "one_in": _one_in(burst.chance),
            "days": [
                [one.day.isoformat(), one.count, _rounded(one.expected)] for one in burst.days
            ],
        }
        key = burst.day.isoformat().encode()
        yield Trace(FindingKind.BURST, burst.group, key, evidence, _ids(of_day))


def same_texts(campaign: Campaign, thresholds: Thresholds, today: date) -> Iterator[Trace]:
    """Find the comments that are nearly the same. The texts themselves stay with the ratings."""
    del today
    for said in material.said(campaign.id):
        for same in find_same_texts(said.texts, said.comments, thresholds):
            lengths = [len(text) for text in same.texts]
            evidence = {
                "count": same.count,
                "comments": same.comments,
                "variants": len(same.texts),
                "shortest": min(lengths),
                "longest": max(lengths),
                "elsewhere": same.elsewhere,
                "similarity": thresholds.text_similarity if same.chance is None else 100,
                "one_in": None if same.chance is None else _one_in(same.chance),
            }
            ratings = frozenset(material.who_said(campaign.id, same.group, same.texts))
            key = sha256(same.texts[0].encode()).digest()
            yield Trace(FindingKind.SAME_TEXT, same.group, key, evidence, ratings)


def address_blocks(campaign: Campaign, thresholds: Thresholds, today: date) -> Iterator[Trace]:
    """Find the blocks of addresses that stand out. A finding names its block by a letter alone."""
    del today
    letters: dict[Group, Iterator[str]] = {}
    for crowd in find_crowds(material.block_counts(campaign.id), thresholds):
        of_block = material.ratings(
            campaign.id, crowd.group, Evaluation.address_block == crowd.block
        )
        evidence = {
            "label": next(letters.setdefault(crowd.group, iter(LABELS)), "其他"),
            "count": crowd.count,
            "ratings": crowd.ratings,
            "expected": _rounded(crowd.expected),
            "elsewhere": crowd.elsewhere,
            "blocks": crowd.blocks,
            "next_largest": crowd.next_largest,
            "one_in": _one_in(crowd.chance),
        }
        # The block is a hash under a key that is destroyed at the close: so is what is made of it.
        yield Trace(FindingKind.ADDRESS_BLOCK, crowd.group, crowd.block, evidence, _ids(of_block))


def straight_lines(campaign: Campaign, thresholds: Thresholds, today: date) -> Iterator[Trace]:
    """Find where far more ratings than elsewhere give every question the same extreme level."""
    del today
    for line in find_straight_lines(material.extremes(campaign.id), thresholds):
        straight = material.ratings(campaign.id, line.group, material.is_straight(line.level))
        evidence = {
            "level": line.level,
            "count": line.count,
            "ratings": line.ratings,
            "expected": _rounded(line.expected),
            "share": _rounded(100 * line.count / line.ratings),
            "share_elsewhere": _rounded(100 * line.share_elsewhere),
            "one_in": _one_in(line.chance),
        }
        key = bytes([line.level])
        yield Trace(FindingKind.STRAIGHT_LINE, line.group, key, evidence, _ids(straight))


def risk_ranks(campaign: Campaign, thresholds: Thresholds, today: date) -> Iterator[Trace]:
    """Find the ratings from accounts to which WeChat gives one of the two highest ranks."""
    del thresholds, today
    for group, risky in sorted(material.risky_counts(campaign.id).items()):
        of_risky = material.ratings(campaign.id, group, Evaluation.risk_rank.in_(RISKY))
        evidence = {
            "count": sum(risky.by_rank.values()),
            "by_rank": {str(rank): risky.by_rank.get(rank, 0) for rank in RISKY},
            "known": risky.known,
        }
        yield Trace(FindingKind.RISK_RANK, group, b"", evidence, _ids(of_risky))


SEARCHES: Mapping[FindingKind, Search] = {
    FindingKind.BURST: bursts,
    FindingKind.SAME_TEXT: same_texts,
    FindingKind.ADDRESS_BLOCK: address_blocks,
    FindingKind.STRAIGHT_LINE: straight_lines,
    FindingKind.RISK_RANK: risk_ranks,
}


def _last_day(campaign: Campaign, today: date) -> date:
    # A rating of before the opening day is an imported one of the same day, by the ticket's clock.
    ended: datetime = campaign.closed_at or campaign.closes_at
    return max(min(today, clock.local_date(ended)), clock.local_date(campaign.opens_at))


def _ids(query: Any) -> frozenset[UUID]:
    return frozenset(db.session.scalars(query))


def _rounded(value: float) -> float:
    return float(half_up(value, 1))


def _one_in(chance: float) -> int:
    """Return a chance as people say it: one in so many."""
    return ONE_IN_MOST if chance * ONE_IN_MOST <= 1 else round(1 / chance)
