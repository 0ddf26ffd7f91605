"""Jobs: sending a quarter's sheets to all departments."""

from uuid import UUID

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.feedback import service


@queue.task(queue="publication")
def send_all(run_id: str) -> None:
    """Send the sheets of a run one by one; what a killed worker had sent stays sent."""
    more = True
    while more:
        with transaction():
            more = service.run_step(UUID(run_id), now=clock.now())
