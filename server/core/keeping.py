"""What a process has worked out once and keeps, by a key that tells all it was made of."""

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
