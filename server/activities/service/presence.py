"""Who is there already: attendance knows, which is above, and says so by what it registers."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import current_app

Presence = Callable[[int, UUID], bool]


def register_presence(app: Any, is_present: Presence) -> None:
    """Set who tells whether a person is present at an activity."""
    app.extensions["presence"] = is_present


def is_present(activity_id: int, person_id: UUID) -> bool:
    """Tell whether a person was found present: who is there neither leaves nor is taken out."""
    tells: Presence = current_app.extensions["presence"]
    return tells(activity_id, person_id)
