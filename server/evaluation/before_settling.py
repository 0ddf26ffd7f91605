"""What has to be done to a closed campaign before its ratings are rewritten.

The domains above register it when the application is made, and evaluation knows nothing of them.
The campaign's key and all columns are still there; the rewrite takes them away.
"""

from collections.abc import Callable
from typing import Any

from flask import current_app

from server.core.transaction import transaction

Step = Callable[[int], None]


def register_before_settling(app: Any, step: Step) -> None:
    """Have ``step(campaign_id)`` carried out before each settling, after those before it.

    Each step has a transaction of its own. A job that was cut off begins again with the first
    step, so a step must be safe to repeat; one that raises puts the settling off until it succeeds.
    """
    app.extensions.setdefault("before_settling", []).append(step)


def carry_out(campaign_id: int) -> None:
    """Carry the registered steps out, in the order of their registration."""
    steps: list[Step] = current_app.extensions.get("before_settling", [])
    for step in steps:
        with transaction():
            step(campaign_id)
