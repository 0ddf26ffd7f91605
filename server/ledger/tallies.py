"""Tallies: what of a campaign counts, as a tree over the counted ratings' commitments."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, select

from server.core.database import db
from server.core.transaction import lock
from server.ledger import sequencer, service, tallytree
from server.ledger.models import Leaf, Tally, TallyTile
from server.ledger.queries import head, newest_tally
from server.ledger.rules import Event, TallyBody, tally_body


def make(
    campaign_id: int,
    commitments: Iterable[bytes],
    *,
    excluded: Mapping[str, int],
    withdrawn: int,
    now: datetime,
) -> Tally:
    """Make a campaign's tally from the counted ratings' commitments, which come sorted.

    Where the newest one says the same, it stands and is returned: the step may be repeated. Its
    leaf is appended here, behind everything of the campaign that was pending, in the caller's
    transaction: nothing that it doesn't count can come before it in the log.
    """
    lock(sequencer.LOCK)
    sequencer.append(now=now, closing=[campaign_id])
    before = newest_tally(campaign_id)
    edition = before.edition + 1 if before else 1
    reasons = {reason: number for reason, number in sorted(excluded.items()) if number}
    made = Tally(
        campaign_id=campaign_id,
        edition=edition,
        counted=0,
        withdrawn=withdrawn,
        excluded=reasons,
        root=b"",
        made_at=now,
    )
    # Its tiles refer to it, so it comes first, and takes count and root when they are known.
    db.session.add(made)
    db.session.flush()
    made.counted, made.root = tallytree.lay(campaign_id, edition, commitments)
    db.session.flush()
    if before and _says(before) == _says(made):
        _take_back(made)
        return before
    made.leaf_index = _append_leaf(made, now)
    db.session.flush()
    return made


def _append_leaf(made: Tally, now: datetime) -> int:
    body = tally_body(
        TallyBody(made.edition, made.counted, made.withdrawn, made.excluded, made.root)
    )
    service.note(made.campaign_id, Event.TALLIED, body=body)
    size = head().size
    sequencer.append(now=now, closing=[made.campaign_id])
    return db.session.scalars(
        select(Leaf.index).where(
            Leaf.index >= size,
            Leaf.campaign_id == made.campaign_id,
            Leaf.event == int(Event.TALLIED),
        )
    ).one()


def _says(tally: Tally) -> tuple[object, ...]:
    return tally.counted, tally.withdrawn, tally.excluded, tally.root


def _take_back(made: Tally) -> None:
    mine = (
        TallyTile.campaign_id == made.campaign_id,
        TallyTile.edition == made.edition,
    )
    db.session.execute(delete(TallyTile).where(*mine))
    db.session.delete(made)
    db.session.flush()
