"""Jobs: delivering notices, and removing old ones."""

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.notifications import delivery, service
from server.wechat.platform import current_platform


@queue.periodic(cron="* * * * * */3")
@queue.task(queue="notifications", lock="deliver", queueing_lock="deliver")
def deliver(timestamp: int) -> None:
    """Send what waits to members who agreed to messages."""
    del timestamp
    delivery.sweep(current_platform(), now=clock.now())


@queue.periodic(cron="50 3 * * *")
@queue.task(queue="notifications", queueing_lock="tidy_notices")
def tidy(timestamp: int) -> None:
    """Remove notices that are half a year old."""
    del timestamp
    with transaction():
        service.remove_old(clock.today())
