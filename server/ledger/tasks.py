"""Jobs of the log: the hourly batch."""

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.ledger import sequencer


@queue.periodic(cron="7 * * * *")
@queue.task(queue="ledger", queueing_lock="append_hourly")
def append_hourly(timestamp: int) -> None:
    """Append what waits: of open campaigns what is enough, of closed ones everything."""
    del timestamp
    with transaction():
        sequencer.append(now=clock.now())
