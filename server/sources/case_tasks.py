"""Jobs: matters of sources become cases, and their replies answer these, after their runs."""

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.sources import queries, registering


@queue.task(queue="sources", lock="register_matters", retry=2)
def register_matters(source_id: int) -> None:
    """Register what should have a case, and let replies answer, some at a time."""
    now = clock.now()
    after: int | None = 0
    while after is not None:
        with transaction():
            after = registering.register_batch(source_id, after=after, now=now)
    with transaction():
        registering.release_set_apart(source_id, now=now)
    for batch in (registering.better_batch, registering.answer_batch):
        more = True
        while more:
            with transaction():
                more = batch(source_id, now=now)


@queue.periodic(cron="*/20 * * * *")
@queue.task(queue="sources", queueing_lock="register_all_matters")
def register_all_matters(timestamp: int) -> None:
    """Go over every source: batches by API, assigned departments, replies that failed to come."""
    del timestamp
    for source_id in queries.source_names():
        register_matters(source_id)
