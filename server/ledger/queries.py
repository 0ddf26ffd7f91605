"""Reading the log: heads, leaves, proofs, tallies."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from server.core.database import db
from server.core.errors import Refusal
from server.ledger import store, tallytree
from server.ledger.models import Head, Leaf, Tally
from server.ledger.notes import Checkpoint
from server.ledger.rules import Event, entry_text
from server.ledger.signing import origin, signer
from server.ledger.tiles import range_hashes
from server.ledger.tree import EMPTY_ROOT, consistency_ranges, inclusion_ranges


@dataclass(frozen=True)
class SignedHead:
    """How large the log is, the root over it, and the checkpoint as it is served."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True)
class FoundLeaf:
    """A leaf with the text that it is the hash of."""

    index: int
    event: Event
    entry: str


def newest_head() -> Head | None:
    """Return the newest head's row; None while nothing was appended."""
    return db.session.scalar(select(Head).order_by(Head.size.desc()).limit(1))


def head() -> SignedHead:
    """Return the newest signed head; of an empty log, one of size 0."""
    found = newest_head()
    if found:
        return SignedHead(found.size, found.root, found.note)
    empty = Checkpoint(origin(), 0, EMPTY_ROOT)
    return SignedHead(0, EMPTY_ROOT, signer().note(empty.text()))


def head_of(size: int) -> SignedHead | None:
    """Return the head that was signed at a size, if there was one."""
    found = db.session.get(Head, size)
    return SignedHead(found.size, found.root, found.note) if found else None


def leaf_of(campaign_id: int, commitment: bytes) -> FoundLeaf | None:
    """Return the leaf that brought a commitment into the log; None while it waits."""
    found = db.session.scalar(
        select(Leaf)
        .where(Leaf.campaign_id == campaign_id, Leaf.commitment == commitment)
        .order_by(Leaf.index)
        .limit(1)
    )
    return _found(found) if found else None


def later_leaf(campaign_id: int, commitment: bytes) -> FoundLeaf | None:
    """Return the leaf that took a commitment's place, took it back or set it apart, if any did."""
    found = db.session.scalar(
        select(Leaf)
        .where(Leaf.campaign_id == campaign_id, Leaf.previous == commitment)
        .order_by(Leaf.index)
        .limit(1)
    )
    return _found(found) if found else None


def inclusion(index: int, size: int) -> list[bytes]:
    """Return the proof that the leaf at ``index`` is in the tree of the first ``size`` leaves."""
    return range_hashes(inclusion_ranges(index, size), store.read_tiles)


def consistency(old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of ``new`` leaves begins with that of ``old``."""
    return range_hashes(consistency_ranges(old, new), store.read_tiles)


def tallies(campaign_id: int) -> Sequence[Tally]:
    """Return a campaign's tallies, the newest first."""
    return db.session.scalars(
        select(Tally).where(Tally.campaign_id == campaign_id).order_by(Tally.edition.desc())
    ).all()


def newest_tally(campaign_id: int) -> Tally | None:
    """Return a campaign's newest tally; None before the first."""
    return next(iter(tallies(campaign_id)), None)


def tally(campaign_id: int, edition: int) -> Tally:
    """Return an edition of a campaign's tally; refuse with 404 where there is none."""
    found = db.session.get(Tally, (campaign_id, edition))
    if found is None:
        raise Refusal("not_found", 404)
    return found


def tally_place(
    campaign_id: int, edition: int, commitment: bytes
) -> tuple[int, list[bytes]] | None:
    """Return where a commitment stands among those that count, and its proof; None if it doesn't.

    The tree is that of RFC 6962 over the commitments themselves, in their order.
    """
    found = tally(campaign_id, edition)
    position = tallytree.position(campaign_id, edition, commitment)
    if position is None:
        return None
    ranges = inclusion_ranges(position, found.counted)
    return position, range_hashes(ranges, tallytree.reader(campaign_id, edition))


def _found(leaf: Leaf) -> FoundLeaf:
    entry = entry_text(
        leaf.campaign_id, leaf.event, leaf.reason, leaf.commitment, leaf.previous, leaf.body
    )
    return FoundLeaf(leaf.index, Event(leaf.event), entry)
