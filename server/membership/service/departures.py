"""Who must hear of persons that left the register, or stand in another branch."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import current_app

Listener = Callable[[Sequence[UUID]], None]


def register_departures(app: Any, listener: Listener) -> None:
    """Set what hears of departures: it stands above membership, which can't name it.

    It is called in the transaction of the change, with the persons' rows locked. So it stores a job
    and looks at nothing: others hold locks of their own and then wait for a person.
    """
    app.extensions["departures"] = listener


def departed(person_ids: Sequence[UUID]) -> None:
    """Say that these persons left, or moved to another branch."""
    if person_ids:
        listener: Listener = current_app.extensions["departures"]
        listener(person_ids)
