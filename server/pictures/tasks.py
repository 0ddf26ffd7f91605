"""Jobs: the content check of pictures, and removing what is spent."""

from server.core import clock
from server.core.jobs import queue
from server.core.transaction import transaction
from server.pictures import checks, service
from server.wechat.platform import current_platform


@queue.periodic(cron="* * * * * */3")
@queue.task(queue="pictures", lock="picture_check", queueing_lock="picture_check")
def check_pictures(timestamp: int) -> None:
    """Ask the platform about waiting pictures, and take in its verdicts."""
    del timestamp
    platform = current_platform()
    checks.sweep(platform)
    with transaction():
        for verdict in platform.media_verdicts():
            service.take_verdict(verdict)


@queue.periodic(cron="40 3 * * *")
@queue.task(queue="pictures", queueing_lock="tidy_pictures")
def tidy(timestamp: int) -> None:
    """Remove the pictures that nothing took up, and those past their time."""
    del timestamp
    with transaction():
        service.remove_spent(clock.today())
