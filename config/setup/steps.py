"""What every step of the preparation shares: the folders, stamps, and running a program."""

import hashlib
import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VAR = PROJECT / "var"
LOG = VAR / "log" / "setup.log"
_TROUBLE = re.compile(r"\b(error|Error|ERROR)\b")


class SetupError(Exception):
    """One line for the person at the terminal."""


def fingerprint(files: Iterable[Path], *others: str) -> str:
    """Return a digest of the files' names and contents, and of the other texts."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(os.fsencode(path.relative_to(PROJECT)) + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for text in others:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def files_under(folder: Path, without: Iterable[Path]) -> Iterator[Path]:
    """Yield the files of a folder, leaving out the folders `without` and hidden ones."""
    left_out = set(without)
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = [
            name for name in folders if not name.startswith(".") and here / name not in left_out
        ]
        yield from (here / name for name in names)


def is_stamped(stamp: Path, expected: str) -> bool:
    """Tell whether the step that leaves this stamp was done for the same inputs."""
    try:
        return stamp.read_text(encoding="ascii") == expected
    except (FileNotFoundError, NotADirectoryError):
        return False


def run(
    what: str, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path = PROJECT
) -> None:
    """Run a program of the preparation, saying what it does and how long it took.

    Its output goes to the log; raises SetupError with the line that says what went wrong.
    """
    print(f"{what} ...", end="", flush=True)
    started = time.monotonic()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("w+", encoding="utf-8", errors="replace") as log:
        try:
            code = subprocess.run(
                command,
                check=False,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            ).returncode
        except OSError as error:
            print(" failed", flush=True)
            message = f"{what}: {error}"
            raise SetupError(message) from error
        if code != 0:
            print(" failed", flush=True)
            log.seek(0)
            message = f"{what}: {_telling_line(log.read())} (see {LOG})"
            raise SetupError(message)
    print(f" {time.monotonic() - started:.0f} s", flush=True)


def _telling_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line in lines:
        # pip, npm and compilers name the cause first and add advice and traces after it.
        if _TROUBLE.search(line):
            return line
    return lines[-1] if lines else "it failed without a word"


def environment() -> dict[str, str]:
    """Return our environment with a HOME that can be written to: pip and npm keep caches there."""
    home = os.environ.get("HOME", "")
    if home and os.access(home, os.W_OK | os.X_OK):
        return dict(os.environ)
    substitute = VAR / "home"
    substitute.mkdir(parents=True, exist_ok=True)
    return {**os.environ, "HOME": str(substitute)}
