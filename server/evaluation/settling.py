"""What others do at a close, after the last rating and before the campaign's key goes.

Domains above know what that is, and say so by what they register. Each function is called in a
transaction of its own, with the campaign's id, and may be called again: settling begins anew
wherever it was interrupted.
"""

from collections.abc import Callable
from typing import Any

from flask import current_app

BeforeSettling = Callable[[int], None]
_NAME = "before_settling"


def register_before_settling(app: Any, function: BeforeSettling) -> None:
    """Have a function called before a closed campaign is settled; in the order of registration."""
    app.extensions.setdefault(_NAME, []).append(function)


def before_settling() -> list[BeforeSettling]:
    """Return what was registered."""
    return list(current_app.extensions.get(_NAME, ()))
