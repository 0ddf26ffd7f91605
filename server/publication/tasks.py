"""Jobs: the first publication of what was settled and, by a crash, not published."""

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.publication import queries, service


@queue.periodic(cron="* * * * *")
@queue.task(queue="publication", queueing_lock="publish_settled")
def publish_settled(timestamp: int) -> None:
    """Publish settled campaigns that never were, where the setting said so when they settled."""
    del timestamp
    for campaign_id in [campaign.id for campaign in queries.unpublished()]:
        with transaction():
            service.publish_at_close(campaign_id, clock.now())
