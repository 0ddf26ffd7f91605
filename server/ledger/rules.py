"""Events of the log and the canonical text of its entries: pure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

# A batch of fewer leaves would tell whose is whose.
LEAST_BATCH = 10
ENTRY_VERSION = "v1"
NOTHING = "-"


class Event(enum.IntEnum):
    """What a leaf of the log says happened. The numbers are stored; names stand in the entries."""

    ACCEPTED = 1
    CORRECTED = 2
    WITHDRAWN = 3
    EXCLUDED = 4
    TALLIED = 5
    SEAL_BROKEN = 6

    @property
    def code(self) -> str:
        """The event's name in an entry: lower case."""
        return self.name.lower()


# What the office did in public: it concerns no single rater, and waits for no others.
PUBLIC_EVENTS = (Event.TALLIED, Event.SEAL_BROKEN)
# What raters do ends with their campaign: behind its first tally come exclusions and tallies.
RATERS_EVENTS = (Event.ACCEPTED, Event.CORRECTED, Event.WITHDRAWN)
_CODES = {event.value: event.code for event in Event}
EVENT_OF_CODE = {event.code: event for event in Event}
ENTRY_PARTS = 6


class AuditState(enum.StrEnum):
    """How far an audit of a campaign's openings is."""

    ASKED = "asked"
    OPEN = "open"
    SIGNED = "signed"
    ENDED = "ended"


class MalformedEntryError(ValueError):
    """A text is no entry of this log."""


@dataclass(frozen=True)
class Entry:
    """An entry, read back."""

    campaign_id: int
    event: Event
    reason: str | None
    commitment: bytes | None
    previous: bytes | None
    body: str | None


@dataclass(frozen=True)
class TallyBody:
    """What a tally's entry says."""

    edition: int
    counted: int
    withdrawn: int
    excluded: Mapping[str, int]
    root: bytes


def entry_text(
    campaign_id: int,
    event: int,
    reason: str | None,
    commitment: bytes | None,
    previous: bytes | None,
    body: str | None,
) -> str:
    """Return the line of which a leaf is the hash."""
    line = (
        f"{ENTRY_VERSION} {campaign_id} {_CODES[event]} {reason or NOTHING}"
        f" {commitment.hex() if commitment else NOTHING}"
        f" {previous.hex() if previous else NOTHING}"
    )
    return f"{line} {body}" if body else line


def read_entry(line: str) -> Entry:
    """Read an entry back; only the very text that ``entry_text`` writes is one."""
    version, _, rest = line.partition(" ")
    parts = rest.split(" ", ENTRY_PARTS - 1)
    if version != ENTRY_VERSION or len(parts) < ENTRY_PARTS - 1:
        raise MalformedEntryError(line)
    campaign, code, reason, commitment, previous, *body = parts
    try:
        found = Entry(
            int(campaign),
            EVENT_OF_CODE[code],
            _given(reason),
            _bytes(commitment),
            _bytes(previous),
            body[0] if body else None,
        )
    except (KeyError, ValueError) as error:
        raise MalformedEntryError(line) from error
    again = entry_text(
        found.campaign_id,
        found.event,
        found.reason,
        found.commitment,
        found.previous,
        found.body,
    )
    if again != line:
        raise MalformedEntryError(line)
    return found


def tally_body(tally: TallyBody) -> str:
    """Return what a tally's entry says, reasons sorted."""
    reasons = "".join(
        f" excluded.{reason}={number}" for reason, number in sorted(tally.excluded.items())
    )
    return (
        f"edition={tally.edition} counted={tally.counted} withdrawn={tally.withdrawn}{reasons}"
        f" root={tally.root.hex()}"
    )


def read_tally_body(body: str) -> TallyBody:
    """Read a tally's body back."""
    try:
        values = dict(part.split("=", 1) for part in body.split(" "))
        found = TallyBody(
            edition=int(values.pop("edition")),
            counted=int(values.pop("counted")),
            withdrawn=int(values.pop("withdrawn")),
            root=bytes.fromhex(values.pop("root")),
            excluded={
                name.removeprefix("excluded."): int(number) for name, number in values.items()
            },
        )
    except (KeyError, ValueError) as error:
        raise MalformedEntryError(body) from error
    if tally_body(found) != body:
        raise MalformedEntryError(body)
    return found


def _given(text: str) -> str | None:
    return None if text == NOTHING else text


def _bytes(text: str) -> bytes | None:
    return None if text == NOTHING else bytes.fromhex(text)
