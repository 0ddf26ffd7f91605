"""When campaigns are searched: open service campaigns daily, every campaign as it is settled."""

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignKind, CampaignState
from server.core import clock
from server.core.jobs import enqueue, queue
from server.core.transaction import transaction
from server.integrity import service


@queue.periodic(cron="40 2 * * *")
@queue.task(queue="evaluation", queueing_lock="search_open_campaigns")
def search_open_campaigns(timestamp: int) -> None:
    """Have each open service campaign searched, by a job of its own."""
    del timestamp
    for campaign in campaigns.campaigns(states=[CampaignState.OPEN]):
        if campaign.kind == CampaignKind.SERVICE:
            with transaction():
                enqueue(search_campaign, campaign_id=campaign.id)


@queue.task(queue="evaluation", lock="search_campaign", retry=2)
def search_campaign(campaign_id: int) -> None:
    """Search one open campaign; killed half-way it leaves nothing, and finds the same again."""
    with transaction():
        service.search_open(campaign_id, now=clock.now())
