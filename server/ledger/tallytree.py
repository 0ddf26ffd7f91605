"""The tree over a tally's commitments, in tiles like the log's.

At level 0 a tile holds the commitments themselves, so that one can be looked up; what the tree is
made of are the hashes of these as leaves.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping

from server.ledger import store
from server.ledger.tallyroot import by_tile
from server.ledger.tiles import WIDTH, Growth, ReadTiles, StoredTile, TileId, cut
from server.ledger.tree import leaf_hash

STORE = """
    INSERT INTO ledger_tally_tile (campaign_id, edition, level, number, first, hashes)
    SELECT %b, %b, * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[], %b::bytea[])
"""
READ = """
    SELECT level, number, hashes FROM ledger_tally_tile
    WHERE campaign_id = %b AND edition = %b
        AND (level, number) IN (SELECT * FROM unnest(%b::smallint[], %b::bigint[]))
"""
# Of equal commitments the first one: tiles whose first is smaller come before it.
FIND = """
    SELECT number, hashes FROM ledger_tally_tile
    WHERE campaign_id = %(campaign)b AND edition = %(edition)b AND level = 0
        AND first <= %(commitment)b
    ORDER BY first DESC, number LIMIT 1
"""
ALL = """
    SELECT hashes FROM ledger_tally_tile
    WHERE campaign_id = %b AND edition = %b AND level = 0 AND number >= %b AND number < %b
    ORDER BY number
"""
TILES_A_TIME = 100


def lay(campaign_id: int, edition: int, commitments: Iterable[bytes]) -> tuple[int, bytes]:
    """Store the tree over sorted commitments; return how many there were, and the root."""
    growth, count = Growth(0, {}), 0
    for number, held in enumerate(by_tile(commitments)):
        count += len(held)
        for one in held:
            growth.add(leaf_hash(one))
        upper = [tile for tile in growth.take_full() if tile.level]
        _store(campaign_id, edition, [StoredTile(0, number, b"".join(held)), *upper])
    _store(campaign_id, edition, [tile for tile in growth.partial() if tile.level])
    return count, growth.root()


def position(campaign_id: int, edition: int, commitment: bytes) -> int | None:
    """Return the place of a commitment in its tally; None where it isn't in it."""
    found = find(campaign_id, edition, commitment)
    return None if found is None else found[0]


def find(campaign_id: int, edition: int, commitment: bytes) -> tuple[int, TileId, bytes] | None:
    """Return a commitment's place, and the tile that it was found in, as one of hashes."""
    values = {"campaign": campaign_id, "edition": edition, "commitment": commitment}
    with store.cursor() as own:
        row = own.execute(FIND, values).fetchone()
    if row is None:
        return None
    held = cut(row[1])
    place = bisect_left(held, commitment)
    if place == len(held) or held[place] != commitment:
        return None
    number = int(row[0])
    return number * WIDTH + place, TileId(0, number), b"".join(map(leaf_hash, held))


def reader(campaign_id: int, edition: int) -> ReadTiles:
    """Return what reads a tally's tiles as tiles of hashes."""

    def read(ids: Collection[TileId]) -> Mapping[TileId, bytes]:
        if not ids:
            return {}
        levels, numbers = zip(*ids, strict=True)
        values = (campaign_id, edition, list(levels), list(numbers))
        with store.cursor() as own:
            rows = own.execute(READ, values).fetchall()
        return {
            TileId(level, number): hashes if level else b"".join(map(leaf_hash, cut(hashes)))
            for level, number, hashes in rows
        }

    return read


def commitments_tile(campaign_id: int, edition: int, number: int) -> bytes | None:
    """Return up to 256 commitments, one after the other."""
    return next(_tiles(campaign_id, edition, number, number + 1), None)


def commitments_of(campaign_id: int, edition: int) -> Iterator[bytes]:
    """Return the commitments of a tally in their order."""
    start = 0
    while True:
        found = list(_tiles(campaign_id, edition, start, start + TILES_A_TIME))
        for held in found:
            yield from cut(held)
        if len(found) < TILES_A_TIME:
            return
        start += TILES_A_TIME


def _tiles(campaign_id: int, edition: int, start: int, end: int) -> Iterator[bytes]:
    with store.cursor() as own:
        rows = own.execute(ALL, (campaign_id, edition, start, end)).fetchall()
    return (row[0] for row in rows)


def _store(campaign_id: int, edition: int, tiles: list[StoredTile]) -> None:
    if not tiles:
        return
    levels, numbers, hashes = (list(column) for column in zip(*tiles, strict=True))
    firsts = [None if tile.level else tile.hashes[:32] for tile in tiles]
    with store.cursor() as own:
        own.execute(STORE, (campaign_id, edition, levels, numbers, firsts, hashes))
