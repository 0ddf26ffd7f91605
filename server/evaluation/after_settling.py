"""What is to be done once a campaign is settled: its ratings are rewritten, its key is gone.

The domains above register it when the application is made, and evaluation knows nothing of them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import current_app

from server.core import clock
from server.core.transaction import transaction

Step = Callable[[int, datetime], None]


def register_after_settling(app: Any, step: Step) -> None:
    """Have ``step(campaign_id, now)`` carried out after each settling, in its own transaction.

    A step must be safe to repeat, and must be made up for by its domain where a crash came first.
    """
    app.extensions.setdefault("after_settling", []).append(step)


def carry_out(campaign_id: int) -> None:
    """Carry the registered steps out, in the order of their registration."""
    steps: list[Step] = current_app.extensions.get("after_settling", [])
    for step in steps:
        with transaction():
            step(campaign_id, clock.now())
