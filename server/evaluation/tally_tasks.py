"""Jobs: bringing tallies up to date after exclusions, or where a settling was cut off."""

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.evaluation import tallying


@queue.periodic(cron="*/10 * * * *")
@queue.task(queue="evaluation", lock="settle", queueing_lock="bring_tallies_up_to_date")
def bring_tallies_up_to_date(timestamp: int) -> None:
    """Make a new edition of each tally that is older than an exclusion; each by itself."""
    del timestamp
    for campaign_id in tallying.due():
        with transaction():
            tallying.bring_up_to_date(campaign_id, now=clock.now())
