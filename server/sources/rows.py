"""One row: from its cells to what is stored, or to what is wrong with it. No database.

A million rows pass here while somebody waits, so what is plain takes a short way: a text without
anything special is not searched, a moment is put together from a day and a time that were read
before, and words are looked up as they stand before they are folded. Texts are encoded once, for
the digest and for the database.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from server.sources.columns import FIELDS, normal
from server.sources.rules import (
    CLOCK_LEAD,
    LONGEST_CONTACT,
    LONGEST_DEPARTMENT,
    LONGEST_TICKET,
    level_of,
    moment_of,
    usual_moment,
)

# The rule of core.text.clean in one pass: control characters but tab and line breaks, surrogates.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
MARKS = "\ufeff\u200b"
DIGEST_BYTES = 16
# Words of a file that are remembered as they stand; files with more are read all the same.
MOST_WORDS = 10_000
NAMES = tuple(field.name for field in FIELDS)
# A usual moment: a day, hour and minute, second.
DAY, CLOCK, SECOND = slice(0, 10), slice(10, 16), slice(16, None)
LEVEL_DIGITS = (b"", b"1", b"2", b"3", b"4", b"5")


class Fault(NamedTuple):
    """What is wrong with a field of a row."""

    field: str
    message: str


class Matter(NamedTuple):
    """A good row, its texts in UTF-8; ``digest`` is of all but the ticket.

    Moments are whole seconds since 1970.
    """

    ticket: bytes
    happened_at: int
    department_id: int | None
    department_name: bytes
    subject: bytes
    body: bytes
    reply: bytes
    replied_at: int | None
    level: int | None
    contact: bytes
    digest: bytes


@dataclass
class Reader:
    """How rows of one source are read; ``departments`` are ids by normal name."""

    levels: dict[str, int]
    departments: Mapping[str, int]
    key: bytes
    now: datetime
    _levels: dict[str, int] = field(init=False, default_factory=dict)
    _departments: dict[str, tuple[int | None, bytes]] = field(init=False, default_factory=dict)
    # Seconds, by how they are written: of a day since 1970, of a time since midnight.
    _days: dict[str, int] = field(init=False, default_factory=dict)
    _clocks: dict[str, int] = field(init=False, default_factory=dict)
    _seconds: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare what every row needs."""
        self.latest = int((self.now + CLOCK_LEAD).timestamp())
        # Keyed, as the contact is in it.
        self.hasher = blake2b(key=self.key, digest_size=DIGEST_BYTES)

    def level(self, word: str) -> int:
        """Return the level of a word; raise KeyError."""
        found = self._levels.get(word)
        if found is None:
            found = self._levels[word] = level_of(word, self.levels)
        return found

    def department(self, name: str) -> tuple[int | None, bytes]:
        """Return the department that a name is known for, however it is spaced, and the name."""
        found = self._departments.get(name)
        if found is None:
            found = (self.departments.get(normal(name)) if name else None, name.encode())
            if len(self._departments) < MOST_WORDS:
                self._departments[name] = found
        return found

    def moment(self, text: str) -> int:
        """Return a moment; raise ValueError for what is none."""
        try:
            return self._days[text[DAY]] + self._clocks[text[CLOCK]] + self._seconds[text[SECOND]]
        except KeyError:
            return self._new_moment(text)

    def _new_moment(self, text: str) -> int:
        moment = usual_moment(text)
        if moment is None:
            return int(moment_of(text).timestamp())
        # A usual day is 24 hours long, so each part counts alike whatever stands beside it. There
        # are no more parts than days since 1992 and minutes of a day.
        second = int(text[SECOND][1:] or 0)
        day = usual_moment(text[DAY]) or 0
        self._days[text[DAY]], self._seconds[text[SECOND]] = day, second
        self._clocks[text[CLOCK]] = moment - day - second
        return moment


def read(cells: Sequence[str], reader: Reader) -> Matter | list[Fault]:
    """Return a row's matter, or everything that is wrong with it.

    ``cells`` are in the order of the fields; they are stripped at their ends and else kept as they
    are.
    """
    faults: list[Fault] = []
    texts = [*map(str.strip, cells)]
    if not " ".join(texts).isprintable():
        _clean(texts, faults)
    ticket, time, department, subject, level_word, body, reply, reply_time, contact = texts
    if (
        len(ticket) > LONGEST_TICKET
        or len(department) > LONGEST_DEPARTMENT
        or len(contact) > LONGEST_CONTACT
    ):
        faults += _too_long(ticket, department, contact)
    if not ticket:
        faults.append(Fault("ticket", "没有工单编号。"))
    happened_at = _moment("time", time, reader, faults)
    if happened_at is None and not time:
        faults.append(Fault("time", "没有时间。"))
    replied_at = _moment("reply_time", reply_time, reader, faults)
    level = _level(level_word, reader, faults)
    if level is None and not subject and not body and not faults:
        faults.append(Fault("", "等级、事项和内容都是空的。"))
    if faults or happened_at is None:
        return faults
    department_id, name = reader.department(department)
    texts_said = (subject.encode(), body.encode(), reply.encode())
    # As floats are written, as in digests of old; no text can hold the separator, which can't be
    # stored.
    moments = (b"%d.0" % happened_at, b"" if replied_at is None else b"%d.0" % replied_at)
    called = contact.encode()
    said = (moments[0], name, *texts_said, moments[1], LEVEL_DIGITS[level or 0], called)
    hasher = reader.hasher.copy()
    hasher.update(b"\x1f".join(said))
    return Matter(
        ticket.encode(),
        happened_at,
        department_id,
        name,
        *texts_said,
        replied_at,
        level,
        called,
        hasher.digest(),
    )


def storable(text: str) -> str:
    """Return a text without the characters that can't be stored, for messages about it."""
    return UNSTORABLE.sub("", text)


def _clean(texts: list[str], faults: list[Fault]) -> None:
    """Take marks off the ends, make line breaks one kind, and name what can't be stored."""
    for place, text in enumerate(texts):
        if text.isprintable():
            continue
        plain = text.strip(MARKS)
        if "\r" in plain:
            plain = plain.replace("\r\n", "\n").replace("\r", "\n")
        if UNSTORABLE.search(plain):
            faults.append(Fault(NAMES[place], "含有无法保存的字符。"))
            plain = storable(plain)
        texts[place] = plain


def _too_long(ticket: str, department: str, contact: str) -> list[Fault]:
    checked = (
        ("ticket", ticket, LONGEST_TICKET),
        ("department", department, LONGEST_DEPARTMENT),
        ("contact", contact, LONGEST_CONTACT),
    )
    return [
        Fault(name, f"内容过长，最多 {most} 个字。")
        for name, text, most in checked
        if len(text) > most
    ]


def _moment(name: str, text: str, reader: Reader, faults: list[Fault]) -> int | None:
    if not text:
        return None
    try:
        moment = reader.moment(text)
    except ValueError:
        faults.append(Fault(name, "时间无法识别，请写成 2026-11-23 09:30 的样子。"))
        return None
    if moment > reader.latest:
        faults.append(Fault(name, "时间在将来，请核对。"))
        return None
    return moment


def _level(text: str, reader: Reader, faults: list[Fault]) -> int | None:
    if not text:
        return None
    try:
        return reader.level(text)
    except KeyError:
        shown = text if len(text) <= 20 else text[:20] + "…"  # noqa: PLR2004
        faults.append(Fault("level", f"等级“{shown}”没有对应，请在列对应中设置。"))
        return None
