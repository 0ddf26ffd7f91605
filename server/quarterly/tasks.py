"""Jobs: publishing editions whose time has come; a run that was missed is made up by the next."""

import logging

from server.core import clock
from server.core.errors import Refusal
from server.core.jobs import queue
from server.core.transaction import transaction
from server.quarterly import queries, service

log = logging.getLogger(__name__)


@queue.periodic(cron="* * * * *")
@queue.task(queue="publication", queueing_lock="publish_quarters")
def publish_quarters(timestamp: int) -> None:
    """Publish approved editions whose time has come, each in a transaction of its own."""
    del timestamp
    now = clock.now()
    for edition_id in queries.due_ids(now):
        try:
            with transaction():
                service.publish_due(edition_id, now=now)
        except Refusal:
            # One that is not sound waits for a person; the others go on.
            log.exception("quarter edition %s is not published", edition_id)
