"""The tree in tiles of 256 hashes, as C2SP's tlog-tiles cuts it: pure.

Tile ``number`` of level l holds the nodes of height 8 l from 256 * number on. A full tile never
changes; the last one of each level grows. Whatever a proof needs stands in a few tiles.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from server.ledger.tree import HASH_BYTES, Node, Range, fold, join, nodes

HEIGHT = 8
WIDTH = 1 << HEIGHT
TILE_BYTES = WIDTH * HASH_BYTES
HIGHEST_LEVEL = 5
LARGEST_NUMBER = 2**47
PART = re.compile(r"(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?")


class TileId(NamedTuple):
    """A tile's place."""

    level: int
    number: int


class StoredTile(NamedTuple):
    """A tile's place and its hashes, one after the other."""

    level: int
    number: int
    hashes: bytes


class Place(NamedTuple):
    """Where a node is made from: ``length`` hashes of a tile, from ``offset`` on."""

    tile: TileId
    offset: int
    length: int


ReadTiles = Callable[[Collection[TileId]], Mapping[TileId, bytes]]


class TileMissingError(Exception):
    """A tile, or the part of one that is needed, is not there."""


def place(node: Node) -> Place:
    """Return where a node's hash is worked out from."""
    level, within = divmod(node.height, HEIGHT)
    number, offset = divmod(node.position << within, WIDTH)
    return Place(TileId(level, number), offset, 1 << within)


def range_hashes(ranges: Sequence[Range], read: ReadTiles) -> list[bytes]:
    """Return the hash of each range, from tiles that are read all at once."""
    wanted = [[place(node) for node in nodes(leaves)] for leaves in ranges]
    tiles = read({one.tile for places in wanted for one in places})
    return [join([_node(tiles, one) for one in places]) for places in wanted]


def cut(hashes: bytes) -> list[bytes]:
    """Return the single hashes of a tile."""
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]


def width(level: int, number: int, size: int) -> int:
    """Return how many hashes a tile has in a tree of ``size`` leaves; 0 where there is none."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - WIDTH * number))


def edge(size: int) -> list[TileId]:
    """Return the tiles that still grow in a tree of ``size`` leaves, the lowest level first."""
    return [
        TileId(level, size >> HEIGHT * (level + 1))
        for level in range(HIGHEST_LEVEL + 1)
        if size >> HEIGHT * level & WIDTH - 1
    ]


def tile_path(level: int | str, number: int, part: int) -> str:
    """Return a tile's address below the log's; ``part`` is how many of its hashes are wanted."""
    return f"tile/{level}/{number_path(number)}{'' if part == WIDTH else f'.p/{part}'}"


def number_path(number: int) -> str:
    """Write a number as ``x001/x234/067``: no folder gets more than a thousand entries."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def read_path(path: str) -> tuple[int, int] | None:
    """Return number and width of a tile's address behind its level; None where it is none."""
    found = PART.fullmatch(path)
    if not found:
        return None
    number = int(found["number"].replace("x", "").replace("/", ""))
    part = int(found["width"] or WIDTH)
    if number > LARGEST_NUMBER or number_path(number) != found["number"]:
        return None
    if part > WIDTH or (found["width"] and part == WIDTH):
        return None
    return number, part


class Growth:
    """A tree that grows at its right edge, from the tiles there and nothing else."""

    def __init__(self, size: int, edge_tiles: Mapping[TileId, bytes]) -> None:
        """Take up a tree of ``size`` leaves with what its ``edge`` holds."""
        self.size = size
        self._before = size
        self._edge: list[bytearray] = []
        self._full: list[StoredTile] = []
        for tile in edge(size):
            held = edge_tiles.get(tile, b"")
            needed = width(tile.level, tile.number, size) * HASH_BYTES
            if len(held) < needed:
                raise TileMissingError(tile)
            self._level(tile.level)[:] = held[:needed]

    def add(self, leaf: bytes) -> None:
        """Append a leaf's hash."""
        self.size += 1
        level, found = 0, leaf
        while True:
            held = self._level(level)
            held += found
            if len(held) < TILE_BYTES:
                return
            whole = bytes(held)
            held.clear()
            number = (self.size >> HEIGHT * (level + 1)) - 1
            self._full.append(StoredTile(level, number, whole))
            level, found = level + 1, fold(whole)

    def take_full(self) -> list[StoredTile]:
        """Return the tiles that were filled since this was last asked."""
        full, self._full = self._full, []
        return full

    def partial(self) -> Iterator[StoredTile]:
        """Return what the edge holds and did not before."""
        for level, held in enumerate(self._edge):
            if held and self.size >> HEIGHT * level != self._before >> HEIGHT * level:
                yield StoredTile(level, self.size >> HEIGHT * (level + 1), bytes(held))

    def root(self) -> bytes:
        """Return the root over all leaves."""
        hashes: list[bytes] = []
        for held in reversed(self._edge):
            for height, position in nodes(Range(0, len(held) // HASH_BYTES)):
                size = HASH_BYTES << height
                hashes.append(_folded(bytes(held[position * size : (position + 1) * size])))
        return join(hashes)

    def _level(self, level: int) -> bytearray:
        while len(self._edge) <= level:
            self._edge.append(bytearray())
        return self._edge[level]


def _node(tiles: Mapping[TileId, bytes], wanted: Place) -> bytes:
    start = wanted.offset * HASH_BYTES
    found = tiles.get(wanted.tile, b"")[start : start + wanted.length * HASH_BYTES]
    if len(found) != wanted.length * HASH_BYTES:
        raise TileMissingError(wanted.tile)
    return _folded(found)


# The upper tiles are in every root and proof, and the last heads in most: what is folded once is
# kept. A kilobyte each on average.
_folded = lru_cache(maxsize=2048)(fold)
