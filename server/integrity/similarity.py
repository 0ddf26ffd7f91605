"""Texts that are nearly the same, among a hundred thousand, in seconds and bounded memory. Pure.

A text is the set of its runs of three characters (``SHINGLE``), after everything but letters and
figures was taken out. Two texts are as alike as Jaccard's index of their sets says. To find the
pairs without comparing all: ``HASHES`` minima of random hashes of each set (MinHash, Broder 1997)
agree with just that probability, and texts that agree in all ``ROWS`` of one of ``BANDS`` bands are
compared (locality-sensitive hashing, Indyk and Motwani 1998). A pair that is 0.8 alike meets with a
probability of 1 - (1 - 0.8^4)^16 = 0.9998; those that meet are compared exactly.
docs/decisions/0010-near-identical-comments.md tells why this is not a library.
"""

import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

SHINGLE = 3
BANDS, ROWS = 16, 4
HASHES = BANDS * ROWS
# So many runs of characters are hashed at once, or one text's: 64 numbers for each.
AT_ONCE = 40_000
# Hashes that agree estimate how alike two texts are, with a deviation of 0.05: four of them are
# left for chance, and what is nearer than that is compared exactly.
LIKELY = 0.2
# In a crowded band a text is compared with the first of each sort alone, so many sorts at most.
MOST_LEADERS = 8
MOST_SORTS_OF_CHAIN = 100
LONGEST_COMPARED = 2000

NOT_SAID = re.compile(r"[\W_]+")
Keys = NDArray[np.uint64]
Minima = NDArray[np.uint32]
Places = NDArray[np.intp]


def plain(text: str) -> str:
    """Return a text as it is compared: letters and figures alone, width and case folded."""
    return NOT_SAID.sub("", unicodedata.normalize("NFKC", text[:LONGEST_COMPARED]).casefold())


def shingles(text: str) -> frozenset[str]:
    """Return a plain text's runs of three characters; a shorter text is one by itself."""
    return frozenset(
        text[place : place + SHINGLE] for place in range(max(1, len(text) - SHINGLE + 1))
    )


def alikeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return Jaccard's index of two sets."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def alike(texts: Sequence[str], least: float) -> list[list[int]]:
    """Return the places of texts that are alike, a list for each sort of two or more.

    ``texts`` are plain, and each is different from the others. Every text of a sort is at least
    ``least`` alike to the sort's first one: a chain of small steps does not join its ends.
    """
    if len(texts) < 2:  # noqa: PLR2004 two make a pair
        return []
    joined = _Joined(len(texts))
    signatures = _signatures(texts)
    for first in range(0, HASHES, ROWS):
        for places in _crowds(_band(signatures[first : first + ROWS])):
            _join(texts, signatures, places, least, joined)
    sorts: list[list[int]] = []
    for members in joined.sets():
        sorts += _about_one(texts, members, least)
    return sorts


def _join(
    texts: Sequence[str], signatures: Minima, places: Places, least: float, joined: "_Joined"
) -> None:
    """Compare the first of a crowd with the others, then the first of those that are unlike it."""
    for _ in range(MOST_LEADERS):
        if len(places) < 2:  # noqa: PLR2004 two make a pair
            return
        leader, others = int(places[0]), places[1:]
        agreement = np.mean(signatures[:, others] == signatures[:, [leader]], axis=0)
        likely = agreement >= least - LIKELY
        mine = shingles(texts[leader]) if likely.any() else frozenset()
        for at in np.flatnonzero(likely):
            place = int(others[at])
            if joined.same(place, leader):
                continue
            if alikeness(mine, shingles(texts[place])) >= least:
                joined.join(place, leader)
            else:
                likely[at] = False
        places = others[~likely]


def _about_one(texts: Sequence[str], members: Sequence[int], least: float) -> Iterator[list[int]]:
    """Part what chains have joined: around the first text, then around the first of the rest."""
    rest = list(members)
    for _ in range(MOST_SORTS_OF_CHAIN):
        if not rest:
            return
        middle = shingles(texts[rest[0]])
        near = [place for place in rest if alikeness(shingles(texts[place]), middle) >= least]
        if len(near) > 1:
            yield near
        taken = set(near)
        rest = [place for place in rest if place not in taken]


class _Joined:
    """Which texts belong together, directly or through others (union by smaller place)."""

    def __init__(self, number: int) -> None:
        self._leads_to = list(range(number))

    def _root(self, place: int) -> int:
        leads_to = self._leads_to
        while leads_to[place] != place:
            leads_to[place] = leads_to[leads_to[place]]
            place = leads_to[place]
        return place

    def same(self, one: int, other: int) -> bool:
        return self._root(one) == self._root(other)

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self._leads_to[second] = first

    def sets(self) -> list[list[int]]:
        """Return the places of each set of two or more, in order."""
        found: dict[int, list[int]] = defaultdict(list)
        for place in range(len(self._leads_to)):
            found[self._root(place)].append(place)
        return [members for members in found.values() if len(members) > 1]


def _signatures(texts: Sequence[str]) -> Minima:
    """Return the minima of every text's hashes, a row for each hash."""
    signatures = np.empty((HASHES, len(texts)), dtype=np.uint32)
    start = 0
    for sets in _at_once(texts):
        signatures[:, start : start + len(sets)] = _minima(sets)
        start += len(sets)
    return signatures


def _band(rows: Minima) -> Keys:
    """Return a number a text: texts with the same one agree in the whole band."""
    keys = np.zeros(rows.shape[1], dtype=np.uint64)
    for row in rows:
        keys = keys * np.uint64(0x9E3779B97F4A7C15) + row + np.uint64(1)
    return keys


def _at_once(texts: Sequence[str]) -> Iterator[list[frozenset[str]]]:
    some: list[frozenset[str]] = []
    runs = 0
    for text in texts:
        mine = shingles(text)
        if some and runs + len(mine) > AT_ONCE:
            yield some
            some, runs = [], 0
        some.append(mine)
        runs += len(mine)
    yield some


def _minima(sets: Sequence[frozenset[str]]) -> Minima:
    # By zlib, not hash(): the same in every process, so that a search finds the same again.
    runs = np.fromiter((zlib.crc32(run.encode()) for one in sets for run in one), dtype=np.uint64)
    starts = np.cumsum([0, *(len(one) for one in sets[:-1])])
    multipliers, offsets = _hashes()
    # Multiply-shift (Dietzfelbinger and others 1997): the upper half of a x + b modulo 2^64.
    mixed = runs[None, :] * multipliers[:, None]
    mixed += offsets[:, None]
    mixed >>= np.uint64(32)
    return np.minimum.reduceat(mixed, starts, axis=1).astype(np.uint32)


@cache
def _hashes() -> tuple[Keys, Keys]:
    """Return the random hashes' multipliers (odd) and offsets: always the same ones."""
    numbers = np.arange(1, 2 * HASHES + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    # SplitMix64's finish (Steele, Lea and Flood 2014), which spreads consecutive numbers.
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    numbers ^= numbers >> np.uint64(31)
    return numbers[:HASHES] | np.uint64(1), numbers[HASHES:]


def _crowds(band: Keys) -> Iterator[Places]:
    """Yield the places that share a number, of each number that two or more have."""
    order = np.argsort(band, kind="stable")
    held = band[order]
    edges = np.flatnonzero(np.concatenate(([True], held[1:] != held[:-1], [True])))
    for place in np.flatnonzero(np.diff(edges) > 1):
        yield order[edges[place] : edges[place + 1]]
