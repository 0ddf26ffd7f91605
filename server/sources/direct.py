"""The short way of a large file: rows that are new for certain go straight into their table.

Matters are streamed into ``source_matter`` itself by a binary COPY, which PostgreSQL reads
while Python reads the file; their ratings are stored every some thousand rows by a thread, while
Python reads on.
A row that may not be new (its ticket is in the source, or may have stood in the file before) takes
the way of ``intake``, where it is compared exactly. All of it is the run's one transaction.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from struct import Struct
from types import TracebackType
from typing import Any, NamedTuple, Self
from uuid import UUID

from sqlalchemy import text

from server.core.crypto import Sealer
from server.core.database import db, session_connection
from server.core.keyring import standing_key
from server.evaluation import service as evaluation
from server.sources import joining
from server.sources.models import Source
from server.sources.rows import MOST_WORDS, Matter
from server.sources.rules import CONTACT_PURPOSE, KEY_NAME, Rating

# Python's hashes of strings, so many bits of them: two tickets that meet are compared exactly.
BITS = 25
MASK = (1 << BITS) - 1
COPY_SEEN = "COPY seen_ticket FROM STDIN (FORMAT BINARY)"
COPY_MATTERS = """
    COPY source_matter (source_id, run_id, changed_at, rating, rating_reason, campaign_id, ticket,
        happened_at, department_id, department_name, subject, body, reply, replied_at, level,
        contact_sealed, digest) FROM STDIN (FORMAT BINARY)
"""
THERE = "SELECT ticket FROM source_matter WHERE source_id = %s AND ticket = ANY(%s)"
# PostgreSQL's binary COPY: signature, then for each row the number of its fields and each of them
# behind its length, -1 for NULL; a row of -1 fields ends it.
BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
MATTER_FIELDS, RATING_FIELDS, SEEN_FIELDS = 17, 8, 3
count = Struct(">h").pack
length = Struct(">i").pack
whole = Struct(">ii").pack
small = Struct(">ih").pack
moment = Struct(">iq").pack
FIRST_SECOND = 946_684_800
MICROSECONDS = 1_000_000
FIRST_DAY = date(2000, 1, 1)
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
# Sent at once; stored before their ratings are; kept at most while ratings are stored.
ROWS_A_BLOCK = 64
ROWS_A_TURN = 2000
MOST_WAITING = 4096


def _field(value: bytes) -> bytes:
    return length(len(value)) + value


class Row(NamedTuple):
    """A good row on its way: its matter, and what ``Places.of`` says."""

    line: int
    matter: Matter
    placed: tuple[Any, ...]


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
    """Stores rows of a run while they are read; all but ``_rate`` is called by one thread."""

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
        self._connection = session_connection()
        self._source_id, self._places, self._stage = source.id, places, stage
        there = text("SELECT EXISTS (SELECT FROM source_matter WHERE source_id = :source)")
        self._first = not db.session.scalar(there, {"source": source.id})
        self._bits = bytearray(1 << BITS - 3)
        self._contacts = Sealer(standing_key(KEY_NAME), CONTACT_PURPOSE)
        stamp = (now - FIRST_MOMENT) // timedelta(microseconds=1)
        self._head = (
            count(MATTER_FIELDS) + whole(4, source.id) + _field(run_id.bytes) + moment(8, stamp)
        )
        self._outcomes: dict[tuple[bool, int | None, str | None], bytes] = {}
        self._departments: dict[tuple[int | None, str], bytes] = {}
        self._asked: list[Row] = []
        self._waiting: list[bytes] = []
        self._seen: list[bytes] = []
        self._doubtful: list[Row] = []
        self._ratings: dict[int, list[bytes]] = {}
        self._copy: ExitStack | None = None
        self._write: Callable[[bytes], None] | None = None
        self._thread = ThreadPoolExecutor(1, "ratings")
        self._rating: Future[None] | None = None

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
        self._thread.shutdown(wait=True)
        if self._copy is not None:
            self._copy.__exit__(kind, error, at)

    def is_new(self, ticket: str) -> bool:
        """Tell whether a ticket is told for the first time; not always where it is."""
        place = hash(ticket) & MASK
        byte, bit = place >> 3, 1 << (place & 7)
        if self._bits[byte] & bit:
            return False
        self._bits[byte] |= bit
        return True

    def add(self, row: Row) -> None:
        """Store a row, soon."""
        if not self.is_new(row.matter.ticket):
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
        self._flush(wait=True)
        self._turn()
        self._settle()

    def _ask(self) -> None:
        """Part the rows whose ticket the source has from those that are new."""
        if not self._asked:
            return
        self._settle()
        self._end_copy()
        rows, self._asked = self._asked, []
        tickets = [row.matter.ticket for row in rows]
        found = self._connection.execute(THERE, (self._source_id, tickets))
        there = {ticket for (ticket,) in found}
        for row in rows:
            if row.matter.ticket in there:
                self._doubtful.append(row)
            else:
                self._add_new(row)

    def _add_new(self, row: Row) -> None:
        matter, campaign_id = row.matter, row.placed[0]
        self._waiting.append(self._packed(row))
        self._seen.append(_seen(row))
        sums = self.sums
        sums.new += 1
        if matter.department_id is None:
            sums.without_department += 1
        if matter.level is None:
            sums.unrated += 1
        else:
            sums.campaigns[campaign_id] += 1
            if campaign_id is not None:
                self._ratings.setdefault(campaign_id, []).append(_rating(row))
        if len(self._waiting) % ROWS_A_BLOCK == 0:
            self._flush(wait=len(self._waiting) >= MOST_WAITING)

    def _flush(self, *, wait: bool) -> None:
        """Send rows to PostgreSQL, unless it stores ratings."""
        if self._rating is not None and not wait and not self._rating.done():
            return
        self._settle()
        if self._write is None:
            self._copy = ExitStack()
            cursor = self._copy.enter_context(self._connection.cursor())
            self._write = self._copy.enter_context(cursor.copy(COPY_MATTERS)).write
            self._write(BEGIN)
        self._write(b"".join(self._waiting))
        self._waiting.clear()
        if len(self._seen) >= ROWS_A_TURN:
            self._turn()

    def _settle(self) -> None:
        """Wait for the ratings that PostgreSQL stores."""
        rating, self._rating = self._rating, None
        if rating is not None:
            rating.result()

    def _end_copy(self) -> None:
        if self._copy is not None and self._write is not None:
            self._write(END)
            ending, self._copy, self._write = self._copy, None, None
            ending.close()

    def _turn(self) -> None:
        """Send all but matters, and have the ratings stored meanwhile."""
        self._settle()
        self._end_copy()
        self._send(COPY_SEEN, self._seen)
        self._stage(self._doubtful)
        self._seen, self._doubtful = [], []
        given, self._ratings = self._ratings, {}
        for campaign_id, rows in given.items():
            self._settle()
            gate = next(one for one in self._places.gates if one.campaign_id == campaign_id)
            evaluation.load_packed(self._connection, b"".join((BEGIN, *rows, END)))
            self._rating = self._thread.submit(
                evaluation.store_loaded, self._connection, gate, self._places.channel
            )

    def _send(self, statement: str, rows: list[bytes]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.write(b"".join((BEGIN, *rows, END)))

    def _packed(self, row: Row) -> bytes:
        """Return a row's matter as COPY takes it."""
        matter, placed = row.matter, row.placed
        outcome = (matter.level is None, placed[0], placed[1])
        head = self._outcomes.get(outcome)
        if head is None:
            head = self._outcomes[outcome] = self._head + _outcome(*outcome)
        named = (matter.department_id, matter.department_name)
        department = self._departments.get(named)
        if department is None:
            department = _whole(named[0]) + _field(named[1].encode())
            if len(self._departments) < MOST_WORDS:
                self._departments[named] = department
        ticket, subject = matter.ticket.encode(), matter.subject.encode()
        body, reply, at = matter.body.encode(), matter.reply.encode(), matter.replied_at
        contact, level = matter.contact, matter.level
        return b"".join(
            (
                head,
                length(len(ticket)),
                ticket,
                moment(8, (matter.happened_at - FIRST_SECOND) * MICROSECONDS),
                department,
                length(len(subject)),
                subject,
                length(len(body)),
                body,
                length(len(reply)),
                reply,
                NULL if at is None else moment(8, (at - FIRST_SECOND) * MICROSECONDS),
                NULL if level is None else small(2, level),
                _field(self._contacts.seal(contact.encode())) if contact else NULL,
                b"\0\0\0\x10",
                matter.digest,
            )
        )


def _whole(number: int | None) -> bytes:
    return NULL if number is None else whole(4, number)


def _outcome(unrated: bool, campaign_id: int | None, reason: str | None) -> bytes:  # noqa: FBT001
    rating = Rating.WAITING if campaign_id is None else Rating.COUNTED
    rating = Rating.NONE if unrated else rating
    told = NULL if reason is None else _field(reason.encode())
    return _field(rating.value.encode()) + told + _whole(campaign_id)


def _seen(row: Row) -> bytes:
    matter = row.matter
    head = count(SEEN_FIELDS) + whole(4, row.line)
    return head + _field(matter.ticket.encode()) + b"\0\0\0\x10" + matter.digest


def _rating(row: Row) -> bytes:
    _, _, rated_on, leaves, pseudonym, receipt_key, content_mac, tag = row.placed
    return b"".join(
        (
            count(RATING_FIELDS),
            whole(4, row.matter.department_id),
            whole(4, (rated_on - FIRST_DAY).days),
            small(2, row.matter.level),
            small(2, leaves),
            _field(pseudonym),
            _field(receipt_key),
            _field(content_mac),
            NULL if tag is None else _field(tag),
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
