"""A program, and the process it runs in."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.supervisor.account import Account
from server.supervisor.errors import StartError
from server.supervisor.leash import Leash
from server.supervisor.log_tail import last_meaningful_line, size_of

_LARGEST_LOG_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start and how to end it.

    `stop_signal` ends it in good order, within `stop_seconds`; `orphan_signal` is sent when the
    supervisor was killed.
    """

    name: str
    argv: Sequence[str | Path]
    folder: Path
    log: Path
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0
    account: Account | None = None


class Process:
    """A started program.

    It leads a session of its own: the terminal's Ctrl-C goes to the whole foreground group and
    would end everything at once and in no order.
    """

    def __init__(self, program: Program, leash: Leash, inherited: Sequence[int] = ()) -> None:
        """Start the program; `inherited` are file descriptors it keeps open.

        Raises StartError when the program can't be executed.
        """
        self.program = program
        self._leash = leash
        _rotate(program.log)
        self._log_start = size_of(program.log)
        try:
            with program.log.open("ab") as log:
                self._popen = subprocess.Popen(
                    program.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=program.folder,
                    env=program.environment,
                    start_new_session=True,
                    pass_fds=inherited,
                    preexec_fn=_before_exec(program, leash),
                )
        except (OSError, subprocess.SubprocessError) as error:
            message = f"cannot start {program.name}: {error}"
            raise StartError(message) from error
        self._cleared_away = False
        self.started = time.monotonic()
        leash.hold(self.pid, program.orphan_signal, program.stop_seconds)

    @property
    def pid(self) -> int:
        """The process id, which is the id of its group and session too."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """Return how the process ended, None while it runs."""
        code = self._popen.poll()
        if code is not None:
            self._clear_away()
        return code

    def last_words(self) -> str:
        """Return the line of its log that tells most about its end, and the log's path."""
        log = self.program.log
        return f"{last_meaningful_line(log, self._log_start)} (see {log})"

    def ask_to_stop(self) -> None:
        """Send the signal that ends it in good order."""
        if self._popen.poll() is None:
            self._popen.send_signal(self.program.stop_signal)

    def wait_until_stopped(self) -> bool:
        """Wait for the end that was asked for; return False when it had to be killed."""
        in_time = True
        try:
            self._popen.wait(self.program.stop_seconds)
        except subprocess.TimeoutExpired:
            in_time = False
        self._clear_away()
        return in_time

    def _clear_away(self) -> None:
        """Kill what is left of the group: a dead leader may leave processes behind.

        Once only: after that its number may belong to somebody else.
        """
        if self._cleared_away:
            return
        self._cleared_away = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._leash.release(self.pid)


def _before_exec(program: Program, leash: Leash) -> Callable[[], None]:
    """Return what runs in the child. The order matters: changing the user unties the leash."""
    tie = leash.in_child(program.orphan_signal)
    account = program.account
    if account is None:
        return tie

    def change_user_and_tie() -> None:
        account.become()
        tie()

    return change_user_and_tie


def _rotate(log: Path) -> None:
    """Keep one old log, so that a folder in use for years doesn't fill the disk."""
    if size_of(log) > _LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
