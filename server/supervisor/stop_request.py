"""The wish to stop: Ctrl-C, a TERM signal, or a terminal that was closed."""

import signal
from types import FrameType
from typing import Self

from server.supervisor.console import say

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest:
    """While entered, the signals only set a flag; every wait looks at it.

    Ctrl-C twice changes nothing: each process has a limited time, and hurrying could cost data.
    """

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._asked = False
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def is_made(self) -> bool:
        """Tell whether somebody asked."""
        return self._asked

    def __enter__(self) -> Self:
        """Take over the signals."""
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, *_exception: object) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if not self._asked:
            say("\nStopping ...")
        self._asked = True
