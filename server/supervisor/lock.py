"""One supervisor for a folder, and no second one before the processes of a killed one are gone.

Two files are locked with flock. `lock` belongs to the supervisor alone. `lock.children` is handed
to every process it starts: a lock lasts as long as any process has its file open, so the kernel
itself tells the next supervisor when the last of them has ended. Nobody trusts a stored pid.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Self

from server.supervisor.console import say
from server.supervisor.errors import StartError

_LEFTOVERS_SECONDS = 20.0
_POLL_SECONDS = 0.05


class FolderLock:
    """Held while a supervisor and its processes use a folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is locked yet."""
        self._folder = folder
        self._own = -1
        self.children = -1
        self.after_a_kill = False

    def __enter__(self) -> Self:
        """Lock the folder, waiting for what a killed supervisor left to end.

        Raises StartError when another supervisor runs there or the rest doesn't go away.
        """
        try:
            self._own = _open(self._folder / "lock")
            self._refuse_second_start()
            self.after_a_kill = os.read(self._own, 1) != b""
            self.children = _open(self._folder / "lock.children")
            self._wait_for_leftovers()
        except BaseException:
            self._close()
            raise
        os.pwrite(self._own, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(self, *_exception: object) -> None:
        """Unlock; an empty file tells the next start that this one ended in good order."""
        os.ftruncate(self._own, 0)
        self._close()

    def _refuse_second_start(self) -> None:
        if not _try_lock(self._own):
            message = f"already running in {self._folder} (make run was started twice)"
            raise StartError(message)

    def _wait_for_leftovers(self) -> None:
        if _try_lock(self.children):
            return
        say("Waiting for the servers of a run that was killed to stop ...")
        self.after_a_kill = True
        deadline = time.monotonic() + _LEFTOVERS_SECONDS
        while not _try_lock(self.children):
            if time.monotonic() > deadline:
                message = (
                    f"servers of an earlier run still use {self._folder}: end them first"
                    f" (they hold {self._folder / 'lock.children'} open)"
                )
                raise StartError(message)
            time.sleep(_POLL_SECONDS)

    def _close(self) -> None:
        for descriptor in (self._own, self.children):
            if descriptor >= 0:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        self._own = self.children = -1


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise StartError(message) from error


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        message = (
            f"this file system cannot lock files ({error.strerror}): put the project elsewhere"
        )
        raise StartError(message) from error
    return True
