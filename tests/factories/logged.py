"""Events for the log, and the log as a stranger sees it."""

import secrets
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.ledger import queries, sequencer, service, signing, store, tallies
from server.ledger.models import Leaf, PendingLeaf, Tally
from server.ledger.notes import Checkpoint, open_checkpoint
from server.ledger.rules import Event, entry_text


def note_accepted(campaign_id: int, count: int, *, at_close: bool = False) -> list[bytes]:
    """Have so many ratings accepted; return their commitments."""
    commitments = [secrets.token_bytes(32) for _ in range(count)]
    with transaction():
        for one in commitments:
            service.note(campaign_id, Event.ACCEPTED, commitment=one, at_close=at_close)
    return commitments


def note_excluded(campaign_id: int, commitment: bytes, reason: str = "test") -> None:
    """Have a rating set apart."""
    with transaction():
        service.note(campaign_id, Event.EXCLUDED, previous=commitment, reason=reason)


def append(*closing: int) -> int:
    """Run the sequencer once."""
    with transaction():
        return sequencer.append(now=clock.now(), closing=closing)


def tally(
    campaign_id: int,
    commitments: Sequence[bytes],
    *,
    excluded: dict[str, int] | None = None,
    withdrawn: int = 0,
) -> Tally:
    """Make a campaign's tally."""
    with transaction():
        return tallies.make(
            campaign_id,
            sorted(commitments),
            excluded=excluded or {},
            withdrawn=withdrawn,
            now=clock.now(),
        )


def pending() -> int:
    """Count what waits."""
    return db.session.scalar(select(func.count()).select_from(PendingLeaf)) or 0


def leaves() -> list[Leaf]:
    """Return all leaves' rows in their order."""
    return list(db.session.scalars(select(Leaf).order_by(Leaf.index)))


def entries() -> Iterator[bytes]:
    """Return what the leaves are hashes of."""
    for rows in store.all_leaves(1000):
        for row in rows:
            yield entry_text(*row[1:]).encode()


def checkpoint() -> Checkpoint:
    """Open the newest head with the log's own key."""
    return open_checkpoint(queries.head().note, signing.signer().key)
