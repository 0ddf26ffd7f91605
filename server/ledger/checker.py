"""Holds the log's tables against its signed heads: whoever writes past the program is found.

Everything is read once, in order, some thousand rows at a time: leaves and tiles are compared
place by place, the tree is grown anew from the tiles, and each head is held against it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import current_app
from sqlalchemy import select

from server.core.database import db
from server.ledger import kept, store, tallytree
from server.ledger.faults import MOST_NAMED, Comparison, Fault, Kind, after_tally
from server.ledger.models import Head, Leaf, Tally
from server.ledger.notes import Checkpoint, NoteError
from server.ledger.rules import RATERS_EVENTS, Event, TallyBody, entry_text, tally_body
from server.ledger.store import LeafRow
from server.ledger.tallyroot import UnsortedError, root_over
from server.ledger.tiles import WIDTH, Growth, StoredTile, TileId, cut, width
from server.ledger.tree import leaf_hash

TILES_A_TIME = 40
PRINTED = "ledger_printed_heads"
# Each is one statement, so that its parts are of one moment.
SURPLUS_LEAVES = """
    SELECT index FROM ledger_leaf
    WHERE index >= (SELECT coalesce(max(size), 0) FROM ledger_head) ORDER BY index LIMIT %b
"""
LAST_TILES = """
    SELECT DISTINCT ON (level) level, number, length(hashes) / 32,
        (SELECT coalesce(max(size), 0) FROM ledger_head)
    FROM ledger_tile ORDER BY level, number DESC
"""

# By the leaves, which the signed heads hold: whoever writes the tables can move a tally's own row.
AFTER_TALLY = """
    WITH tallied AS (
        SELECT campaign_id, min(index) AS first FROM ledger_leaf WHERE event = %(tallied)s
        GROUP BY campaign_id
    ), late AS (
        SELECT campaign_id, false AS waits FROM ledger_leaf JOIN tallied USING (campaign_id)
        WHERE event = ANY (%(raters)s) AND index > first
        UNION ALL
        SELECT campaign_id, true FROM ledger_pending JOIN tallied USING (campaign_id)
        WHERE event = ANY (%(raters)s)
    )
    SELECT campaign_id, count(*) FILTER (WHERE NOT waits), count(*) FILTER (WHERE waits)
    FROM late GROUP BY campaign_id ORDER BY campaign_id
"""


def register_printed(app: Any, heads: Callable[[], Iterable[str]]) -> None:
    """Have the checkpoints that a domain above has printed held against the log as well."""
    app.extensions.setdefault(PRINTED, []).append(heads)


def check(*, others: Iterable[str] = ()) -> list[Fault]:
    """Return what is wrong with the log's own tables; nothing where all is well.

    The log is held against its own heads, the one beside the key ring, those printed in
    publications, and ``others``: checkpoints seen by phones, saved by auditors. Only what is kept
    out of reach can show that a whole log was replaced by whoever holds its key.
    """
    # Before the heads: what is signed meanwhile must not look like a log that became shorter.
    watched = [*others, *_printed()]
    last = kept.head_note()
    # What is appended meanwhile stands behind the newest of these heads and is not looked at.
    heads = {row.size: row for row in db.session.scalars(select(Head).order_by(Head.size))}
    if last is not None:
        watched.append(last)
    return [
        *_unkept_faults(last, heads),
        *_head_faults(heads.values()),
        *_table_faults(heads, watched),
        *_surplus_faults(),
        *_tally_faults(),
        *_late_faults(),
    ]


def _printed() -> Iterator[str]:
    for heads in current_app.extensions.get(PRINTED, ()):
        yield from heads()


def _unkept_faults(last: str | None, heads: dict[int, Head]) -> Iterator[Fault]:
    if last is None and heads:
        yield Fault(Kind.MISSING, "密钥环旁没有留存最近一次签名的日志头。")


def _head_faults(heads: Iterable[Head]) -> Iterator[Fault]:
    for head in heads:
        found = _opened(head.note)
        if found is None:
            yield Fault(Kind.SIGNATURE, f"规模 {head.size} 的日志头签名无效。")
        elif (found.size, found.root) != (head.size, head.root):
            yield Fault(Kind.HEAD, f"规模 {head.size} 的日志头与其签名内容不符。")


def _opened(note: str) -> Checkpoint | None:
    """Open a head by the log's key, under the name that the log had then."""
    try:
        return kept.opened(note)
    except NoteError:
        return None


def _table_faults(heads: dict[int, Head], others: list[str]) -> Iterator[Fault]:
    size = max(heads, default=0)
    watched: dict[int, list[bytes]] = {head.size: [head.root] for head in heads.values()}
    for note in others:
        found = _opened(note)
        if found is None:
            yield Fault(Kind.SIGNATURE, "另外保存的日志头不是由本日志签名的。")
        elif found.size > size:
            yield Fault(Kind.SHRUNK, f"日志变短了：曾公布 {found.size} 条，现在只有 {size} 条。")
        else:
            watched.setdefault(found.size, []).append(found.root)
    comparison, growth, upper = Comparison(), Growth(0, {}), _Upper()
    yield from _meet(growth, watched)
    for index, held, signed in _places(size):
        comparison.see(index, held, signed)
        if signed is not None and index == growth.size:
            growth.add(signed)
            upper.note(growth.take_full())
            yield from _meet(growth, watched)
    if growth.size < size:
        yield Fault(Kind.TILE, f"日志树缺少第 {growth.size} 条以后的数据块。")
    yield from comparison.faults()
    upper.note(list(growth.partial()))
    yield from upper.faults()


def _meet(growth: Growth, watched: dict[int, list[bytes]]) -> Iterator[Fault]:
    roots = watched.get(growth.size)
    if not roots:
        return
    if len(set(roots)) > 1:
        yield Fault(Kind.FORK, f"规模 {growth.size} 有两个不同的日志头：日志分叉了。")
    if growth.root() not in roots:
        yield Fault(Kind.HEAD, f"前 {growth.size} 条的数据块与当时签名的日志头不符。")


def _places(size: int) -> Iterator[tuple[int, bytes | None, bytes | None]]:
    """Return for each place the hash of the row there, and the tree's; None for what is missing."""
    rows = (row for held in store.all_leaves(TILES_A_TIME * WIDTH) for row in held)
    row = next(rows, None)
    for index, signed in _signed(size):
        while row is not None and row[0] < index:
            yield row[0], _hash_of(row), None
            row = next(rows, None)
        if row is not None and row[0] == index:
            yield index, _hash_of(row), signed
            row = next(rows, None)
        else:
            yield index, None, signed


def _hash_of(row: LeafRow) -> bytes:
    return leaf_hash(entry_text(*row[1:]).encode())


def _signed(size: int) -> Iterator[tuple[int, bytes | None]]:
    for start in range(0, size, TILES_A_TIME * WIDTH):
        end = min(size, start + TILES_A_TIME * WIDTH)
        numbers = range(start // WIDTH, -(-end // WIDTH))
        tiles = store.read_tiles([TileId(0, number) for number in numbers])
        for number in numbers:
            hashes = cut(tiles.get(TileId(0, number), b""))
            for index in range(number * WIDTH, min(size, (number + 1) * WIDTH)):
                place = index - number * WIDTH
                yield index, hashes[place] if place < len(hashes) else None


class _Upper:
    """Compares the tiles above the leaves with those that grow anew."""

    def __init__(self) -> None:
        self._wrong: list[TileId] = []

    def note(self, tiles: list[StoredTile]) -> None:
        grown = {TileId(one.level, one.number): one.hashes for one in tiles if one.level}
        held = store.read_tiles(grown)
        self._wrong += [
            one for one, hashes in grown.items() if not held.get(one, b"").startswith(hashes)
        ]

    def faults(self) -> Iterator[Fault]:
        for one in self._wrong:
            yield Fault(Kind.TILE, f"日志树第 {one.level} 层第 {one.number} 块与其下的条目不符。")


def _surplus_faults() -> Iterator[Fault]:
    """Find leaves and hashes behind the newest head, which nothing was signed over."""
    with store.cursor() as own:
        for (index,) in own.execute(SURPLUS_LEAVES, (MOST_NAMED,)):
            yield Fault(Kind.ADDED, f"第 {index} 条是后来加入的：没有签名的日志头包含它。")
        for level, number, held, size in own.execute(LAST_TILES):
            if held > width(level, number, size):
                yield Fault(Kind.TILE, f"日志树第 {level} 层第 {number} 块超出了签名的范围。")


def _tally_faults() -> Iterator[Fault]:
    """Hold each tally against its leaf and its own tree."""
    told = {
        (leaf.campaign_id, leaf.body)
        for leaf in db.session.scalars(select(Leaf).where(Leaf.event == int(Event.TALLIED)))
    }
    for one in db.session.scalars(select(Tally).order_by(Tally.campaign_id, Tally.edition)):
        name = f"活动 {one.campaign_id} 第 {one.edition} 版合计"
        count, root = _tally_root(one)
        if (count, root) != (one.counted, one.root):
            yield Fault(Kind.TALLY, f"{name}的承诺列表与其根不符。")
        said = TallyBody(one.edition, one.counted, one.withdrawn, one.excluded, one.root)
        if (one.campaign_id, tally_body(said)) not in told:
            yield Fault(Kind.TALLY, f"{name}与日志中公布的不同。")


def _late_faults() -> Iterator[Fault]:
    """Find what was entered into the queue for a campaign whose raters had long done."""
    values = {
        "tallied": int(Event.TALLIED),
        "raters": [int(event) for event in RATERS_EVENTS],
    }
    with store.cursor() as own:
        for campaign_id, number, waiting in own.execute(AFTER_TALLY, values):
            yield after_tally(campaign_id, number, waiting)


def _tally_root(tally: Tally) -> tuple[int, bytes | None]:
    commitments = tallytree.commitments_of(tally.campaign_id, tally.edition)
    try:
        return root_over(commitments)
    except UnsortedError:
        return tally.counted, None
