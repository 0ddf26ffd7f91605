"""Jobs: reminders, and agreements whose time is over."""

from server.activities import service
from server.core import clock
from server.core.access import SYSTEM
from server.core.jobs import queue
from server.core.transaction import transaction


@queue.periodic(cron="*/5 * * * *")
@queue.task(queue="activities", queueing_lock="remind_of_activities")
def remind(timestamp: int) -> None:
    """Remind those who hold a place; what a stopped worker missed is made up until the start."""
    del timestamp
    with transaction():
        service.remind(clock.now())


@queue.periodic(cron="10 0 * * *")
@queue.task(queue="activities", queueing_lock="end_agreements")
def end_agreements(timestamp: int) -> None:
    """End the agreements whose last day has passed. The cron runs in UTC: 08:10 in Shanghai."""
    del timestamp
    now = clock.now()
    with transaction():
        service.end_agreements_over(clock.local_date(now), actor=SYSTEM, now=now)
