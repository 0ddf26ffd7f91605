"""The tally of a settled campaign in the log: made when it settles, and anew after an exclusion.

Counted are the rows themselves, each by the commitment worked out from it; withdrawn and excluded
are what the log says, since their rows open nothing any more.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import exists, func, select, text, union_all

from server.campaigns.models import Campaign
from server.campaigns.rules import partition_name
from server.core.database import PARTITION_SCHEMA, db, session_connection
from server.evaluation.models import Evaluation, Exclusion
from server.evaluation.rules import EvaluationState, ExclusionState
from server.ledger import tallies
from server.ledger.commitments import COMMITMENT_SQL
from server.ledger.models import Leaf, PendingLeaf, Tally
from server.ledger.queries import newest_tally
from server.ledger.rules import Event

# In the order of the commitments: sorted by PostgreSQL on its disk, and never all in memory.
COUNTED = """
    SELECT {commitment} AS commitment FROM {partition}
    WHERE campaign_id = {campaign} AND state = {counted} AND salt IS NOT NULL
    ORDER BY commitment
"""
ROWS_AT_ONCE = 20_000


def tally(campaign_id: int, now: datetime) -> None:
    """Put into the log what of a closed campaign counts; where nothing has changed, nothing."""
    # No exclusion between the counting of what counts and of what does not (docs/locking.md).
    db.session.execute(text(f"LOCK TABLE {_partition(campaign_id)} IN SHARE ROW EXCLUSIVE MODE"))
    if not _is_logged(campaign_id):
        return
    withdrawn, excluded = _taken_out(campaign_id)
    tallies.make(campaign_id, counted(campaign_id), excluded=excluded, withdrawn=withdrawn, now=now)


def bring_up_to_date(campaign_id: int, *, now: datetime) -> Tally | None:
    """Have the tally say what counts now, before figures are published; return it.

    None of a campaign that was settled before there was a log.
    """
    if campaign_id in due(campaign_id):
        tally(campaign_id, now)
    return newest_tally(campaign_id)


def due(campaign_id: int | None = None) -> Sequence[int]:
    """Return the settled campaigns whose tally is missing, or older than an exclusion."""
    confirmed = (
        select(func.count())
        .where(
            Exclusion.campaign_id == Campaign.id,
            Exclusion.state == ExclusionState.CONFIRMED.value,
        )
        .scalar_subquery()
    )
    settled = select(Campaign.id, confirmed.label("excluded")).where(
        Campaign.settled_at.is_not(None)
    )
    if campaign_id is not None:
        settled = settled.where(Campaign.id == campaign_id)
    return [row.id for row in db.session.execute(settled) if _is_due(row.id, row.excluded)]


def _is_due(campaign_id: int, excluded: int) -> bool:
    newest = newest_tally(campaign_id)
    if newest is None:
        return _is_logged(campaign_id)
    return sum(newest.excluded.values()) != excluded


def _is_logged(campaign_id: int) -> bool:
    """Tell whether the log knows ratings of a campaign, or it has none: not one of before."""
    known = union_all(
        select(Leaf.campaign_id).where(Leaf.campaign_id == campaign_id).limit(1),
        select(PendingLeaf.campaign_id).where(PendingLeaf.campaign_id == campaign_id).limit(1),
    )
    return db.session.execute(known).first() is not None or _is_empty(campaign_id)


def _is_empty(campaign_id: int) -> bool:
    rated = select(exists().where(Evaluation.campaign_id == campaign_id))
    return not db.session.scalar(rated)


def _taken_out(campaign_id: int) -> tuple[int, dict[str, int]]:
    """Return how often the log says withdrawn, and excluded by reason."""
    events = union_all(
        *(
            select(table.event, table.reason).where(
                table.campaign_id == campaign_id,
                table.event.in_((int(Event.WITHDRAWN), int(Event.EXCLUDED))),
            )
            for table in (Leaf, PendingLeaf)
        )
    ).subquery()
    counted = select(events.c.event, events.c.reason, func.count().label("number")).group_by(
        events.c.event, events.c.reason
    )
    withdrawn, excluded = 0, {}
    for row in db.session.execute(counted):
        if row.event == Event.WITHDRAWN:
            withdrawn = row.number
        else:
            excluded[row.reason] = row.number
    return withdrawn, excluded


def counted(campaign_id: int) -> Iterator[bytes]:
    """Yield the commitments of what counts, sorted, some thousand in memory at once."""
    db.session.flush()
    statement = COUNTED.format(
        commitment=COMMITMENT_SQL,
        partition=_partition(campaign_id),
        campaign=int(campaign_id),
        counted=int(EvaluationState.COUNTED),
    )
    with session_connection().cursor(f"counted_{campaign_id}", binary=True) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(statement)
        for (commitment,) in cursor:
            yield commitment


def _partition(campaign_id: int) -> str:
    return f"{PARTITION_SCHEMA}.{partition_name(campaign_id)}"
