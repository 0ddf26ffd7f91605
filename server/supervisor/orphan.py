"""Notices that the parent process has died."""

import os
import threading
import time
from collections.abc import Callable

_POLL_SECONDS = 0.5


def when_orphaned(action: Callable[[], None]) -> None:
    """Call `action` in a thread of its own soon after this process loses its parent."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)
        action()

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()
