"""Leaves, tiles and heads in PostgreSQL, read and written by the batch.

Through psycopg: an hour's batch may be a thousand leaves, a close's a million.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from psycopg import Cursor

from server.core.database import session_connection
from server.ledger.tiles import StoredTile, TileId

READ_TILES = """
    SELECT level, number, hashes FROM ledger_tile
    WHERE (level, number) IN (SELECT * FROM unnest(%b::smallint[], %b::bigint[]))
"""
# A tile only ever grows: what it held stays its beginning.
STORE_TILES = """
    INSERT INTO ledger_tile AS held (level, number, hashes)
    SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[])
    ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes
    WHERE substr(excluded.hashes, 1, length(held.hashes)) = held.hashes
"""
READ_LEAVES = """
    SELECT index, campaign_id, event, reason, commitment, previous, body FROM ledger_leaf
    WHERE index >= %b AND index < %b ORDER BY index
"""
READ_ALL_LEAVES = """
    SELECT index, campaign_id, event, reason, commitment, previous, body FROM ledger_leaf
    WHERE index > %b ORDER BY index LIMIT %b
"""
# An index, and what ``entry_text`` takes.
LeafRow = tuple[int, int, int, str | None, bytes | None, bytes | None, str | None]


class LedgerBrokenError(Exception):
    """The log's own tables contradict each other: nothing is signed until somebody has looked."""


def cursor() -> Cursor[tuple[Any, ...]]:
    """Return a cursor of the session's transaction that moves bytes as bytes."""
    return session_connection().cursor(binary=True)


def read_tiles(ids: Collection[TileId]) -> Mapping[TileId, bytes]:
    """Return the tiles that are there."""
    if not ids:
        return {}
    levels, numbers = zip(*ids, strict=True)
    with cursor() as own:
        rows = own.execute(READ_TILES, (list(levels), list(numbers))).fetchall()
    return {TileId(level, number): hashes for level, number, hashes in rows}


def store_tiles(tiles: Sequence[StoredTile]) -> None:
    """Write new tiles, and what was added to old ones."""
    if not tiles:
        return
    columns = [list(column) for column in zip(*tiles, strict=True)]
    with cursor() as own:
        stored = own.execute(STORE_TILES, columns).rowcount
    if stored != len(tiles):
        message = "a tile does not continue what is stored"
        raise LedgerBrokenError(message)


def read_leaves(start: int, end: int) -> list[LeafRow]:
    """Return the rows of leaves from ``start`` to ``end``, in order; one may be missing."""
    with cursor() as own:
        rows: list[Any] = own.execute(READ_LEAVES, (start, end)).fetchall()
    return rows


def all_leaves(a_time: int) -> Iterator[list[LeafRow]]:
    """Return all rows in their order, some at a time, however their indices run."""
    after = -(2**63)
    while True:
        with cursor() as own:
            rows: list[Any] = own.execute(READ_ALL_LEAVES, (after, a_time)).fetchall()
        if not rows:
            return
        after = rows[-1][0]
        yield rows
