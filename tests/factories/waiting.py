"""Waiting for what another thread is about to do."""

import time
from collections.abc import Callable


def wait_until(reached: Callable[[], bool], seconds: float = 10.0) -> None:
    """Return once it is so; fail when it never is."""
    last = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < last, "it never came to that"
        time.sleep(0.002)
