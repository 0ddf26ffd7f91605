"""Taking a frame in: rows are read, the good ones copied, and the frame stands whole or not at all.

Lines that were refused before may come again in files of corrections; each is read in the place of
the line that it names, so that the frame is numbered as its first file is ordered.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Protocol

from sqlalchemy import text

from server.core.access import Actor
from server.core.database import db, session_connection
from server.core.errors import Refusal
from server.core.headings import HEADING_ROWS
from server.core.keyring import standing_key
from server.sampling.drawing import NUMBER, line
from server.sampling.frame_columns import LINE, find, wanted
from server.sampling.frame_rows import Fault, Layout, Row, label, read
from server.sampling.models import SampleFrame
from server.sampling.persons import LOOKUP_KEY, PERSON_KEY, Contact, person_key, seal_contact
from server.sampling.rules import Panel
from server.sources.files import Table

MOST_ROWS = 500_000
MOST_CATEGORIES = 100
MOST_CORRECTIONS = 50_000
ROWS_A_STEP = 5000
SHOWN_FAULTS = 200
SHOWN_REASONS = 30
INCOMING = """
    CREATE TEMPORARY TABLE incoming_unit (
        number integer, categories text[], person_sealed bytea, person_key bytea
    ) ON COMMIT DROP
"""
COPY = "COPY incoming_unit FROM STDIN (FORMAT BINARY)"
TYPES = ("int4", "text[]", "bytea", "bytea")
ADD = """
    INSERT INTO frame_unit (frame_id, number, categories, person_sealed, person_key)
    SELECT :frame, number, categories, person_sealed, person_key FROM incoming_unit ORDER BY number
"""

Values = dict[str, str]
Progress = Callable[[int], None]
Unit = tuple[Contact, Sequence[str]]


class Refused(Protocol):
    """Where refused rows go."""

    def add(self, line: int, values: Values, faults: Iterable[tuple[str, str]]) -> None:
        """Take a row with what is wrong."""


@dataclass
class Tally:
    """What becomes of a file's rows."""

    read: int = 0
    good: int = 0
    refused: int = 0
    with_telephone: int = 0
    with_address: int = 0
    unused_corrections: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    categories: dict[str, Counter[str]] = field(default_factory=dict)

    def blame(self, at: int, faults: Sequence[Fault]) -> None:
        """Count a refused row; the first ones are shown."""
        self.refused += 1
        self.reasons.update((label(one.field), one.message) for one in faults)
        if len(self.faults) < SHOWN_FAULTS:
            shown = [[label(one.field), one.message] for one in faults]
            self.faults.append({"line": at, "faults": shown})

    def take(self, row: Row, dimensions: Sequence[str]) -> None:
        """Count a good row; refuse a dimension with too many categories: names, for one."""
        self.good += 1
        if self.good > MOST_ROWS:
            raise Refusal("frame_too_many_rows", 422, most=MOST_ROWS)
        self.with_telephone += bool(row.contact.telephone)
        self.with_address += bool(row.contact.address)
        for name, category in zip(dimensions, row.categories, strict=True):
            counts = self.categories.setdefault(name, Counter())
            counts[category] += 1
            if len(counts) > MOST_CATEGORIES:
                raise Refusal("frame_categories_too_many", 422, name=name, count=MOST_CATEGORIES)

    def report(self) -> dict[str, Any]:
        """Return counts, lines, reasons and categories; of nobody's row."""
        return {
            "counts": {
                "read": self.read,
                "good": self.good,
                "refused": self.refused,
                "with_telephone": self.with_telephone,
                "with_address": self.with_address,
                "unused_corrections": self.unused_corrections,
            },
            "faults": self.faults,
            "reasons": [[*key, count] for key, count in self.reasons.most_common(SHOWN_REASONS)],
            "categories": {
                name: [[category, count] for category, count in sorted(counts.items())]
                for name, counts in self.categories.items()
            },
        }


def good_rows(
    rows: Iterable[tuple[int, Values]],
    layout: Layout,
    tally: Tally,
    *,
    refused: Refused,
    progress: Progress,
) -> Iterator[Unit]:
    """Yield the good rows; the others are told, and whoever stands in the file already with them.

    ``progress`` is told the rows read so far, and ends the import by raising.
    """
    key, seen = standing_key(LOOKUP_KEY), dict[bytes, int]()
    for at, values in rows:
        tally.read += 1
        found = read(values, layout)
        if isinstance(found, Row):
            first = seen.setdefault(person_key(key, found.contact), at)
            if first == at:
                tally.take(found, layout.dimensions)
                yield found
            else:
                found = [_double(found.contact, first)]
        if not isinstance(found, Row):
            tally.blame(at, found)
            refused.add(at, values, [(label(one.field), one.message) for one in found])
        if tally.read % ROWS_A_STEP == 0:
            progress(tally.read)
    progress(tally.read)


def _double(contact: Contact, first: int) -> Fault:
    if contact.telephone:
        return Fault("telephone", f"与第 {first} 行的手机号相同，同一个人只能出现一次。")
    return Fault("name", f"与第 {first} 行的姓名和地址相同，同一个人只能出现一次。")


def store(
    units: Iterable[Unit],
    *,
    organisation_id: int,
    panel: Panel,
    name: str,
    dimensions: Sequence[str],
    actor: Actor,
    now: datetime,
) -> SampleFrame:
    """Store a frame: numbered in order, persons sealed, its digest worked out on the way."""
    cursor = session_connection().cursor()
    cursor.execute(INCOMING)
    person, lookup, digest = standing_key(PERSON_KEY), standing_key(LOOKUP_KEY), sha256()
    digest.update(line(NUMBER, dimensions))
    size = 0
    with cursor.copy(COPY) as copy:
        copy.set_types(TYPES)
        for size, (contact, categories) in enumerate(units, start=1):
            digest.update(line(str(size), categories))
            sealed = seal_contact(person, contact)
            copy.write_row((size, list(categories), sealed, person_key(lookup, contact)))
    if not size:
        raise Refusal("frame_without_rows", 422)
    frame = SampleFrame(
        organisation_id=organisation_id,
        panel=panel.value,
        name=name,
        dimensions=list(dimensions),
        size=size,
        digest=digest.digest(),
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(frame)
    db.session.flush()
    db.session.execute(text(ADD), {"frame": frame.id})
    db.session.execute(text("DROP TABLE incoming_unit"))
    return frame


def mapped_rows(
    table: Table, headings: Sequence[str], corrections: dict[int, Values]
) -> Iterator[tuple[int, Values]]:
    """Yield a file's rows below its headings: line, and cells by heading; corrected where told.

    What is left of ``corrections`` at the end names lines that the file does not have.
    """
    top = list(islice(table.rows, HEADING_ROWS))
    if not top:
        raise Refusal("import_file_empty", 422, field="file")
    at, places = find(headings, [cells for _, cells in top])
    for number, cells in chain(top[at + 1 :], table.rows):
        corrected = corrections.pop(number) if number in corrections else None
        yield number, corrected or _by_heading(cells, places)


def _by_heading(cells: Sequence[str], places: Mapping[str, int]) -> Values:
    size = len(cells)
    return {name: cells[place] if place < size else "" for name, place in places.items()}


def corrected_rows(table: Table, layout: Layout) -> dict[int, Values]:
    """Return the corrected lines of a file by the line that each replaces; refuse another file."""
    headings = [*wanted(layout.columns, layout.dimensions), LINE]
    found: dict[int, Values] = {}
    for _, values in mapped_rows(table, headings, {}):
        number = values.pop(LINE).strip()
        if not number.isascii() or not number.isdigit():
            raise Refusal("frame_corrections_unreadable", 422, field="file", name=LINE)
        found[int(number)] = values
        if len(found) > MOST_CORRECTIONS:
            raise Refusal("frame_too_many_rows", 422, field="file", most=MOST_CORRECTIONS)
    return found
