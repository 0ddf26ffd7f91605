"""All that a phone needs to see that its rating is in the log and counted, in one answer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from server.ledger import queries, store, tallytree
from server.ledger.rules import entry_text
from server.ledger.store import LeafRow
from server.ledger.tiles import TileId, range_hashes
from server.ledger.tree import Range, consistency_ranges, inclusion_ranges

# In one trip: the head, the newest tally, and three leaves, each by its kind.
FACTS = """
    WITH head AS (
        SELECT size, note FROM ledger_head ORDER BY size DESC LIMIT 1
    ), tally AS (
        SELECT edition, counted, leaf_index FROM ledger_tally
        WHERE campaign_id = %(campaign)b ORDER BY edition DESC LIMIT 1
    ), found AS (
        (SELECT 'leaf' AS kind, * FROM ledger_leaf
        WHERE campaign_id = %(campaign)b AND commitment = %(commitment)b ORDER BY index LIMIT 1)
        UNION ALL
        (SELECT 'later', * FROM ledger_leaf
        WHERE campaign_id = %(campaign)b AND previous = %(commitment)b ORDER BY index LIMIT 1)
        UNION ALL
        SELECT 'tally', * FROM ledger_leaf WHERE index = (SELECT leaf_index FROM tally)
    )
    SELECT size, note, edition, counted, kind, index, campaign_id, event, reason, commitment,
        previous, body
    FROM head LEFT JOIN tally ON true LEFT JOIN found ON index < size
"""
FACTS_BEFORE_KIND = 4


@dataclass(frozen=True)
class _Facts:
    size: int
    note: str
    edition: int | None
    counted: int
    leaves: Mapping[str, LeafRow]


def evidence(campaign_id: int, commitment: bytes, *, since: int | None = None) -> dict[str, Any]:
    """Return head, leaves, tally and their proofs, as JSON takes them.

    ``since`` is the size of the head that the asker saw before. Nothing here has to be believed:
    the head is signed, and every other part leads to its root. ``leaf`` is None while the
    commitment waits for the sequencer, ``consistency`` where there is nothing to compare.
    """
    facts = _facts(campaign_id, commitment)
    wanted: dict[str, list[Range]] = {
        kind: inclusion_ranges(row[0], facts.size) for kind, row in facts.leaves.items()
    }
    if since is not None and 0 <= since <= facts.size:
        wanted["consistency"] = consistency_ranges(since, facts.size)
    paths = _paths(wanted)
    return {
        "head": facts.note,
        "leaf": _leaf("leaf", facts, paths),
        "later": _leaf("later", facts, paths),
        "consistency": paths.get("consistency"),
        "tally": None
        if facts.edition is None
        else {
            "edition": facts.edition,
            "leaf": _leaf("tally", facts, paths),
            "place": _place(campaign_id, facts.edition, facts.counted, commitment),
        },
    }


def _facts(campaign_id: int, commitment: bytes) -> _Facts:
    with store.cursor() as own:
        values = {"campaign": campaign_id, "commitment": commitment}
        rows: list[Any] = own.execute(FACTS, values).fetchall()
    if not rows:
        empty = queries.head()
        return _Facts(empty.size, empty.note, None, 0, {})
    size, note, edition, counted = rows[0][:FACTS_BEFORE_KIND]
    leaves = {row[FACTS_BEFORE_KIND]: row[FACTS_BEFORE_KIND + 1 :] for row in rows}
    leaves.pop(None, None)
    return _Facts(size, note, edition, counted or 0, leaves)


def _paths(wanted: Mapping[str, list[Range]]) -> dict[str, list[str]]:
    """Return the hashes of several proofs, from tiles that are read all at once."""
    together = [one for ranges in wanted.values() for one in ranges]
    hashes = iter(range_hashes(together, store.read_tiles))
    return {kind: [next(hashes).hex() for _ in ranges] for kind, ranges in wanted.items()}


def _leaf(kind: str, facts: _Facts, paths: Mapping[str, list[str]]) -> dict[str, Any] | None:
    row = facts.leaves.get(kind)
    if row is None:
        return None
    return {"index": row[0], "entry": entry_text(*row[1:]), "path": paths[kind]}


def _place(
    campaign_id: int, edition: int, counted: int, commitment: bytes
) -> dict[str, Any] | None:
    found = tallytree.find(campaign_id, edition, commitment)
    if found is None:
        return None
    position, tile, hashes = found
    read = tallytree.reader(campaign_id, edition)

    def with_found(ids: Collection[TileId]) -> Mapping[TileId, bytes]:
        return {tile: hashes, **read(set(ids) - {tile})}

    path = range_hashes(inclusion_ranges(position, counted), with_found)
    return {"position": position, "path": [one.hex() for one in path]}
