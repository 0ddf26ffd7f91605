"""Taking rows in: copied into a table of the transaction, compared, then merged by whole sets.

Of a large file, rows that are new for certain take a shorter way (``direct``); all others this one.

Nothing of a run is seen before its transaction commits: one that is killed or cancelled leaves
nothing, and starts again from its file. Memory does not grow with the rows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import text

from server.core.crypto import Sealer
from server.core.database import db, session_connection
from server.core.keyring import standing_key
from server.sources import joining
from server.sources.direct import Direct, Row, Sums
from server.sources.models import Source
from server.sources.rows import NAMES, Fault, Matter, Reader, read
from server.sources.rules import CONTACT_PURPOSE, KEY_NAME

ROWS_A_STEP = 1000
SHOWN_FAULTS = 200
SHOWN_NAMES = 30
# Sorting and grouping a million rows takes more than what serves a request.
MEMORY = "SET LOCAL work_mem = '64MB'"
INCOMING = """
    CREATE TEMPORARY TABLE incoming_matter (
        line integer, ticket text COLLATE "C", happened_at timestamptz, department_id integer,
        department_name text, subject text, body text, reply text, replied_at timestamptz,
        level smallint, contact_sealed bytea, digest bytea,
        campaign_id integer, reason text, rated_on date, leaves smallint,
        pseudonym bytea, content_mac bytea, rater_tag bytea
    ) ON COMMIT DROP
"""
# A timestamptz goes over the wire as whole microseconds since 2000, a text as its bytes.
TYPES = (
    *("int4", "bytea", "int8", "int4"),
    *("bytea", "bytea", "bytea", "bytea", "int8"),
    *("int2", "bytea", "bytea"),
    *("int4", "text", "date", "int2"),
    *("bytea", "bytea", "bytea"),
)
FIRST_SECOND = 946_684_800
MICROSECONDS = 1_000_000
COPY = "COPY incoming_matter FROM STDIN (FORMAT BINARY)"
# Of several lines with one ticket the first stands; what became of the others is told by line.
# Grouped by hashes, which are shorter; two tickets of one hash are parted by the window.
# What took the short way stood before all others of its ticket.
DOUBLES = """
    WITH looked_at AS (
        SELECT line, ticket, digest, NULL AS id FROM incoming_matter
        UNION ALL SELECT 0, ticket, digest, id FROM source_matter
        WHERE source_id = :source AND id > :last AND ticket IN (
            SELECT ticket FROM incoming_matter)
    ), numbered AS (
        SELECT line, digest, row_number() OVER same_ticket AS place,
            first_value(line) OVER same_ticket AS first_line,
            first_value(id) OVER same_ticket AS first_id,
            first_value(digest) OVER same_ticket AS first_digest
        FROM looked_at WHERE hashtextextended(ticket, 0) IN (
            SELECT hashtextextended(ticket, 0) FROM looked_at
            GROUP BY 1 HAVING count(*) > 1)
        WINDOW same_ticket AS (PARTITION BY ticket ORDER BY line)
    )
    DELETE FROM incoming_matter USING numbered
    WHERE incoming_matter.line = numbered.line AND place > 1
    RETURNING incoming_matter.*, first_line, first_id, numbered.digest = first_digest AS same
"""
# The one comparison with what was there: a row for each ticket that was.
KNOWN = """
    CREATE TEMPORARY TABLE known_matter ON COMMIT DROP AS
    SELECT incoming.line, kept.id, kept.digest = incoming.digest AS same
    FROM incoming_matter AS incoming JOIN source_matter AS kept
        ON kept.source_id = {source} AND kept.ticket = incoming.ticket AND kept.id <= {last}
"""
COUNTS = """
    SELECT total - known AS new, changed, unchanged, unrated, without_department
    FROM (SELECT count(*) AS total, count(*) FILTER (WHERE level IS NULL) AS unrated,
            count(*) FILTER (WHERE department_id IS NULL) AS without_department
        FROM incoming_matter) AS staged,
        (SELECT count(*) AS known, count(*) FILTER (WHERE NOT same) AS changed,
            count(*) FILTER (WHERE same) AS unchanged
        FROM known_matter) AS compared
"""
UNKNOWN_NAMES = """
    SELECT department_name AS name, count(*) AS count FROM (
        SELECT department_name FROM incoming_matter WHERE department_id IS NULL
        UNION ALL SELECT department_name FROM source_matter
        WHERE :direct AND source_id = :source AND department_id IS NULL AND id > :last
    ) AS named WHERE department_name <> ''
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most
"""
KEEP_VERSIONS = """
    INSERT INTO source_matter_version (matter_id, version, happened_at, department_name, subject,
        body, reply, replied_at, level, contact_sealed, run_id, replaced_at)
    SELECT kept.id, kept.version, kept.happened_at, kept.department_name, kept.subject,
        kept.body, kept.reply, kept.replied_at, kept.level, kept.contact_sealed, kept.run_id, :now
    FROM source_matter AS kept JOIN known_matter AS known USING (id) WHERE NOT known.same
"""
# A department that a person assigned stays while the source names none, or the same as before.
CHANGE = """
    UPDATE source_matter AS kept SET
        version = kept.version + 1, happened_at = incoming.happened_at,
        department_id = CASE WHEN incoming.department_id IS NOT NULL THEN incoming.department_id
            WHEN incoming.department_name = kept.department_name THEN kept.department_id END,
        department_name = incoming.department_name, subject = incoming.subject,
        body = incoming.body, reply = incoming.reply, replied_at = incoming.replied_at,
        level = incoming.level, contact_sealed = incoming.contact_sealed,
        digest = incoming.digest, suggested = false, run_id = :run, changed_at = :now,
        rating = CASE WHEN incoming.level IS NULL AND kept.campaign_id IS NULL
            THEN 'none' ELSE 'waiting' END, rating_reason = NULL
    FROM incoming_matter AS incoming JOIN known_matter AS known USING (line)
    WHERE kept.id = known.id AND NOT known.same
"""
# In the order of their lines, in which the table was written.
ADD = """
    INSERT INTO source_matter (source_id, ticket, happened_at, department_id, department_name,
        subject, body, reply, replied_at, level, contact_sealed, digest, run_id, changed_at,
        rating, rating_reason, campaign_id)
    SELECT :source, ticket, happened_at, department_id, department_name,
        subject, body, reply, replied_at, level, contact_sealed, digest, :run, :now,
        CASE WHEN level IS NULL THEN 'none' WHEN :placed AND campaign_id IS NOT NULL THEN 'counted'
            ELSE 'waiting' END,
        CASE WHEN :placed THEN reason END, CASE WHEN :placed THEN campaign_id END
    FROM incoming_matter AS incoming
    WHERE NOT EXISTS (SELECT FROM known_matter WHERE line = incoming.line)
"""

Progress = Callable[[int], None]
Values = dict[str, str]
ShortWay = Callable[[Callable[[list[Row]], None]], Direct | None]


class Refused(Protocol):
    """Where refused rows go."""

    def add(self, line: int, values: Values, faults: Iterable[tuple[str, str]]) -> None:
        """Take a row with what is wrong."""


@dataclass
class Tally:
    """What becomes of a run's rows."""

    read: int = 0
    repeated: int = 0
    refused: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    counts: dict[str, int] = field(default_factory=dict)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    direct: Sums | None = None
    # Tells the lines of what took the short way.
    lines_of: Callable[[Iterable[int]], dict[int, int]] | None = None

    def blame(self, line: int, faults: Iterable[Fault]) -> None:
        """Count a refused row; the first ones are shown."""
        listed = list(faults)
        self.refused += 1
        self.reasons.update((fault.field, fault.message) for fault in listed)
        if len(self.faults) < SHOWN_FAULTS:
            self.faults.append({"line": line, "faults": [[*fault] for fault in listed]})

    @property
    def joined(self) -> Mapping[int | None, int]:
        """How many rated rows that took the short way joined which campaign."""
        return self.direct.campaigns if self.direct is not None else {}

    def report(self) -> dict[str, Any]:
        """Return counts, lines and reasons; no row's content but names of departments."""
        return {
            "counts": {
                "read": self.read,
                **self.counts,
                "repeated": self.repeated,
                "refused": self.refused,
            },
            "faults": self.faults,
            "reasons": [[*key, count] for key, count in self.reasons.most_common(SHOWN_NAMES)],
            "unknown_departments": self.unknown,
        }


def stage(
    rows: Iterable[tuple[int, Sequence[str]]],
    reader: Reader,
    places: joining.Places,
    *,
    source_id: int,
    refused: Refused,
    progress: Progress,
    short_way: ShortWay | None = None,
) -> Tally:
    """Copy the good rows beside the matters, collect the others, and compare.

    Nothing is changed without a ``short_way``; with one, rows that are new for certain may be among
    the matters already. ``rows`` are numbered, their cells in the order of the fields. ``progress``
    is told the rows read so far, and ends the run by raising.
    """
    tally = Tally()
    for statement in (MEMORY, INCOMING):
        session_connection().execute(statement)
    contacts = Sealer(standing_key(KEY_NAME), CONTACT_PURPOSE)

    def send(some: Iterable[Row]) -> None:
        with session_connection().cursor() as cursor, cursor.copy(COPY) as copy:
            copy.set_types(TYPES)
            for line, matter, place in some:
                marks = places.columns(matter, place)
                copy.write_row((line, *_columns(matter, contacts), *marks))

    good = _good_rows(rows, reader, places, tally, refused, progress)
    if short_way is None:
        send(good)
    else:
        # A small file isn't worth the preparations.
        first = list(islice(good, ROWS_A_STEP))
        send(first)
        if len(first) == ROWS_A_STEP:
            _stage_rest(good, first, short_way(send), send, tally)
    progress(tally.read)
    _part_doubles(tally, source_id, refused)
    _compare(tally, source_id)
    progress(tally.read)
    return tally


def _good_rows(
    rows: Iterable[tuple[int, Sequence[str]]],
    reader: Reader,
    places: joining.Places,
    tally: Tally,
    refused: Refused,
    progress: Progress,
) -> Iterator[Row]:
    for number, (line, cells) in enumerate(rows, start=1):
        tally.read = number
        found = read(cells, reader)
        if isinstance(found, Matter):
            yield line, found, places.of(found)
        else:
            tally.blame(line, found)
            refused.add(line, dict(zip(NAMES, cells, strict=True)), found)
        if number % ROWS_A_STEP == 0:
            progress(number)


def _stage_rest(
    good: Iterable[Row],
    first: Iterable[Row],
    direct: Direct | None,
    send: Callable[[Iterable[Row]], None],
    tally: Tally,
) -> None:
    if direct is None:
        send(good)
        return
    tally.direct, tally.lines_of = direct.sums, direct.lines_of
    with direct:
        for _, matter, _ in first:
            direct.is_new(matter.ticket)
        for row in good:
            direct.add(row)
        direct.finish()


def _compare(tally: Tally, source_id: int) -> None:
    direct = tally.direct
    last = direct.last if direct else joining.LAST_ID
    # The numbers are ours: a statement that makes a table takes no parameters.
    db.session.execute(text(KNOWN.format(source=int(source_id), last=int(last))))
    tally.counts = dict(db.session.execute(text(COUNTS)).one()._mapping)  # noqa: SLF001 SQLAlchemy's public name
    if direct is not None:
        tally.counts["new"] += direct.new
        tally.counts["unrated"] += direct.unrated
        tally.counts["without_department"] += direct.without_department
    names = db.session.execute(
        text(UNKNOWN_NAMES),
        {
            "most": SHOWN_NAMES,
            "source": source_id,
            "direct": direct is not None and direct.without_department > 0,
            "last": last,
        },
    )
    tally.unknown = [{"name": one.name, "count": one.count} for one in names]


def _columns(matter: Matter, contacts: Sealer) -> tuple[object, ...]:
    replied_at = matter.replied_at
    return (
        matter.ticket,
        (matter.happened_at - FIRST_SECOND) * MICROSECONDS,
        matter.department_id,
        matter.department_name,
        matter.subject,
        matter.body,
        matter.reply,
        None if replied_at is None else (replied_at - FIRST_SECOND) * MICROSECONDS,
        matter.level,
        contacts.seal(matter.contact) if matter.contact else None,
        matter.digest,
    )


def _part_doubles(tally: Tally, source_id: int, refused: Refused) -> None:
    db.session.execute(text("ANALYZE incoming_matter (line, ticket, campaign_id)"))
    last = tally.direct.last if tally.direct else joining.LAST_ID
    found = db.session.execute(text(DOUBLES), {"source": source_id, "last": last}).all()
    stored = {row.first_id for row in found if row.first_id is not None and not row.same}
    lines = tally.lines_of(stored) if stored and tally.lines_of else {}
    for row in found:
        if row.same:
            tally.repeated += 1
            continue
        first = lines.get(row.first_id, row.first_line)
        message = f"与第 {first} 行的工单编号相同、内容不同，请核对后只保留一行。"
        faults = [Fault("ticket", message)]
        tally.blame(row.line, faults)
        refused.add(row.line, _written(row), faults)


def _written(row: Any) -> Values:
    """Return a staged row as its file had it, but for its contact, which is not unsealed here."""
    return {
        "ticket": row.ticket,
        "time": row.happened_at.isoformat(),
        "department": row.department_name,
        "matter": row.subject,
        "level": str(row.level or ""),
        "text": row.body,
        "reply": row.reply,
        "reply_time": row.replied_at.isoformat() if row.replied_at else "",
    }


def merge(
    source: Source,
    run_id: UUID,
    tally: Tally,
    places: joining.Places,
    *,
    now: datetime,
    step: Callable[[], None],
) -> None:
    """Let the staged rows in: old versions are kept, changed matters changed, new ones added.

    Their ratings join the campaigns that were found while staging, unless these have changed since.
    """
    if tally.direct is not None:
        last = tally.direct.last
    else:
        last = db.session.scalar(text("SELECT max(id) FROM source_matter")) or 0
    placed = joining.still_stand(places, now=now)
    values: Mapping[str, Any] = {"source": source.id, "run": run_id, "now": now, "placed": placed}
    changes = (KEEP_VERSIONS, CHANGE) if tally.counts["changed"] else ()
    for statement in (*changes, ADD):
        step()
        db.session.execute(text(statement), values)
    if placed:
        joining.join_staged(places, step=step)
        joining.join_waiting(source, now=now, step=step, until=last)
    else:
        joining.join_waiting(source, now=now, step=step)
