"""Ratings as an honest city and as manipulators give them, put into a campaign by the hundred."""

import random
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.evaluation.rules import CommentState

LEAVES = 8
HOME_BLOCKS = 400


@dataclass(frozen=True, kw_only=True)
class Given:
    """One rating of many."""

    day: date
    overall: int = 5
    levels: Sequence[int] = ()
    comment: str | None = None
    block: bytes | None = None
    risk_rank: int | None = None


def block(number: int) -> bytes:
    """Return a made-up block of addresses, as the keyed hash would be."""
    return b"block" + number.to_bytes(3, "big")


def store(
    campaign_id: int, department_id: int, given: Iterable[Given], channel: Channel = Channel.OPEN
) -> list[UUID]:
    """Store ratings, each of a rater of its own; return their ids."""
    rows: list[dict[str, Any]] = [
        {
            "campaign_id": campaign_id,
            "id": uuid4(),
            "department_id": department_id,
            "rated_on": one.day,
            "channel": int(channel),
            "state": 1,
            "overall": one.overall,
            "levels": list(one.levels) or [one.overall] * LEAVES,
            "pseudonym": secrets.token_bytes(16),
            "receipt_key": secrets.token_bytes(16),
            "content_mac": secrets.token_bytes(16),
            "comment": one.comment,
            "comment_state": int(CommentState.PASSED if one.comment else CommentState.NONE),
            "address_block": one.block,
            "risk_rank": one.risk_rank,
        }
        for one in given
    ]
    with transaction():
        db.session.execute(insert(Evaluation), rows)
    return [row["id"] for row in rows]


def ordinary(seed: int, number: int, days: Sequence[date]) -> list[Given]:
    """Return what honest raters give: all levels, all days, mixed answers, blocks of their own."""
    draw = random.Random(seed)  # noqa: S311 made-up data
    found = []
    for _ in range(number):
        overall = draw.choices([5, 4, 3, 2, 1], [40, 30, 15, 10, 5])[0]
        straight = draw.random() < 0.5
        levels = [
            overall if straight else min(5, max(1, overall + draw.choice([-1, 0, 0, 1])))
            for _ in range(LEAVES)
        ]
        comment = draw.choice(
            [None, None, "很好", f"第{draw.randint(1, 10**9)}号窗口办事的感受不同"]
        )
        found.append(
            Given(
                day=draw.choice(days),
                overall=overall,
                levels=levels,
                comment=comment,
                block=block(draw.randint(1, HOME_BLOCKS)),
                risk_rank=draw.choices([0, 1, 2, None], [70, 15, 5, 10])[0],
            )
        )
    return found


def begun_before(campaign: Campaign, days: int) -> list[date]:
    """Let a campaign have begun so many days ago; return its days until today."""
    with transaction():
        moved = db.session.merge(campaign)
        moved.opens_at = clock.now() - timedelta(days=days)
    first = clock.today() - timedelta(days=days)
    return [first + timedelta(days=number) for number in range(days + 1)]
