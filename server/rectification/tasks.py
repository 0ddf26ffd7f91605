"""Jobs: warnings and calls when they are due, limits when the calendar has changed.

Each is made up for by its next run, whatever was missed, and safe with two workers.
"""

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.rectification import calls, service, warnings


@queue.periodic(cron="*/5 * * * *")
@queue.task(queue="cases", queueing_lock="call_departments")
def call_departments(timestamp: int) -> None:
    """Make the call that is due by the office's rhythm."""
    del timestamp
    with transaction():
        calls.make_due(now=clock.now())


@queue.periodic(cron="*/10 * * * *")
@queue.task(queue="cases", queueing_lock="warn_of_limits")
def warn_of_limits(timestamp: int) -> None:
    """Tell whose limits are near or have passed, each case by itself."""
    del timestamp
    now = clock.now()
    for case_id in warnings.near(now):
        with transaction():
            warnings.warn(case_id, now=now)


@queue.periodic(cron="*/10 * * * *")
@queue.task(queue="cases", queueing_lock="recount_limits")
def recount_limits(timestamp: int) -> None:
    """Work limits out again that the calendar, as it is now, would put elsewhere."""
    del timestamp
    now = clock.now()
    for case_id in service.to_recount(now):
        with transaction():
            service.recount(case_id, now=now)
