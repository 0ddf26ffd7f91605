"""The line of a log that says why a process ended."""

import os
import re
from pathlib import Path

_TAIL_BYTES = 16 * 1024
# The name of an exception tells more than the bare "Error:" that command lines close with.
_TROUBLE = re.compile(r"\b(FATAL|PANIC|CRITICAL|ERROR)\b|^[\w.]+(Error|Exception)\b")


def size_of(log: Path) -> int:
    """Return the length of the log in bytes, 0 while there is none."""
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


def last_meaningful_line(log: Path, since: int = 0) -> str:
    """Return the last line that names an error, else the last line with any text.

    `since` is the length of the log when the process started; what is older isn't looked at.
    """
    try:
        with log.open("rb") as stream:
            length = stream.seek(0, os.SEEK_END)
            stream.seek(max(since, length - _TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return "it wrote nothing"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if _TROUBLE.search(line)]
    return (telling or lines or ["it wrote nothing"])[-1]
