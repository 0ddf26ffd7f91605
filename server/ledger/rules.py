"""Events of the log and the canonical text of its entries: pure."""

import enum

# A batch of fewer leaves would tell whose is whose.
LEAST_BATCH = 10


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


class AuditState(enum.StrEnum):
    """How far an audit of a campaign's openings is."""

    ASKED = "asked"
    OPEN = "open"
    SIGNED = "signed"
    ENDED = "ended"
