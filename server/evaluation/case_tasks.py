"""Jobs: poor ratings become cases; contacts are erased when their purpose is over."""

from server.core import clock
from server.core.jobs import enqueue, queue
from server.core.transaction import transaction
from server.evaluation import registering, retention

# So few at a time that what mustn't wait gets its turn between them.
AT_A_TIME = 300


@queue.periodic(cron="* * * * * */5")
@queue.task(queue="evaluation", lock="register_at_once", queueing_lock="register_at_once")
def register_at_once(timestamp: int) -> None:
    """Register real-name poor ratings, and those whose raters asked for it."""
    del timestamp
    registering.register_at_once(now=clock.now())


@queue.periodic(cron="5 * * * *")
@queue.task(queue="evaluation", lock="register_past", queueing_lock="register_past_days")
def register_past_days(timestamp: int) -> None:
    """Register the anonymous ones of past days: just after midnight, and each hour what is left."""
    del timestamp
    registering.register_past_days(now=clock.now())


@queue.task(queue="evaluation", lock="register_past", retry=5)
def register_closed(campaign_id: int) -> None:
    """Register a settled survey's poor ratings, some hundreds at a time."""
    if registering.register_closed(campaign_id, now=clock.now(), most=AT_A_TIME):
        with transaction():
            enqueue(register_closed, campaign_id=campaign_id)


@queue.periodic(cron="40 19 * * *")
@queue.task(queue="evaluation", queueing_lock="erase_contacts")
def erase_contacts(timestamp: int) -> None:
    """Erase the contacts that nobody needs any more."""
    del timestamp
    with transaction():
        retention.erase_contacts(now=clock.now())
