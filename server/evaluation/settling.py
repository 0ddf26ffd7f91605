"""What the domains above do around a settling: before the ratings are rewritten, and after it.

They register it when the application is made, and evaluation knows nothing of them. Before, the
campaign's key and all columns are still there; the rewrite takes them away.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import current_app

from server.core import clock
from server.core.transaction import transaction

Step = Callable[[int, datetime], None]


class Moment(StrEnum):
    """When a step is taken; the value is its place among the application's extensions."""

    BEFORE = "before_settling"
    AFTER = "after_settling"


def register_step(app: Any, moment: Moment, step: Step) -> None:
    """Have ``step(campaign_id, now)`` carried out at each settling, after those before it.

    Each step has a transaction of its own. A job that was cut off begins again with the first
    step, so a step must be safe to repeat. One that raises before the rewrite puts the settling
    off until it succeeds; one after it must be made up for by its domain.
    """
    app.extensions.setdefault(moment, []).append(step)


def carry_out(moment: Moment, campaign_id: int) -> None:
    """Carry the steps of a moment out, in the order of their registration."""
    steps: list[Step] = current_app.extensions.get(moment, [])
    for step in steps:
        with transaction():
            step(campaign_id, clock.now())
