"""Jobs: sending parcels whose time has come."""

from typing import TYPE_CHECKING

from server.core import clock
from server.core.jobs import queue
from server.core.lazily import Later
from server.core.transaction import transaction
from server.uptake import queries, service
from server.uptake.service.recipients import in_production

if TYPE_CHECKING:
    from server.uptake import webhook
else:
    webhook = Later("server.uptake.webhook")

# Recipients that don't answer take half a minute each of one of the worker's few places.
MOST_A_RUN = 10


@queue.periodic(cron="* * * * *")
@queue.task(queue="notifications", lock="deliver_parcels", queueing_lock="deliver_parcels")
def deliver_parcels(timestamp: int) -> None:
    """Send what waits, the longest waiting first; what is left over is the next run's."""
    del timestamp
    for parcel_id in queries.due_ids(clock.now())[:MOST_A_RUN]:
        with transaction():
            attempt = service.attempt_began(parcel_id, now=clock.now())
        if attempt is None:
            continue
        fault = webhook.send(
            attempt.address,
            attempt.secret,
            attempt.content,
            production=in_production(),
            now=clock.now(),
        )
        with transaction():
            service.attempt_ended(parcel_id, attempt.number, fault, now=clock.now())
