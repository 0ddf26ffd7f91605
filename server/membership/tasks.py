"""Jobs: removing what imports left behind."""

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.membership import service


@queue.periodic(cron="10 * * * *")
@queue.task(queue="membership", queueing_lock="remove_expired_imports")
def remove_expired_imports(timestamp: int) -> None:
    """Remove the rows of imports that are a day old."""
    del timestamp
    with transaction():
        service.remove_expired(clock.now())
