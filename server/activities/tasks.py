"""Jobs: reminders, agreements whose time is over, places of persons who left."""

from collections.abc import Sequence
from uuid import UUID

from server.activities import service
from server.core import clock
from server.core.access import SYSTEM
from server.core.jobs import enqueue, queue
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


@queue.task(queue="activities", retry=5)
def release_places(person_ids: list[str]) -> None:
    """Release the coming places of persons who left or moved. Safe to repeat at any point."""
    persons, now = {UUID(one) for one in person_ids}, clock.now()
    for activity_id in service.ahead_of(persons, now):
        # One at a time: no transaction holds two activities' places.
        with transaction():
            service.release(activity_id, persons, now)


def release_later(person_ids: Sequence[UUID]) -> None:
    """Store the release of somebody's places in the transaction in which the person leaves."""
    enqueue(release_places, person_ids=[str(one) for one in person_ids])
