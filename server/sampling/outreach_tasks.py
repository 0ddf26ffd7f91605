"""Jobs: sending links, making letters, counting responses, removing files."""

from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy.exc import OperationalError

from server.core import clock
from server.core.jobs import queue
from server.core.keyring import KeyMissingError
from server.core.transaction import transaction
from server.notifications import queries as notifications
from server.sampling import letters, responses, sending
from server.sms.platform import current_sms
from server.wechat.platform import current_platform

# A sweep ends after so many seconds, so that a worker can be stopped and others have their turn.
SWEEP = timedelta(seconds=50)


@queue.periodic(cron="* * * * * */5")
@queue.task(queue="sampling", lock="send_links", queueing_lock="send_links")
def send_links(timestamp: int) -> None:
    """Send the links that wait, outside the quiet hours; one that got no answer is put off."""
    del timestamp
    end = clock.now() + SWEEP
    while clock.now() < end and not notifications.quiet(clock.now()):
        if not sending.sweep(current_platform(), current_sms(), now=clock.now()):
            return


@queue.task(queue="letters")
def make_letters(run_id: str) -> None:
    """Make a run's documents one after another, each in a transaction of its own."""
    run = UUID(run_id)
    try:
        more = True
        while more:
            with transaction():
                more = letters.make_part(run)
    except OperationalError:
        # The database was away: the job is given back and goes on.
        raise
    except Exception:
        current_app.logger.exception("letters %s could not be made", run)
        with transaction():
            letters.fail(run)


# Half past two at night in Shanghai (cron's hours are UTC): the flags say the day, nothing closer.
@queue.periodic(cron="30 18 * * *")
@queue.task(queue="sampling", queueing_lock="count_responses")
def count_responses(timestamp: int) -> None:
    """Count who has answered by the end of yesterday."""
    del timestamp
    yesterday = clock.today() - timedelta(days=1)
    for campaign_id in responses.open_campaigns():
        try:
            with transaction():
                responses.count(campaign_id, day=yesterday)
        except KeyMissingError:
            lost = "campaign %s: key missing, responses not counted"
            current_app.logger.error(lost, campaign_id)  # noqa: TRY400 the fact is all there is


@queue.periodic(cron="10 4 * * *")
@queue.task(queue="sampling", queueing_lock="forget_letters")
def forget_letters(timestamp: int) -> None:
    """Remove letters' files that are a week old."""
    del timestamp
    with transaction():
        letters.forget_old(clock.now())
