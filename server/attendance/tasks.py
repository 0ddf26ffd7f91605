"""Jobs: what is no longer needed is deleted."""

from server.attendance import service
from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction


@queue.periodic(cron="40 3 * * *")
@queue.task(queue="attendance", queueing_lock="forget_evidence")
def forget_evidence(timestamp: int) -> None:
    """Delete the evidence of activities that ended 90 days ago, some at a time."""
    del timestamp
    forgotten = True
    while forgotten:
        with transaction():
            forgotten = service.forget_evidence(clock.now()) > 0
