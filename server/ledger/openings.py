r"""The file of openings that two auditors recount a tally from: pure.

JSON lines. The first names what it is of; each other one opens a commitment::

    {"format":"ronghe-openings-v1","campaign":12,"edition":1,"root":"5dc9…"}
    {"commitment":"9f…","salt":"0c…","opening":"12\n3\n1\n0\n-\n2026-11-23\n4\n4,5,0\n-"}

In the order of the commitments, which says nothing of who rated when, and makes the file the same
each time it is made. ``salt`` are the 16 bytes that the commitment takes; what words were there is
a digest in the opening, and its salt is not in the file.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.ledger.commitments import SALT_BYTES, Opening, canonical, commitment_of

FORMAT = "ronghe-openings-v1"
NO_FILE = "not a file of openings: its first line does not say so"
NO_OPENING = "a line opens nothing"


class OpeningsError(ValueError):
    """A file is not one of openings; the message is one line."""


@dataclass(frozen=True)
class Header:
    """What a file's openings are of."""

    campaign_id: int
    edition: int
    root: bytes


@dataclass(frozen=True)
class Opened:
    """A line: the commitment that it says it opens, and what with."""

    commitment: bytes
    salt: bytes
    text: str

    @property
    def holds(self) -> bool:
        """Whether salt and opening give the commitment."""
        return commitment_of(self.salt, self.text.encode()) == self.commitment


@dataclass(frozen=True)
class Rated:
    """What a recount takes from an opening."""

    campaign_id: int
    department_id: int
    channel: int
    overall: int
    levels: tuple[int, ...]


def lines(header: Header, ratings: Iterable[tuple[bytes, Opening]]) -> Iterator[str]:
    """Write a file, line by line; ``ratings`` are salts and openings, sorted by commitment."""
    yield _line(
        {
            "format": FORMAT,
            "campaign": header.campaign_id,
            "edition": header.edition,
            "root": header.root.hex(),
        }
    )
    for salt, opening in ratings:
        text = canonical(opening)
        yield _line(
            {
                "commitment": commitment_of(salt, text).hex(),
                "salt": salt[:SALT_BYTES].hex(),
                "opening": text.decode("ascii"),
            }
        )


def read_header(line: str) -> Header:
    """Read the first line."""
    try:
        values = json.loads(line)
        kind = values["format"]
        found = Header(
            int(values["campaign"]), int(values["edition"]), bytes.fromhex(values["root"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OpeningsError(NO_FILE) from error
    if kind != FORMAT:
        raise OpeningsError(NO_FILE)
    return found


def read_line(line: str) -> Opened:
    """Read any other line."""
    try:
        values = json.loads(line)
        found = Opened(
            bytes.fromhex(values["commitment"]),
            bytes.fromhex(values["salt"]),
            str(values["opening"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OpeningsError(NO_OPENING) from error
    if len(found.salt) != SALT_BYTES:
        raise OpeningsError(NO_OPENING)
    return found


def read_opening(text: str) -> Rated:
    """Read a canonical opening's counted parts."""
    try:
        campaign, department, channel, _, _, _, overall, levels, _ = text.split("\n")
        return Rated(
            int(campaign),
            int(department),
            int(channel),
            int(overall),
            tuple(int(level) for level in levels.split(",") if level),
        )
    except ValueError as error:
        message = "an opening is not in its canonical form"
        raise OpeningsError(message) from error


def _line(values: dict[str, object]) -> str:
    return json.dumps(values, separators=(",", ":")) + "\n"
