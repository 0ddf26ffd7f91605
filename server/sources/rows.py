"""One row: from its cells to what is stored, or to what is wrong with it. No database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from server.sources.columns import normal
from server.sources.rules import (
    CLOCK_LEAD,
    LONGEST_CONTACT,
    LONGEST_DEPARTMENT,
    LONGEST_TICKET,
    level_of,
    moment_of,
)

# The rule of core.text.clean in one pass: control characters but tab and line breaks, surrogates.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
DIGEST_BYTES = 16
SHORT = {"ticket": LONGEST_TICKET, "department": LONGEST_DEPARTMENT, "contact": LONGEST_CONTACT}


class Fault(NamedTuple):
    """What is wrong with a field of a row."""

    field: str
    message: str


@dataclass(frozen=True)
class Reader:
    """How rows of one source are read; ``departments`` are ids by normal name."""

    levels: dict[str, int]
    departments: Mapping[str, int]
    key: bytes
    now: datetime


@dataclass
class Matter:
    """A good row."""

    ticket: str
    happened_at: datetime
    department_id: int | None
    department_name: str
    subject: str
    body: str
    reply: str
    replied_at: datetime | None
    level: int | None
    contact: str
    digest: bytes = field(default=b"", repr=False)


def read(values: dict[str, str], reader: Reader) -> Matter | list[Fault]:
    """Return a row's matter, or everything that is wrong with it.

    ``values`` are cells by field; texts are stripped at their ends and else kept as they are.
    """
    faults: list[Fault] = []
    texts = _texts(values, faults)
    ticket, department = texts.get("ticket", ""), texts.get("department", "")
    subject, body = texts.get("matter", ""), texts.get("text", "")
    if not ticket:
        faults.append(Fault("ticket", "没有工单编号。"))
    happened_at = _moment("time", texts.get("time", ""), reader, faults)
    if happened_at is None and not texts.get("time"):
        faults.append(Fault("time", "没有时间。"))
    replied_at = _moment("reply_time", texts.get("reply_time", ""), reader, faults)
    level = _level(texts.get("level", ""), reader, faults)
    if level is None and not subject and not body and not faults:
        faults.append(Fault("", "等级、事项和内容都是空的。"))
    if faults or happened_at is None:
        return faults
    matter = Matter(
        ticket=ticket,
        happened_at=happened_at,
        department_id=reader.departments.get(normal(department)) if department else None,
        department_name=department,
        subject=subject,
        body=body,
        reply=texts.get("reply", ""),
        replied_at=replied_at,
        level=level,
        contact=texts.get("contact", ""),
    )
    matter.digest = _digest(matter, reader.key)
    return matter


def storable(text: str) -> str:
    """Return a text without the characters that can't be stored, for messages about it."""
    return UNSTORABLE.sub("", text)


def _texts(values: dict[str, str], faults: list[Fault]) -> dict[str, str]:
    """Return the cells' texts: ends stripped, line breaks of one kind."""
    texts = {name: cell.strip().strip("\ufeff\u200b") for name, cell in values.items()}
    # All cells at once: hardly a row has a carriage return within, or what can't be stored.
    together = "\n".join(texts.values())
    if "\r" in together:
        for name, text in texts.items():
            texts[name] = text.replace("\r\n", "\n").replace("\r", "\n")
    if UNSTORABLE.search(together):
        for name, text in texts.items():
            if UNSTORABLE.search(text):
                faults.append(Fault(name, "含有无法保存的字符。"))
                texts[name] = storable(text)
    for name, most in SHORT.items():
        if len(texts.get(name, "")) > most:
            faults.append(Fault(name, f"内容过长，最多 {most} 个字。"))
    return texts


def _moment(name: str, text: str, reader: Reader, faults: list[Fault]) -> datetime | None:
    if not text:
        return None
    try:
        moment = moment_of(text)
    except ValueError:
        faults.append(Fault(name, "时间无法识别，请写成 2026-11-23 09:30 的样子。"))
        return None
    if moment > reader.now + CLOCK_LEAD:
        faults.append(Fault(name, "时间在将来，请核对。"))
        return None
    return moment


def _level(text: str, reader: Reader, faults: list[Fault]) -> int | None:
    if not text:
        return None
    try:
        return level_of(text, reader.levels)
    except KeyError:
        shown = text if len(text) <= 20 else text[:20] + "…"  # noqa: PLR2004
        faults.append(Fault("level", f"等级「{shown}」没有对应，请在列对应中设置。"))
        return None


def _digest(matter: Matter, key: bytes) -> bytes:
    replied = matter.replied_at.timestamp() if matter.replied_at else ""
    parts = (
        str(matter.happened_at.timestamp()),
        matter.department_name,
        matter.subject,
        matter.body,
        matter.reply,
        str(replied),
        str(matter.level or ""),
        matter.contact,
    )
    # Keyed, as the contact is in it; no text can hold the separator, which can't be stored.
    return blake2b("\x1f".join(parts).encode(), key=key, digest_size=DIGEST_BYTES).digest()
