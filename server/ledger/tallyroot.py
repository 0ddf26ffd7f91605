"""The root over a tally's commitments. Pure: the server stores the tree, others work it out."""

from collections.abc import Iterable, Iterator

from server.ledger.tiles import WIDTH, Growth
from server.ledger.tree import leaf_hash


class UnsortedError(ValueError):
    """Commitments did not come in their order."""


def root_over(commitments: Iterable[bytes]) -> tuple[int, bytes]:
    """Return how many sorted commitments there are, and the root over them."""
    growth = Growth(0, {})
    for held in by_tile(commitments):
        for one in held:
            growth.add(leaf_hash(one))
        growth.take_full()
    return growth.size, growth.root()


def by_tile(commitments: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Return sorted commitments by the tile; raise UnsortedError where they are not."""
    held: list[bytes] = []
    last = b""
    for one in commitments:
        if one < last:
            raise UnsortedError(one.hex())
        last = one
        held.append(one)
        if len(held) == WIDTH:
            yield held
            held = []
    if held:
        yield held
