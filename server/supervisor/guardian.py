"""Ends the processes of a supervisor that was killed, where the kernel can't be asked to.

The guardian is a process that reads from a pipe which only the supervisor holds open. When the
supervisor dies, however it dies, the pipe closes and the guardian sends every process that it was
told of its signal, and kills those that don't heed it.
Run as a file: it must not import the application.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Ward:
    pid: int
    orphan_signal: int
    seconds: float


class Guardian:
    """The supervisor's end of the pipe."""

    def __init__(self) -> None:
        """Start the guardian in a session of its own, so that Ctrl-C doesn't reach it."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def hold(self, pid: int, orphan_signal: signal.Signals, seconds: float) -> None:
        """Guard a process, which leads a process group of its own."""
        self._tell(f"hold {pid} {int(orphan_signal)} {seconds}")

    def release(self, pid: int) -> None:
        """Stop guarding: the process has ended and its number may be used again."""
        self._tell(f"release {pid} 0 0")

    def close(self) -> None:
        """Close the pipe and wait for the guardian to end."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(line.encode("ascii") + b"\n")
            self._process.stdin.flush()


def _read(lines: Iterable[str]) -> list[_Ward]:
    """Read until the pipe closes; return who is still guarded then, the latest first."""
    wards: dict[int, _Ward] = {}
    for line in lines:
        word, pid, orphan_signal, seconds = line.split()
        if word == "hold":
            wards[int(pid)] = _Ward(int(pid), int(orphan_signal), float(seconds))
        else:
            wards.pop(int(pid), None)
    return list(reversed(wards.values()))


def _end(wards: list[_Ward]) -> None:
    started = time.monotonic()
    for ward in wards:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(ward.pid, ward.orphan_signal)
    for ward in wards:
        while _is_alive(ward.pid) and time.monotonic() - started < ward.seconds:
            time.sleep(_POLL_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(ward.pid, signal.SIGKILL)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    _end(_read(sys.stdin))
