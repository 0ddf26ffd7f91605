"""The sandbox's notes: a line of JSON an event, appended by every process, read for the page."""

import json
import os
from pathlib import Path
from typing import Any

# What the page and the verdicts look at: the end of a file that only grows.
TAIL_BYTES = 256 * 1024

Record = dict[str, Any]


class Notes:
    """One file of records."""

    def __init__(self, path: Path) -> None:
        """Use ``path``, which need not exist."""
        self._path = path

    def add(self, record: Record) -> None:
        """Append a record; one write, so that processes don't mix their lines."""
        line = json.dumps(record, ensure_ascii=False) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def latest(self) -> list[Record]:
        """Return the last records, oldest first."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - TAIL_BYTES))
                data = file.read()
        except FileNotFoundError:
            return []
        lines = data.split(b"\n")
        if size > TAIL_BYTES:
            # The first line was cut by the seek.
            lines = lines[1:]
        return [json.loads(line) for line in lines if line]
