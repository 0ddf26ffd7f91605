"""What a process has worked out once and keeps, by a key that tells all it was made of."""

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import current_app

MOST_KEPT = 64

Made = TypeVar("Made")


def kept(key: Hashable, make: Callable[[], Made]) -> Made:
    """Return what was made of ``key`` before, or make it now.

    Only for what never changes while its key stays the same: nothing is ever told to forget. The
    oldest goes first where there is too much.
    """
    found: dict[Hashable, Any] = current_app.extensions.setdefault("kept", {})
    if key in found:
        made: Made = found[key]
        return made
    made = make()
    if len(found) >= MOST_KEPT:
        found.pop(next(iter(found)), None)
    found[key] = made
    return made


def kept_a_moment(key: Hashable, make: Callable[[], Made], *, seconds: float) -> Made:
    """Return what was made of ``key`` within the last seconds, or make it now.

    For pages that many read at once and that browsers keep for longer anyway: the database is asked
    once in a while, not by each reader. Tests move faster than that, and always get what is made
    now.
    """
    if current_app.testing:
        return make()
    found: dict[Hashable, tuple[float, Any]]
    found = current_app.extensions.setdefault("kept_a_moment", {})
    now = time.monotonic()
    if key in found and now - found[key][0] < seconds:
        made: Made = found[key][1]
        return made
    made = make()
    if key not in found and len(found) >= MOST_KEPT:
        found.pop(next(iter(found)), None)
    found[key] = now, made
    return made
