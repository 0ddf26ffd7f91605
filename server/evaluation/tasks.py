"""Jobs: content checks, closing on time, settling, removing what nobody took up."""

from datetime import timedelta

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.core import clock
from server.core.access import SYSTEM
from server.core.jobs import enqueue, queue
from server.core.transaction import transaction
from server.evaluation import checks, counts, photos, registering, service
from server.evaluation.case_tasks import register_closed
from server.evaluation.settling import Moment, carry_out
from server.wechat.platform import current_platform


@queue.task(queue="evaluation", lock="settle", retry=5)
def settle(campaign_id: int) -> None:
    """Rewrite a closed campaign's ratings, then destroy its key. Safe to repeat at any point."""
    if not service.is_rewritten(campaign_id):
        carry_out(Moment.BEFORE, campaign_id)
        registering.register_last_days(campaign_id, now=clock.now())
    with transaction():
        service.rewrite_closed(campaign_id)
    photos.rewrite(campaign_id)
    with transaction():
        service.destroy_key(campaign_id, actor=SYSTEM, now=clock.now())
    carry_out(Moment.AFTER, campaign_id)
    with transaction():
        enqueue(register_closed, campaign_id=campaign_id)


@queue.periodic(cron="* * * * * */3")
@queue.task(queue="evaluation", lock="content_check", queueing_lock="content_check")
def check_contents(timestamp: int) -> None:
    """Ask the platform about waiting comments and photos, and take in its verdicts."""
    del timestamp
    platform = current_platform()
    checks.sweep(platform)
    with transaction():
        for verdict in platform.media_verdicts():
            checks.take_verdict(verdict)


@queue.periodic(cron="* * * * * */3")
@queue.task(queue="evaluation", lock="fold_changes", queueing_lock="fold_changes")
def fold_changes(timestamp: int) -> None:
    """Bring the counts of ratings up to date; count anew what was rated before there were any."""
    del timestamp
    for campaign_id in counts.uncounted():
        with transaction():
            counts.recount(campaign_id)
    folded = counts.MOST_FOLDED
    while folded == counts.MOST_FOLDED:
        with transaction():
            folded = counts.fold()


@queue.periodic(cron="* * * * *")
@queue.task(queue="evaluation", queueing_lock="close_due")
def close_due(timestamp: int) -> None:
    """Close the campaigns whose time is over, and settle what a crash left unsettled."""
    del timestamp
    now = clock.now()
    for campaign in campaigns.campaigns(states=[CampaignState.OPEN]):
        if campaign.closes_at <= now:
            with transaction():
                service.close_campaign(campaign.id, actor=SYSTEM, now=now)
                enqueue(settle, campaign_id=campaign.id)
    for campaign in campaigns.campaigns(states=[CampaignState.CLOSED]):
        late = campaign.closed_at is not None and campaign.closed_at < now - timedelta(minutes=10)
        if campaign.settled_at is None and late:
            with transaction():
                enqueue(settle, campaign_id=campaign.id)


@queue.periodic(cron="20 3 * * *")
@queue.task(queue="evaluation", queueing_lock="tidy")
def tidy(timestamp: int) -> None:
    """Remove photos that no rating took up; hand over those that got no verdict."""
    del timestamp
    with transaction():
        yesterday = clock.today() - timedelta(days=1)
        checks.hold_unanswered(yesterday)
        photos.remove_unclaimed(yesterday)
