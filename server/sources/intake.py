"""Taking rows in: copied into a table of the transaction, compared, then merged by whole sets.

Nothing of a run is seen before its transaction commits: one that is killed or cancelled leaves
nothing, and starts again from its file. Memory does not grow with the rows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import text

from server.core.crypto import seal
from server.core.database import db, session_connection
from server.core.keyring import standing_key
from server.sources.rows import Fault, Matter, Reader, read
from server.sources.rules import CONTACT_PURPOSE, KEY_NAME

ROWS_A_STEP = 5000
SHOWN_FAULTS = 200
SHOWN_NAMES = 30
INCOMING = """
    CREATE TEMPORARY TABLE incoming_matter (
        line integer, ticket text COLLATE "C", happened_at timestamptz, department_id integer,
        department_name text, subject text, body text, reply text, replied_at timestamptz,
        level smallint, contact_sealed bytea, digest bytea
    ) ON COMMIT DROP
"""
TYPES = (
    *("int4", "text", "timestamptz", "int4"),
    *("text", "text", "text", "text", "timestamptz"),
    *("int2", "bytea", "bytea"),
)
COPY = "COPY incoming_matter FROM STDIN (FORMAT BINARY)"
# Of several lines with one ticket the first stands; what became of the others is told by line.
DOUBLES = """
    WITH numbered AS (
        SELECT line, digest, row_number() OVER same_ticket AS place,
            first_value(line) OVER same_ticket AS first_line,
            first_value(digest) OVER same_ticket AS first_digest
        FROM incoming_matter WHERE ticket IN (
            SELECT ticket FROM incoming_matter GROUP BY ticket HAVING count(*) > 1)
        WINDOW same_ticket AS (PARTITION BY ticket ORDER BY line)
    )
    DELETE FROM incoming_matter USING numbered
    WHERE incoming_matter.line = numbered.line AND place > 1
    RETURNING incoming_matter.*, first_line, numbered.digest = first_digest AS same
"""
COUNTS = """
    SELECT count(*) FILTER (WHERE kept.id IS NULL) AS new,
        count(*) FILTER (WHERE kept.digest <> incoming.digest) AS changed,
        count(*) FILTER (WHERE kept.digest = incoming.digest) AS unchanged,
        count(*) FILTER (WHERE incoming.level IS NULL) AS unrated,
        count(*) FILTER (WHERE incoming.department_id IS NULL) AS without_department
    FROM incoming_matter AS incoming LEFT JOIN source_matter AS kept
        ON kept.source_id = :source AND kept.ticket = incoming.ticket
"""
UNKNOWN_NAMES = """
    SELECT department_name AS name, count(*) AS count FROM incoming_matter
    WHERE department_id IS NULL AND department_name <> ''
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most
"""
KEEP_VERSIONS = """
    INSERT INTO source_matter_version (matter_id, version, happened_at, department_name, subject,
        body, reply, replied_at, level, contact_sealed, run_id, replaced_at)
    SELECT kept.id, kept.version, kept.happened_at, kept.department_name, kept.subject,
        kept.body, kept.reply, kept.replied_at, kept.level, kept.contact_sealed, kept.run_id, :now
    FROM source_matter AS kept JOIN incoming_matter AS incoming USING (ticket)
    WHERE kept.source_id = :source AND kept.digest <> incoming.digest
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
    FROM incoming_matter AS incoming
    WHERE kept.source_id = :source AND kept.ticket = incoming.ticket
        AND kept.digest <> incoming.digest
"""
ADD = """
    INSERT INTO source_matter (source_id, ticket, happened_at, department_id, department_name,
        subject, body, reply, replied_at, level, contact_sealed, digest, rating, run_id, changed_at)
    SELECT :source, ticket, happened_at, department_id, department_name,
        subject, body, reply, replied_at, level, contact_sealed, digest,
        CASE WHEN level IS NULL THEN 'none' ELSE 'waiting' END, :run, :now
    FROM incoming_matter AS incoming
    WHERE NOT EXISTS (SELECT FROM source_matter AS kept
        WHERE kept.source_id = :source AND kept.ticket = incoming.ticket)
    ORDER BY line
"""

Progress = Callable[[int], None]
Values = dict[str, str]


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

    def blame(self, line: int, faults: Iterable[Fault]) -> None:
        """Count a refused row; the first ones are shown."""
        listed = list(faults)
        self.refused += 1
        self.reasons.update((fault.field, fault.message) for fault in listed)
        if len(self.faults) < SHOWN_FAULTS:
            self.faults.append({"line": line, "faults": [[*fault] for fault in listed]})

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
    rows: Iterable[tuple[int, Values]],
    reader: Reader,
    *,
    source_id: int,
    refused: Refused,
    progress: Progress,
) -> Tally:
    """Copy the good rows beside the matters, collect the others, and compare; nothing is changed.

    ``progress`` is told the rows read so far, and ends the run by raising.
    """
    tally = Tally()
    cursor = session_connection().cursor()
    cursor.execute(INCOMING)
    key = standing_key(KEY_NAME)
    with cursor.copy(COPY) as copy:
        copy.set_types(TYPES)
        for line, values in rows:
            tally.read += 1
            found = read(values, reader)
            if isinstance(found, Matter):
                copy.write_row(_columns(line, found, key))
            else:
                tally.blame(line, found)
                refused.add(line, values, found)
            if tally.read % ROWS_A_STEP == 0:
                progress(tally.read)
    progress(tally.read)
    _part_doubles(tally, refused)
    row = db.session.execute(text(COUNTS), {"source": source_id}).one()
    tally.counts = dict(row._mapping)  # noqa: SLF001 SQLAlchemy's public name for it
    names = db.session.execute(text(UNKNOWN_NAMES), {"most": SHOWN_NAMES})
    tally.unknown = [{"name": one.name, "count": one.count} for one in names]
    progress(tally.read)
    return tally


def _columns(line: int, matter: Matter, key: bytes) -> tuple[object, ...]:
    contact = seal(key, matter.contact.encode(), CONTACT_PURPOSE) if matter.contact else None
    return (
        line,
        matter.ticket,
        matter.happened_at,
        matter.department_id,
        matter.department_name,
        matter.subject,
        matter.body,
        matter.reply,
        matter.replied_at,
        matter.level,
        contact,
        matter.digest,
    )


def _part_doubles(tally: Tally, refused: Refused) -> None:
    db.session.execute(text("ANALYZE incoming_matter"))
    for row in db.session.execute(text(DOUBLES)):
        if row.same:
            tally.repeated += 1
            continue
        message = f"与第 {row.first_line} 行的工单编号相同、内容不同，请核对后只保留一行。"
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


def merge(source_id: int, run_id: UUID, *, now: datetime, step: Callable[[], None]) -> None:
    """Let the staged rows in: old versions are kept, changed matters changed, new ones added."""
    values: Mapping[str, Any] = {"source": source_id, "run": run_id, "now": now}
    for statement in (KEEP_VERSIONS, CHANGE, ADD):
        step()
        db.session.execute(text(statement), values)
