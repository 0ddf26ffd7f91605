"""The last head that was signed, kept beside the key ring: out of reach of the database's writers.

The sequencer signs what continues it and nothing else. Without it whoever writes the tables could
take back a batch, or empty the log and fill it anew, and have the program sign the other one.
"""

import logging

from server.audit.service import record
from server.core.access import SYSTEM
from server.core.clock import now as moment
from server.core.errors import Refusal
from server.core.keyring import key_ring
from server.core.transaction import after_commit, lock, transaction
from server.ledger import store
from server.ledger.models import Head
from server.ledger.notes import Checkpoint, NoteError, VerifierKey, open_checkpoint
from server.ledger.signing import origin, signer
from server.ledger.tiles import TileMissingError, range_hashes
from server.ledger.tree import EMPTY_ROOT, Range

log = logging.getLogger("ronghe.ledger")
NAME = "ledger-head"
LOCK = "kept head of the ledger"


def head_note() -> str | None:
    """Return the kept head as it was signed; None before the first."""
    return key_ring().notice(NAME)


def opened(note: str) -> Checkpoint:
    """Open a head by the log's key, under the name that the log had then; raise NoteError."""
    return open_checkpoint(note, VerifierKey(note.partition("\n")[0], signer().key.public))


def require(newest: Head | None) -> None:
    """Refuse to go on from tables that do not begin with what was signed last.

    They may hold more than the kept head: a process may die between the commit and the keeping.
    Before the first head an empty one is kept, so that none at all is always one that was lost.
    """
    if newest is None and head_note() is None:
        key_ring().keep_notice(NAME, _empty())
    fault = _fault(newest)
    if fault is not None:
        log.error("the log is not signed: %s", fault)
        raise Refusal("ledger_head_lost", 503)


def keep(note: str) -> None:
    """Keep a new head once its transaction is committed."""
    after_commit(lambda: _keep_larger(note))


def accept(newest: Head | None) -> None:
    """Take the database's newest head for the last one, whatever was kept: a deliberate act.

    In a transaction that holds the sequencer's lock; on record in the audit log.
    """
    before = head_note()
    note = _checked(newest)
    record(
        SYSTEM,
        "ledger.head_accepted",
        ("ledger", "head"),
        at=moment(),
        before=None if before is None else _size(before),
        after=0 if newest is None else newest.size,
    )
    after_commit(lambda: key_ring().keep_notice(NAME, note))


def _checked(newest: Head | None) -> str:
    """Return the database's newest head; raise NoteError where it is not that of the tiles."""
    if newest is None:
        return _empty()
    said = opened(newest.note)
    if (said.size, said.root) != (newest.size, _root(newest.size)):
        message = "the newest head is not that of the tiles"
        raise NoteError(message)
    return newest.note


def _keep_larger(note: str) -> None:
    # Two batches that end at once come here in any order.
    with transaction():
        lock(LOCK)
        held = head_note()
        if held is None or opened(held).size < opened(note).size:
            key_ring().keep_notice(NAME, note)


def _fault(newest: Head | None) -> str | None:
    note = head_note()
    if note is None:
        return None if newest is None else "no head is kept beside the key ring"
    try:
        held = opened(note)
    except NoteError:
        return "the kept head is not signed by the log's key"
    size = 0 if newest is None else newest.size
    if size < held.size:
        return f"a head of size {held.size} was signed, the newest here has {size}"
    if newest is not None and size == held.size and newest.root != held.root:
        return f"at size {size} another root was signed"
    if _root(held.size) != held.root:
        return f"the first {held.size} leaves are not those that were signed"
    return None


def _root(size: int) -> bytes | None:
    if not size:
        return EMPTY_ROOT
    try:
        (root,) = range_hashes([Range(0, size)], store.read_tiles)
    except TileMissingError:
        return None
    return root


def _empty() -> str:
    return signer().note(Checkpoint(origin(), 0, EMPTY_ROOT).text())


def _size(note: str) -> int | None:
    try:
        return opened(note).size
    except NoteError:
        return None
