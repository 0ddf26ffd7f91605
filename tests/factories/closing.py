"""Many ratings at once, and a campaign closed and settled as the worker does it."""

import secrets
from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from server.campaigns import queries as campaigns
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import service, tasks
from server.evaluation.models import Evaluation
from server.evaluation.rules import NO_CELL, CommentState

DAY = date(2026, 11, 20)


def store_ratings(
    campaign_id: int,
    department_id: int,
    overall: Sequence[int],
    *,
    channel: Channel = Channel.OPEN,
    levels: Sequence[Sequence[int]] | None = None,
    rater_tag: bytes | None = None,
    cell: int = NO_CELL,
    comment: str | None = None,
    comment_state: CommentState = CommentState.NONE,
    rated_on: date = DAY,
) -> list[UUID]:
    """Store one rating for each level in ``overall``, each by a rater of its own.

    With ``rater_tag`` all of them are one person's, as in a service campaign.
    """
    leaves = len(campaigns.department(campaign_id, department_id)[0].leaves)
    ids = [uuid4() for _ in overall]
    with transaction():
        db.session.add_all(
            Evaluation(
                campaign_id=campaign_id,
                id=identifier,
                department_id=department_id,
                rated_on=rated_on,
                channel=int(channel),
                overall=level,
                levels=list(levels[place]) if levels else [level] * leaves,
                pseudonym=secrets.token_bytes(16),
                receipt_key=secrets.token_bytes(16),
                content_mac=secrets.token_bytes(16),
                rater_tag=rater_tag,
                cell=cell,
                comment=comment,
                comment_state=comment_state,
            )
            for place, (identifier, level) in enumerate(zip(ids, overall, strict=True))
        )
    return ids


def close(campaign_id: int) -> None:
    """Close a campaign; it is not settled yet."""
    with transaction():
        service.close_campaign(campaign_id, actor=SYSTEM, now=clock.now())


def close_and_settle(campaign_id: int) -> None:
    """Close a campaign and settle it."""
    close(campaign_id)
    tasks.settle(campaign_id)
