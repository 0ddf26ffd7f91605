"""The signed promise in a receipt: this commitment will be in the log. Held until it is there."""

from datetime import date

from server.ledger.notes import NoteError, VerifierKey, open_note
from server.ledger.signing import signer

PROMISE = "ronghe-promise-v1"


def promise(campaign_id: int, commitment: bytes, day: date) -> str:
    """Sign that a commitment was taken in on a day, as a note that is no checkpoint."""
    key = signer()
    return key.note(promise_text(key.key.name, campaign_id, commitment, day))


def promise_text(origin: str, campaign_id: int, commitment: bytes, day: date) -> str:
    """Return what is signed: what it is, whose it is, and the commitment with its day."""
    return f"{PROMISE}\n{origin}\n{campaign_id} {commitment.hex()} {day.isoformat()}\n"


def open_promise(note: str, key: VerifierKey) -> tuple[int, bytes, date]:
    """Return campaign, commitment and day of a promise that ``key`` signed; raise NoteError."""
    text = open_note(note, key)
    try:
        kind, origin, line, end = text.split("\n")
        campaign, commitment, day = line.split(" ")
        found = int(campaign), bytes.fromhex(commitment), date.fromisoformat(day)
    except ValueError as error:
        message = "not a promise"
        raise NoteError(message) from error
    if (kind, origin, end) != (PROMISE, key.name, "") or promise_text(key.name, *found) != text:
        message = "not a promise of this log"
        raise NoteError(message)
    return found
