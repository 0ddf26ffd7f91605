"""Jobs: what is late is told once; what has become pointless is ended."""

from datetime import datetime
from uuid import UUID

from server.appeals import queries, service, telling
from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction


@queue.periodic(cron="20 * * * *")
@queue.task(queue="cases", queueing_lock="look_at_appeals")
def look_at_appeals(timestamp: int) -> None:
    """Go through the appeals that wait; a missed run is made up by the next."""
    del timestamp
    look_through(clock.now())


def look_through(now: datetime) -> None:
    """End each appeal whose rating no longer counts, and tell of each that is late."""
    for appeal_id in [one.id for one in queries.waiting()]:
        with transaction():
            if not service.end_moot(appeal_id, now=now):
                _tell_if_late(appeal_id, now)


def _tell_if_late(appeal_id: UUID, now: datetime) -> None:
    (found,) = queries.readings([appeal_id])
    if found.is_late(now):
        telling.late(found, now=now)
