"""Lines for the person at the terminal."""

import contextlib
import sys
from datetime import UTC, datetime


def say(line: str = "") -> None:
    """Print a line at once; a terminal that was closed meanwhile is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        print(line, flush=True)


def say_event(line: str) -> None:
    """Print a line with the local time before it: something happened while all was running."""
    say(f"{datetime.now(UTC).astimezone():%H:%M:%S} {line}")


def complain(line: str) -> None:
    """Print why the start failed."""
    with contextlib.suppress(OSError, ValueError):
        print(f"ronghe: {line}", file=sys.stderr, flush=True)
