"""The only writer of the log: takes up what is pending, shuffles it, and signs a new head.

All of a batch is one transaction under one advisory lock: killed at any point, either all of it
happened or nothing did, and no two batches can begin at the same size.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from server.campaigns.rules import CampaignState
from server.core.database import db
from server.core.transaction import lock
from server.ledger import kept, store
from server.ledger.models import Head
from server.ledger.notes import Checkpoint
from server.ledger.queries import newest_head
from server.ledger.rules import LEAST_BATCH, PUBLIC_EVENTS, Event, entry_text
from server.ledger.signing import origin, signer
from server.ledger.store import LeafRow, LedgerBrokenError
from server.ledger.tiles import WIDTH, Growth, edge
from server.ledger.tree import leaf_hash

LOCK = "ledger"
# Rows that are in memory at once.
A_TIME = 40 * WIDTH
# What happened in an open campaign is taken when enough ratings came in that nobody can tell whose
# is whose: a rating's corrections hide nobody, and wait with it. A tally comes behind what it
# counts. ``gen_random_uuid`` because ``random`` can be guessed from some of its values.
TAKE = """
    WITH ready AS (
        SELECT campaign_id FROM ledger_pending
        WHERE NOT at_close AND event = %(accepted)b
        GROUP BY campaign_id HAVING count(*) >= %(least)b
    ), taken AS (
        DELETE FROM ledger_pending
        WHERE campaign_id = ANY (%(closing)b) OR event = ANY (%(public)b)
            OR campaign_id IN (SELECT id FROM campaign WHERE state = %(closed)s)
            OR NOT at_close AND campaign_id IN (SELECT campaign_id FROM ready)
        RETURNING *
    )
    INSERT INTO ledger_leaf (index, campaign_id, event, reason, commitment, previous, body)
    SELECT
        %(size)b + row_number() OVER (ORDER BY event = ANY (%(public)b), gen_random_uuid()) - 1,
        campaign_id, event, reason, commitment, previous, body
    FROM taken
"""


def append(*, now: datetime, closing: Collection[int] = ()) -> int:
    """Append what may be appended; return how many leaves. The caller's transaction.

    ``closing`` names campaigns of which everything is taken: those that close. Of closed ones
    everything is taken in any case. Raises Refusal where the tables do not hold what was signed
    last (``kept``): over them nothing is signed.
    """
    # What the session has noted must be among the pending.
    db.session.flush()
    lock(LOCK)
    before = newest_head()
    kept.require(before)
    size = before.size if before else 0
    added = _take(size, closing)
    if not added:
        return 0
    growth = Growth(size, store.read_tiles(edge(size)))
    if before and growth.root() != before.root:
        message = f"the tiles do not give the root of the head at {size}"
        raise LedgerBrokenError(message)
    for start in range(size, size + added, A_TIME):
        rows = store.read_leaves(start, min(start + A_TIME, size + added))
        _grow(growth, rows)
        store.store_tiles(growth.take_full())
    store.store_tiles(list(growth.partial()))
    _sign(growth, now)
    return added


def _take(size: int, closing: Collection[int]) -> int:
    values = {
        "accepted": int(Event.ACCEPTED),
        "public": [int(event) for event in PUBLIC_EVENTS],
        "least": LEAST_BATCH,
        "closing": list(closing),
        "closed": CampaignState.CLOSED.value,
        "size": size,
    }
    with store.cursor() as own:
        return own.execute(TAKE, values).rowcount


def _grow(growth: Growth, rows: Iterable[LeafRow]) -> None:
    for row in rows:
        if row[0] != growth.size:
            message = f"there is no leaf {growth.size}"
            raise LedgerBrokenError(message)
        growth.add(leaf_hash(entry_text(*row[1:]).encode("ascii")))


def _sign(growth: Growth, now: datetime) -> None:
    root = growth.root()
    checkpoint = Checkpoint(origin(), growth.size, root)
    note = signer().note(checkpoint.text())
    db.session.add(Head(size=growth.size, root=root, note=note, at=now))
    db.session.flush()
    kept.keep(note)
