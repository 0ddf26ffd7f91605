"""What the log says of a rating: a salted hash of its canonical form, and nothing else. Pure.

Phone, server and PostgreSQL work the same thing out; ``tests/ledger/test_commitments.py`` holds
them together. Who has no salt can try all levels out as often as he likes and learns nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

RATING_PREFIX = b"ronghe-rating-v1\n"
WORDS_PREFIX = b"ronghe-words-v1\n"
SALT_BYTES = 16
NOTHING = "-"


@dataclass(frozen=True)
class Opening:
    """What a commitment is made of, beside its salt.

    ``words`` is the digest of tags and comment, None without any: words can be erased, and the
    commitment still be opened.
    """

    campaign_id: int
    department_id: int
    channel: int
    cell: int
    organisation_id: int | None
    rated_on: date
    overall: int
    levels: Sequence[int]
    words: bytes | None = None


def canonical(opening: Opening) -> bytes:
    """Return the one text of an opening: nine lines, the last without a line break."""
    return "\n".join(
        (
            str(opening.campaign_id),
            str(opening.department_id),
            str(opening.channel),
            str(opening.cell),
            NOTHING if opening.organisation_id is None else str(opening.organisation_id),
            opening.rated_on.isoformat(),
            str(opening.overall),
            ",".join(map(str, opening.levels)),
            NOTHING if opening.words is None else opening.words.hex(),
        )
    ).encode("ascii")


def commitment(salt: bytes, opening: Opening) -> bytes:
    """Return the commitment under the first 16 bytes of ``salt``."""
    return commitment_of(salt, canonical(opening))


def commitment_of(salt: bytes, text: bytes) -> bytes:
    """Return the commitment to a canonical opening."""
    if len(salt) < SALT_BYTES:
        raise ValueError(len(salt))
    return sha256(RATING_PREFIX + salt[:SALT_BYTES] + text).digest()


def words_digest(words_salt: bytes, tags: Sequence[str], comment: str) -> bytes | None:
    """Return the digest of a rating's words under its second salt; None where there are none."""
    if not tags and not comment:
        return None
    if len(words_salt) != SALT_BYTES:
        raise ValueError(len(words_salt))
    words = json.dumps([sorted(tags), comment], ensure_ascii=False, separators=(",", ":"))
    return sha256(WORDS_PREFIX + words_salt + words.encode()).digest()


# The same in PostgreSQL, over the columns of ``evaluation`` (or of rows that are to become such).
COMMITMENT_SQL = f"""sha256(
    decode('{RATING_PREFIX.hex()}', 'hex') || substr(salt, 1, {SALT_BYTES}) || convert_to(concat_ws(
        chr(10), campaign_id, department_id, channel, cell,
        coalesce(organisation_id::text, '{NOTHING}'), to_char(rated_on, 'YYYY-MM-DD'), overall,
        array_to_string(levels, ','), coalesce(encode(words_digest, 'hex'), '{NOTHING}')
    ), 'UTF8')
)"""
