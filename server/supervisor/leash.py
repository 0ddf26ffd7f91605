"""Ties a process to the one that started it: when that is killed, the process ends too."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Protocol

from server.supervisor.guardian import Guardian

_PR_SET_PDEATHSIG = 1


class Leash(Protocol):
    """How the processes of a supervisor follow it into death."""

    def in_child(self, orphan_signal: signal.Signals) -> Callable[[], None]:
        """Return what the child calls between fork and exec, after any change of user."""

    def hold(self, pid: int, orphan_signal: signal.Signals, seconds: float) -> None:
        """Note a started process, and how long it may take to end after the signal."""

    def release(self, pid: int) -> None:
        """Forget a process that has ended."""

    def close(self) -> None:
        """All processes have ended."""


class KernelLeash:
    """Linux sends the signal itself.

    It does so when the *thread* that started the process ends: start from the main thread.
    """

    def __init__(self) -> None:
        """Load the C library before any fork."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._parent = os.getpid()

    def in_child(self, orphan_signal: signal.Signals) -> Callable[[], None]:
        """Ask the kernel for the signal, and end at once if the parent died before that."""
        libc, parent, number = self._libc, self._parent, int(orphan_signal)

        def ask() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

        return ask

    def hold(self, pid: int, orphan_signal: signal.Signals, seconds: float) -> None:
        """Need nothing: the kernel knows."""

    def release(self, pid: int) -> None:
        """Need nothing: the kernel knows."""

    def close(self) -> None:
        """Need nothing: the kernel knows."""


class GuardianLeash:
    """Elsewhere (macOS) a small process of our own sends it: see `guardian`."""

    def __init__(self) -> None:
        """Start the guardian before any process that it guards."""
        self._guardian = Guardian()

    def in_child(self, orphan_signal: signal.Signals) -> Callable[[], None]:
        """Need nothing: the guardian is told the pid afterwards."""
        del orphan_signal
        return lambda: None

    def hold(self, pid: int, orphan_signal: signal.Signals, seconds: float) -> None:
        """Tell the guardian."""
        self._guardian.hold(pid, orphan_signal, seconds)

    def release(self, pid: int) -> None:
        """Tell the guardian."""
        self._guardian.release(pid)

    def close(self) -> None:
        """Let the guardian go home."""
        self._guardian.close()


def leash_for_this_system() -> Leash:
    """Return the best leash that the operating system has."""
    return KernelLeash() if sys.platform == "linux" else GuardianLeash()
