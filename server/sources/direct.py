"""The short way of a large file: rows that are new for certain go straight into their tables.

They are packed here as a binary COPY takes them and streamed into ``source_matter`` and into the
partition of their campaign, while the file is read on (``feeding``).
A row that may not be new (its ticket is in the source, or may have stood in the file before) takes
the way of ``intake``, where it is compared exactly. All of it is the run's one transaction.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from struct import Struct
from types import TracebackType
from typing import Self
from uuid import UUID

from psycopg import sql
from sqlalchemy import text

from server.core.crypto import Sealer
from server.core.database import db, session_connection
from server.core.keyring import standing_key
from server.evaluation import service as evaluation
from server.sources import joining
from server.sources.feeding import Feeder
from server.sources.models import Source
from server.sources.rows import DIGEST_BYTES, MOST_WORDS, Matter
from server.sources.rules import CONTACT_PURPOSE, KEY_NAME, Rating

# A Bloom filter of two bits for each ticket, by Python's hash of it: of a million new tickets some
# thousand meet earlier ones by chance, and are compared exactly.
BITS = 25
MASK = (1 << BITS) - 1
# First stands what many rows have in common.
COPY_MATTERS = sql.SQL(
    """
    COPY source_matter (source_id, run_id, changed_at, rating, rating_reason, campaign_id,
        department_id, department_name, level, happened_at, replied_at, digest, ticket, subject,
        body, reply, contact_sealed) FROM STDIN (FORMAT BINARY)
    """
)
THERE = "SELECT ticket FROM source_matter WHERE source_id = %s AND ticket = ANY(%s)"
# In the order in which a run's matters were stored: nobody else adds any to a locked source.
NUMBERED = """
    SELECT id, number FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS number
        FROM source_matter WHERE source_id = :source AND id > :last
    ) AS stored WHERE id = ANY(:ids)
"""
# PostgreSQL's binary COPY: for each row the number of its fields and each of them behind its
# length, -1 for NULL.
NULL = b"\xff\xff\xff\xff"
MATTER_FIELDS = 17
count = Struct(">h").pack
length = Struct(">i").pack
whole = Struct(">ii").pack
small = Struct(">ih").pack
moment = Struct(">iq").pack
answered = Struct(f">iq iq i{DIGEST_BYTES}s i").pack
unanswered = Struct(f">iq i i{DIGEST_BYTES}s i").pack
FIRST_SECOND = 946_684_800
MICROSECONDS = 1_000_000
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
BLOCK_BYTES = 64 << 10
# Compared with the source at once.
ROWS_A_TURN = 2000

# A good row on its way: its line, its matter, and where its rating belongs.
Row = tuple[int, Matter, joining.Place]


def _field(value: bytes) -> bytes:
    return length(len(value)) + value


@dataclass
class Sums:
    """What was stored the short way."""

    # The last matter of before.
    last: int
    new: int = 0
    unrated: int = 0
    without_department: int = 0
    campaigns: Counter[int | None] = field(default_factory=Counter)


class Direct:
    """Stores rows of a run while they are read; called by one thread."""

    def __init__(
        self,
        source: Source,
        run_id: UUID,
        places: joining.Places,
        *,
        stage: Callable[[list[Row]], None],
        now: datetime,
    ) -> None:
        """Begin; the caller holds the locks of the source and its campaigns.

        ``stage`` is given the rows that may not be new.
        """
        self.sums = Sums(last=db.session.scalar(text("SELECT max(id) FROM source_matter")) or 0)
        self._source_id, self._places, self._stage = source.id, places, stage
        there = text("SELECT EXISTS (SELECT FROM source_matter WHERE source_id = :source)")
        self._first = not db.session.scalar(there, {"source": source.id})
        self._connection = session_connection()
        self._feeder = Feeder(self._connection)
        self._bits = bytearray(1 << BITS - 3)
        self._contacts = Sealer(standing_key(KEY_NAME), CONTACT_PURPOSE)
        stamp = (now - FIRST_MOMENT) // timedelta(microseconds=1)
        self._head = (
            count(MATTER_FIELDS) + whole(4, source.id) + _field(run_id.bytes) + moment(8, stamp)
        )
        self._common: dict[tuple[int | None, bytes, joining.Place], bytes] = {}
        self._asked: list[Row] = []
        self._doubtful: list[Row] = []
        self._block: list[bytes] = []
        self._size = 0
        self._lines = array("I")
        self._ratings: dict[int, evaluation.NewRatings] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Leave the connection free: it is the transaction's."""
        self._feeder.__exit__(kind, error, at)

    def is_new(self, ticket: bytes) -> bool:
        """Tell whether a ticket is told for the first time; not always where it is."""
        drawn, bits = hash(ticket), self._bits
        first, second = drawn & MASK, drawn >> BITS & MASK
        one, other = 1 << (first & 7), 1 << (second & 7)
        if bits[first >> 3] & one and bits[second >> 3] & other:
            return False
        bits[first >> 3] |= one
        bits[second >> 3] |= other
        return True

    def add(self, row: Row) -> None:
        """Store a row, soon."""
        if not self.is_new(row[1].ticket):
            self._doubtful.append(row)
            if len(self._doubtful) >= ROWS_A_TURN:
                self._turn()
        elif self._first:
            self._add_new(row)
        else:
            self._asked.append(row)
            if len(self._asked) >= ROWS_A_TURN:
                self._ask()

    def finish(self) -> None:
        """Store what is left."""
        self._ask()
        for ratings in self._ratings.values():
            ratings.close()
            while self._rate(ratings):
                pass
        self._turn()

    def lines_of(self, ids: Iterable[int]) -> dict[int, int]:
        """Return the lines of matters that were stored here, by id."""
        values = {"source": self._source_id, "last": self.sums.last, "ids": list(ids)}
        found = db.session.execute(text(NUMBERED), values)
        return {one.id: self._lines[one.number - 1] for one in found}

    def _ask(self) -> None:
        """Part the rows whose ticket the source has from those that are new."""
        if not self._asked:
            return
        self._feeder.rest()
        rows, self._asked = self._asked, []
        tickets = [matter.ticket.decode() for _, matter, _ in rows]
        found = self._connection.execute(THERE, (self._source_id, tickets))
        there = {ticket.encode() for (ticket,) in found}
        for row in rows:
            if row[1].ticket in there:
                self._doubtful.append(row)
            else:
                self._add_new(row)

    def _turn(self) -> None:
        """Send what waits, and have the doubtful rows staged."""
        self._flush()
        self._feeder.rest()
        rows, self._doubtful = self._doubtful, []
        self._stage(rows)

    def _add_new(self, row: Row) -> None:
        line, matter, place = row
        packed = self._packed(matter, place)
        self._block.append(packed)
        self._lines.append(line)
        self._size += len(packed)
        if self._size >= BLOCK_BYTES:
            self._flush()
        sums = self.sums
        sums.new += 1
        if matter.department_id is None:
            sums.without_department += 1
        if matter.level is None:
            sums.unrated += 1
            return
        sums.campaigns[place.campaign_id] += 1
        if place.gate is not None:
            self._add_rating(place.gate, matter)

    def _add_rating(self, gate: evaluation.Gate, matter: Matter) -> None:
        gathered = self._ratings.get(gate.campaign_id)
        if gathered is None:
            gathered = evaluation.NewRatings(gate, self._places.channel)
            self._ratings[gate.campaign_id] = gathered
        if gathered.add(self._places.rating(matter)):
            self._rate(gathered)

    def _rate(self, gathered: evaluation.NewRatings) -> bool:
        """Send a turn of the ratings of a campaign; tell whether there was any."""
        ratings, notes = gathered.turn()
        if ratings:
            self._flush()
            for start in range(0, len(ratings), BLOCK_BYTES):
                self._feeder.send(gathered.statement, ratings[start : start + BLOCK_BYTES])
            self._feeder.send(evaluation.COPY_NOTES, notes)
        return bool(ratings)

    def _flush(self) -> None:
        """Send matters."""
        if self._block:
            self._feeder.send(COPY_MATTERS, b"".join(self._block))
            self._block.clear()
            self._size = 0

    def _packed(self, matter: Matter, place: joining.Place) -> bytes:
        """Return a row's matter as COPY takes it."""
        said = matter.level, matter.department_name, place
        common = self._common.get(said)
        if common is None:
            common = self._head + _outcome(matter, place)
            if len(self._common) < MOST_WORDS:
                self._common[said] = common
        at, replied_at, ticket = matter.happened_at, matter.replied_at, matter.ticket
        at = (at - FIRST_SECOND) * MICROSECONDS
        end = (DIGEST_BYTES, matter.digest, len(ticket))
        if replied_at is None:
            fixed = unanswered(8, at, -1, *end)
        else:
            fixed = answered(8, at, 8, (replied_at - FIRST_SECOND) * MICROSECONDS, *end)
        subject, body, reply, contact = matter.subject, matter.body, matter.reply, matter.contact
        return b"".join(
            (
                common,
                fixed,
                ticket,
                length(len(subject)),
                subject,
                length(len(body)),
                body,
                length(len(reply)),
                reply,
                _field(self._contacts.seal(contact)) if contact else NULL,
            )
        )


def _whole(number: int | None) -> bytes:
    return NULL if number is None else whole(4, number)


def _outcome(matter: Matter, place: joining.Place) -> bytes:
    """Return what becomes of a row, and its department and level."""
    rating = Rating.WAITING if place.gate is None else Rating.COUNTED
    rating = Rating.NONE if matter.level is None else rating
    return b"".join(
        (
            _field(rating.value.encode()),
            NULL if place.reason is None else _field(place.reason.value.encode()),
            _whole(place.campaign_id),
            _whole(matter.department_id),
            _field(matter.department_name),
            NULL if matter.level is None else small(2, matter.level),
        )
    )


def begin(
    source: Source,
    run_id: UUID,
    places: joining.Places,
    *,
    stage: Callable[[list[Row]], None],
    now: datetime,
) -> Direct | None:
    """Begin the short way, unless a campaign is no longer what it was when ``places`` was made."""
    if not joining.still_stand(places, now=now):
        return None
    return Direct(source, run_id, places, stage=stage, now=now)
