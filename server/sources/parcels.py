"""Files that wait for their import, and refused rows: on disk, sealed piece by piece.

Each piece is sealed with its number, and the last one says that it is the last: a file that was cut
short or put together differently can't be read.
"""

import contextlib
import io
import json
import os
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from uuid import UUID, uuid4

from flask import current_app

from server.core.crypto import SealBrokenError, seal, unseal
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.sources.rules import KEY_NAME

# Small enough for memory that is used again: of a fresh megabyte each page has to be got first.
PIECE = 1 << 18
# A sealed piece is little longer than a plain one; files of before have longer ones.
LONGEST_PIECE = (1 << 20) + 64
LENGTH_BYTES = 4
REFUSED_LINES = 200


def _path(run_id: UUID, kind: str) -> Path:
    folder: Path = current_app.config["CONFIGURATION"].media_dir / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{run_id}.{kind}"


def _purpose(run_id: UUID, kind: str, number: int, *, last: bool) -> str:
    return f"source.{kind}:{run_id}:{number}:{'last' if last else 'more'}"


class Writer:
    """Seals pieces into a file that appears whole, when ``finish`` is called, or not at all."""

    def __init__(self, run_id: UUID, kind: str) -> None:
        """Begin a file of a run; ``kind`` is ``file`` or ``refused``."""
        self._run_id, self._kind, self._number = run_id, kind, 0
        self._key = standing_key(KEY_NAME)
        self._target = _path(run_id, kind)
        self._draft = self._target.with_suffix(f".{uuid4().hex}.draft")
        self._file = self._draft.open("xb")

    def write(self, plain: bytes, *, last: bool = False) -> None:
        """Add a piece."""
        purpose = _purpose(self._run_id, self._kind, self._number, last=last)
        sealed = seal(self._key, plain, purpose)
        self._file.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)
        self._number += 1

    def finish(self) -> None:
        """Write the last piece, and put the file in its place."""
        self.write(b"", last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.replace(self._target)

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._draft.unlink(missing_ok=True)


def _refuse_over(size: int, most: int) -> None:
    if size > most:
        raise Refusal("source_file_too_large", 422, field="file", most=most >> 20)


def keep(run_id: UUID, stream: IO[bytes], most: int) -> tuple[bytes, int]:
    """Seal an upload; return its hash and size, or refuse one that is larger than ``most``."""
    writer, digest, size = Writer(run_id, "file"), sha256(), 0
    try:
        while piece := stream.read(PIECE):
            size += len(piece)
            _refuse_over(size, most)
            digest.update(piece)
            writer.write(piece)
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return digest.digest(), size


class Sealed(io.RawIOBase):
    """Reads a sealed file as if it were plain; ``share`` tells how much of it was read."""

    def __init__(self, run_id: UUID, kind: str) -> None:
        """Open a run's file; refuse where it is gone."""
        self._run_id, self._kind, self._number = run_id, kind, 0
        self._key = standing_key(KEY_NAME)
        try:
            self._file = _path(run_id, kind).open("rb")
        except FileNotFoundError as error:
            raise Refusal("source_file_gone", 409) from error
        self._size = os.fstat(self._file.fileno()).st_size
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer."""
        if not self._rest and not self._ended:
            self._rest = self._piece()
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    @property
    def share(self) -> int:
        """How much was read, in per cent."""
        return 100 if self._file.closed else self._file.tell() * 100 // max(1, self._size)

    def _piece(self) -> bytes:
        length = int.from_bytes(self._file.read(LENGTH_BYTES), "big")
        if not 0 < length <= LONGEST_PIECE:
            raise SealBrokenError(self._kind)
        sealed = self._file.read(length)
        last = self._file.tell() >= self._size
        purpose = _purpose(self._run_id, self._kind, self._number, last=last)
        self._number += 1
        plain = unseal(self._key, sealed, purpose)
        self._ended = last
        return plain


def opened(run_id: UUID, kind: str = "file") -> tuple[Sealed, IO[bytes]]:
    """Open a run's file; the first tells the progress, the second is read."""
    raw = Sealed(run_id, kind)
    return raw, io.BufferedReader(raw, PIECE)


class RefusedRows:
    """Collects refused rows, a sealed piece for some of them at a time."""

    def __init__(self, run_id: UUID) -> None:
        """Begin the list of a run."""
        self._writer = Writer(run_id, "refused")
        self._lines: list[str] = []

    def add(self, line: int, values: dict[str, str], faults: Iterable[tuple[str, str]]) -> None:
        """Add a row."""
        self._lines.append(json.dumps([line, values, list(faults)], ensure_ascii=True))
        if len(self._lines) >= REFUSED_LINES:
            self._flush()

    def _flush(self) -> None:
        data = "".join(line + "\n" for line in self._lines).encode()
        self._lines = []
        for start in range(0, len(data), PIECE):
            self._writer.write(data[start : start + PIECE])

    def finish(self) -> None:
        """Put the list in its place."""
        self._flush()
        self._writer.finish()

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._writer.abandon()


RefusedRow = tuple[int, dict[str, str], list[tuple[str, str]]]


def refused_rows(run_id: UUID) -> Iterator[RefusedRow]:
    """Yield the rows that a run refused: line, values by field, faults."""
    _, stream = opened(run_id, "refused")
    with stream:
        for text in io.TextIOWrapper(stream, "ascii"):
            line, values, faults = json.loads(text)
            yield line, values, [(name, message) for name, message in faults]


def forget(run_id: UUID, *kinds: str) -> None:
    """Remove a run's files."""
    for kind in kinds or ("file", "refused"):
        _path(run_id, kind).unlink(missing_ok=True)


def forget_older(life: timedelta) -> None:
    """Remove every file that is older than ``life``, drafts that a crash left included."""
    folder: Path = current_app.config["CONFIGURATION"].media_dir / "imports"
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > life.total_seconds():
                path.unlink()
