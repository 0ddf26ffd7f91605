"""The Merkle tree of RFC 6962: hashes, which nodes a proof is made of, and its verification. Pure.

A *node* is the root of a complete subtree: of height h and position i it covers the leaves
from i * 2^h to (i + 1) * 2^h. What is stored are nodes, and every hash of a proof is made of them.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"
HASH_BYTES = 32
PAIR_BYTES = 2 * HASH_BYTES
EMPTY_ROOT = sha256(b"").digest()


class ProofError(Exception):
    """A proof does not prove what it should."""


class Node(NamedTuple):
    """The root of a complete subtree, by height and position among those of its height."""

    height: int
    position: int


class Range(NamedTuple):
    """The leaves from ``start`` up to, and without, ``end``."""

    start: int
    end: int


def leaf_hash(entry: bytes) -> bytes:
    """Return a leaf's hash."""
    return sha256(LEAF_PREFIX + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return sha256(NODE_PREFIX + left + right).digest()


def split(size: int) -> int:
    """Return the largest power of two below ``size``: how many leaves the left subtree has."""
    return 1 << (size - 1).bit_length() - 1


def nodes(leaves: Range) -> list[Node]:
    """Return the complete subtrees that make up a range of a tree, from the left.

    The range is one that a tree's root or proof is about: it begins where a subtree does.
    """
    found, start = [], leaves.start
    while start < leaves.end:
        height = (leaves.end - start).bit_length() - 1
        found.append(Node(height, start >> height))
        start += 1 << height
    return found


def join(hashes: Sequence[bytes]) -> bytes:
    """Return the hash of a range from those of its ``nodes``."""
    if not hashes:
        return EMPTY_ROOT
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def fold(hashes: bytes) -> bytes:
    """Return the root of a complete subtree from the hashes of its lowest level, in one piece."""
    while len(hashes) > HASH_BYTES:
        hashes = b"".join(
            [
                sha256(NODE_PREFIX + hashes[place : place + PAIR_BYTES]).digest()
                for place in range(0, len(hashes), PAIR_BYTES)
            ]
        )
    return hashes


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return what the hashes of an inclusion proof cover, in the proof's order."""
    if not 0 <= index < size:
        raise IndexError(index)
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            found.append(Range(middle, end))
            end = middle
        else:
            found.append(Range(start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return what the hashes of a consistency proof cover, in the proof's order."""
    if not 0 <= old <= new:
        raise IndexError(old)
    if old in {0, new}:
        return []
    found, start, end = [], 0, new
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            found.append(Range(middle, end))
            end = middle
        else:
            found.append(Range(start, middle))
            start = middle
    if start:
        found.append(Range(start, end))
    return found[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        message = "the leaf is outside the tree"
        raise ProofError(message)
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            message = "the inclusion proof is too long"
            raise ProofError(message)
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        message = "the inclusion proof is too short"
        raise ProofError(message)
    return found


def check_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Raise ProofError unless the leaf's hash stands at ``index`` of the tree with this root."""
    if root_from_inclusion(index, size, leaf, path) != root:
        message = "the leaf is not in the tree"
        raise ProofError(message)


def check_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Raise ProofError unless the new tree begins with the whole old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        message = "the tree has become smaller"
        raise ProofError(message)
    if old == new and old_root != new_root:
        message = "two different heads of one size"
        raise ProofError(message)
    if old in {0, new}:
        if path or (old == 0 and old_root != EMPTY_ROOT):
            message = "the consistency proof does not fit"
            raise ProofError(message)
        return
    if _roots_from_consistency(old, new, old_root, path) != (old_root, new_root):
        message = "the tree does not continue the earlier one"
        raise ProofError(message)


def _roots_from_consistency(
    old: int, new: int, old_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    # A complete old tree is itself the first node, and is left out of the proof.
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not hashes:
        message = "the consistency proof is too short"
        raise ProofError(message)
    first = second = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            message = "the consistency proof is too long"
            raise ProofError(message)
        if place & 1 or place == last:
            first, second = node_hash(one, first), node_hash(one, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, one)
        place, last = place >> 1, last >> 1
    if last:
        message = "the consistency proof is too short"
        raise ProofError(message)
    return first, second
