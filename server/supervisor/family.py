"""The processes of one instance: started, started again when they die, stopped in order."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from server.supervisor.backoff import Backoff
from server.supervisor.console import say, say_event
from server.supervisor.errors import StartError, StopRequestedError
from server.supervisor.leash import Leash, leash_for_this_system
from server.supervisor.process import Process, Program

_POLL_SECONDS = 0.02


@dataclass(slots=True, kw_only=True)
class Child:
    """A program that is to run as long as the instance does.

    `is_ready` tells whether it does its work; `clear_stale` is called before it is started again.
    """

    program: Program
    is_ready: Callable[[], bool] = lambda: True
    clear_stale: Callable[[], None] = lambda: None
    process: Process = field(init=False)
    deaths_in_a_row: int = 0
    start_again_at: float | None = None
    back_unsaid: bool = False


class Family:
    """Starts, watches and stops children."""

    def __init__(
        self,
        backoff: Backoff | None = None,
        inherited: Sequence[int] = (),
        leash: Leash | None = None,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> None:
        """`inherited` are file descriptors that every process keeps open (the folder's lock).

        `stop_requested` is asked during waits: a start that takes long can be broken off.
        """
        self._backoff = backoff or Backoff()
        self._inherited = inherited
        self._leash = leash or leash_for_this_system()
        self._stop_requested = stop_requested
        self._children: list[Child] = []

    def start(self, child: Child) -> None:
        """Start a child without waiting for it. Raises StartError."""
        child.process = Process(child.program, self._leash, self._inherited)
        self._children.append(child)

    def wait_until_ready(self, child: Child, seconds: float = 60.0) -> None:
        """Wait for a child's first readiness; raise StartError when it dies before or hangs."""
        name = child.program.name
        deadline = time.monotonic() + seconds
        while not child.is_ready():
            self.refuse_dead(child)
            if time.monotonic() > deadline:
                message = f"{name} isn't ready after {seconds:.0f} s: {child.process.last_words()}"
                raise StartError(message)
            self._pause()
        self.refuse_dead(child)

    def refuse_dead(self, child: Child) -> None:
        """Raise StartError with the child's last words when it has died."""
        if child.process.exit_code() is not None:
            message = f"{child.program.name} cannot start: {child.process.last_words()}"
            raise StartError(message)

    def run_to_end(self, program: Program) -> None:
        """Run a program that ends by itself; raise StartError when it fails."""
        process = Process(program, self._leash, self._inherited)
        try:
            while (code := process.exit_code()) is None:
                self._pause()
        except BaseException:
            process.ask_to_stop()
            process.wait_until_stopped()
            raise
        if code != 0:
            message = f"{program.name} failed: {process.last_words()}"
            raise StartError(message)

    def watch(self) -> None:
        """Look at every child once; start again those whose waiting time is over."""
        for child in self._children:
            if child.start_again_at is not None:
                if time.monotonic() >= child.start_again_at:
                    self._start_again(child)
            elif child.process.exit_code() is not None:
                self._note_death(child, child.process.last_words())
            elif child.back_unsaid and child.is_ready():
                child.back_unsaid = False
                say_event(f"{child.program.name} is running again")

    def stop(self) -> None:
        """Stop all children in good order: the latest started first, each given its time."""
        for child in reversed(self._children):
            if child.start_again_at is None:
                child.process.ask_to_stop()
                if not child.process.wait_until_stopped():
                    say(f"{child.program.name} did not stop in time and was killed")
        self._children.clear()
        self._leash.close()

    def _note_death(self, child: Child, last_words: str) -> None:
        now = time.monotonic()
        if now - child.process.started > self._backoff.forgotten_after:
            child.deaths_in_a_row = 0
        child.deaths_in_a_row += 1
        wait = self._backoff.wait(child.deaths_in_a_row)
        child.start_again_at = now + wait
        say_event(f"{child.program.name} died, starting it again in {wait:g} s: {last_words}")

    def _start_again(self, child: Child) -> None:
        try:
            child.clear_stale()
            child.process = Process(child.program, self._leash, self._inherited)
        except StartError as error:
            self._note_death(child, str(error))
            return
        child.start_again_at = None
        child.back_unsaid = True

    def _pause(self) -> None:
        if self._stop_requested():
            raise StopRequestedError
        time.sleep(_POLL_SECONDS)
