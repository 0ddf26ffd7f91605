"""Jobs: counting the words of comments, when asked and by themselves after a campaign settled."""

from flask import current_app
from sqlalchemy.exc import OperationalError

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.figures import queries, service


@queue.task(queue="figures", lock="count_words")
def count_words(campaign_id: int) -> None:
    """Count a campaign's words. Killed half-way it leaves what was counted before."""
    try:
        with transaction():
            service.count_words(campaign_id, now=clock.now())
    except OperationalError:
        # The database was away: the job is given back and begins anew.
        raise
    except Exception:
        current_app.logger.exception("counting the words of campaign %s broke", campaign_id)
        with transaction():
            service.give_up(campaign_id)


@queue.periodic(cron="*/5 * * * *")
@queue.task(queue="figures", lock="count_words", queueing_lock="count_new_words")
def count_new_words(timestamp: int) -> None:
    """Count what was settled lately, and anew where a comment was refused or released since."""
    del timestamp
    for campaign_id in queries.settled_campaigns():
        found = queries.comment_words(campaign_id)
        if found is not None and found.asked_at is not None:
            # Its own job counts, unless that was lost with its worker.
            if not service.is_lost(found.asked_at, clock.now()):
                continue
        elif found is not None and found.failed:
            continue
        if found is None or found.asked_at or found.basis != queries.word_basis(campaign_id):
            count_words(campaign_id)
