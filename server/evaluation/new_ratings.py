"""Imported ratings that are new for certain, packed for a binary COPY into their partition.

A ticket that its source never gave before has no rating, so nothing is to be compared.
"""

import os
from collections.abc import Iterator
from datetime import date
from itertools import chain, islice
from operator import itemgetter
from struct import Struct

from psycopg import sql

from server.campaigns.rules import Channel, partition_name
from server.core.crypto import MAC_BYTES
from server.core.database import PARTITION_SCHEMA
from server.evaluation.imported import MOST_REMEMBERED, Gate, ImportedRating, Marks
from server.evaluation.rules import NO_CELL, UNKNOWN, EvaluationState
from server.ledger.commitments import SALT_BYTES, Opening, canonical, commitment_of
from server.ledger.rules import Event
from server.ledger.tree import HASH_BYTES

# First stands what many ratings have in common.
COPY_NEW = sql.SQL(
    """
    COPY {partition} (campaign_id, state, channel, comment_state, photo_count, revision,
        check_attempts, department_id, rated_on, overall, levels, content_mac,
        id, pseudonym, rater_tag, salt) FROM STDIN (FORMAT BINARY)
    """
)
# What the log is told of them.
COPY_NOTES = sql.SQL(
    "COPY ledger_pending (campaign_id, event, commitment) FROM STDIN (FORMAT BINARY)"
)
# PostgreSQL's binary COPY: a row's number of fields, each field behind its length, -1 for NULL. Of
# an array: how many dimensions, whether it holds NULL, the type of its elements, then for each
# dimension its size and first index.
common_fields = Struct(f">h ii {'ih' * 6} ii ii ih").pack
array_head = Struct(">i iii ii").pack
note_head = Struct(">h ii ih i").pack
NEW_FIELDS, ARRAY_HEAD_BYTES, SMALLINT, NOTE_FIELDS = 16, 20, 21, 3
UNKNOWN_LEAF = Struct(">ih").pack(2, UNKNOWN)
MARK_LENGTH, NULL_FIELD = MAC_BYTES.to_bytes(4, "big"), b"\xff\xff\xff\xff"
FIRST_DAY = date(2000, 1, 1)
# RFC 9562: what makes 128 random bits a UUID of version 4, for the two bytes that say so.
VERSION = bytes(byte & 0x0F | 0x40 for byte in range(256))
VARIANT = bytes(byte & 0x3F | 0x80 for byte in range(256))
# So many ratings are put in order at once: neighbours in the order share pages of the indexes. They
# are stored in turns, so that the reader of the file and PostgreSQL work side by side.
RATINGS_A_TURN = 1500
RATINGS_A_SWEEP = 16 * RATINGS_A_TURN

# Pseudonym, what the rating has in common with others: fields and opening, and the rater's tag.
_Rating = tuple[bytes, tuple[bytes, bytes], bytes | None]


class NewRatings:
    """Gathers new ratings of a campaign, and gives them back in turns, packed.

    In the order of their pseudonyms, sweep by sweep: each keeps its ratings until the next is full.
    """

    def __init__(self, gate: Gate, channel: Channel) -> None:
        """Begin for a campaign that ``gates`` gave under lock and that is not paused."""
        self._gate, self._channel = gate, channel
        self._marks = Marks(gate, channel)
        self._common: dict[tuple[int, date, int], tuple[bytes, bytes]] = {}
        self._gathered: list[_Rating] = []
        self._sweep: Iterator[tuple[_Rating, bytes]] = iter(())
        self._note = note_head(NOTE_FIELDS, 4, gate.campaign_id, 2, Event.ACCEPTED, HASH_BYTES)
        name = sql.Identifier(PARTITION_SCHEMA, partition_name(gate.campaign_id))
        self.statement = COPY_NEW.format(partition=name)

    def add(self, rating: ImportedRating) -> bool:
        """Take a rating; tell whether it is time for a turn."""
        said = (rating.department_id, rating.rated_on, rating.level)
        common = self._common.get(said)
        if common is None:
            if len(self._common) >= MOST_REMEMBERED:
                self._common.clear()
            common = self._common[said] = self._packed(*said), self._opening(*said)
        gathered = self._gathered
        gathered.append((self._marks.pseudonym(rating.name), common, self._marks.tag(rating)))
        if len(gathered) >= RATINGS_A_SWEEP:
            self.close()
        return len(self._gathered) % RATINGS_A_TURN == 0

    def close(self) -> None:
        """Put in order what was gathered: it comes in the turns that follow."""
        gathered, self._gathered = self._gathered, []
        gathered.sort(key=itemgetter(0))
        self._sweep = chain(self._sweep, zip(gathered, _random_ids(len(gathered)), strict=True))

    def turn(self) -> tuple[bytes, bytes]:
        """Return some ratings, for ``statement``, and what the log is told, for ``COPY_NOTES``.

        Nothing where none is in order.
        """
        salts = os.urandom(SALT_BYTES * RATINGS_A_TURN)
        ratings: list[bytes] = []
        notes: list[bytes] = []
        at = 0
        for (pseudonym, (common, opening), tag), drawn in islice(self._sweep, RATINGS_A_TURN):
            salt = salts[at : at + SALT_BYTES]
            ratings += (
                common,
                drawn,
                MARK_LENGTH,
                pseudonym,
                NULL_FIELD if tag is None else MARK_LENGTH + tag,
                MARK_LENGTH,
                salt,
            )
            notes += (self._note, commitment_of(salt, opening))
            at += SALT_BYTES
        return b"".join(ratings), b"".join(notes)

    def _packed(self, department_id: int, rated_on: date, level: int) -> bytes:
        """Return the first fields of ratings that say the same, up to the length of the id."""
        leaves = self._gate.leaves[department_id]
        campaign = (4, self._gate.campaign_id, 2, EvaluationState.COUNTED, 2, self._channel)
        # Comment state, photos, revision, attempts to check.
        fresh = (2, 0, 2, 0, 2, 1, 2, 0)
        day = (rated_on - FIRST_DAY).days
        head = common_fields(NEW_FIELDS, *campaign, *fresh, 4, department_id, 4, day, 2, level)
        size = ARRAY_HEAD_BYTES + len(UNKNOWN_LEAF) * leaves
        levels = array_head(size, 1, 0, SMALLINT, leaves, 1) + UNKNOWN_LEAF * leaves
        content = self._marks.content(department_id, rated_on, level)
        return b"".join((head, levels, MARK_LENGTH, content, MARK_LENGTH))

    def _opening(self, department_id: int, rated_on: date, level: int) -> bytes:
        """Return the opening that ratings have in common."""
        leaves = self._gate.leaves[department_id]
        return canonical(
            Opening(
                campaign_id=self._gate.campaign_id,
                department_id=department_id,
                channel=int(self._channel),
                cell=NO_CELL,
                organisation_id=None,
                rated_on=rated_on,
                overall=level,
                levels=[UNKNOWN] * leaves,
            )
        )


def _random_ids(count: int) -> list[bytes]:
    """Return random UUIDs in their order, which tells nothing, as that of pseudonyms does not."""
    drawn = bytearray(os.urandom(MAC_BYTES * count))
    drawn[6::MAC_BYTES] = drawn[6::MAC_BYTES].translate(VERSION)
    drawn[8::MAC_BYTES] = drawn[8::MAC_BYTES].translate(VARIANT)
    whole = bytes(drawn)
    return sorted(whole[at : at + MAC_BYTES] for at in range(0, len(whole), MAC_BYTES))
