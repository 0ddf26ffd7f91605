"""What binds a rating to the log: its salt, its opening, and the record in the rater's hand.

The commitment stands in no column: it is worked out from the row, so a row that was changed behind
the program's back has another one, and is found (``log_check``). The phone draws the salt and works
the commitment out itself; for everybody else the salt is drawn here.
"""

import os
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Protocol

from server.ledger.commitments import SALT_BYTES, Opening, commitment, words_digest
from server.ledger.promises import promise

SALT_PREFIX = b"ronghe-salt-v1\n"
REVISION_BYTES = 2


@dataclass(frozen=True)
class Record:
    """What a rater keeps: the commitment, in hexadecimal digits, and the signed promise."""

    commitment: str
    promise: str


class Row(Protocol):
    """What a rating's commitment is made of, as it is stored."""

    campaign_id: Any
    department_id: Any
    channel: Any
    cell: Any
    organisation_id: Any
    rated_on: Any
    overall: Any
    levels: Any
    salt: Any
    words_digest: Any


def new_salt(
    given: bytes | None, receipt_key: bytes | None, revision: int, *, words: bool
) -> bytes:
    """Return the salt to store: a half that opens the rating, and one for its words if it has any.

    Of what the phone drew a hash is taken with receipt and revision, which it knows too: two
    raters who send the same salt on purpose, or a correction that goes back to what was said
    before, would else have one commitment, and the log takes none twice.
    """
    if given is None or receipt_key is None:
        salt = os.urandom(2 * SALT_BYTES)
    else:
        counted = revision.to_bytes(REVISION_BYTES, "big")
        salt = sha256(SALT_PREFIX + given + receipt_key + counted).digest()
    return salt if words else salt[:SALT_BYTES]


def digest_of_words(salt: bytes, tags: list[str] | None, comment: str | None) -> bytes | None:
    """Return the digest of tags and comment under a stored salt; None where there are none."""
    return words_digest(salt[SALT_BYTES:], tags or (), comment or "") if tags or comment else None


def commitment_of(row: Row) -> bytes | None:
    """Return the commitment to a rating as its row has it; None without salt or level."""
    if row.salt is None or row.overall is None:
        return None
    return commitment(
        row.salt,
        Opening(
            campaign_id=row.campaign_id,
            department_id=row.department_id,
            channel=row.channel,
            cell=row.cell,
            organisation_id=row.organisation_id,
            rated_on=row.rated_on,
            overall=row.overall,
            levels=row.levels,
            words=row.words_digest,
        ),
    )


def record_of(row: Row) -> Record | None:
    """Return the record of a rating, the same each time; None where nothing is bound."""
    committed = commitment_of(row)
    return None if committed is None else record(row.campaign_id, committed, row.rated_on)


def record(campaign_id: int, committed: bytes, rated_on: date) -> Record:
    """Return a commitment with its promise, which tells no more of the time than the rating."""
    return Record(committed.hex(), promise(campaign_id, committed, rated_on))
