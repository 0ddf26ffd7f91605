"""Jobs: content checks, and destroying the keys of effects that are over."""

from server.core import clock
from server.core.jobs import queue
from server.frontline import checks, service
from server.wechat.platform import current_platform


@queue.periodic(cron="* * * * * */3")
@queue.task(
    queue="frontline", lock="frontline_content_check", queueing_lock="frontline_content_check"
)
def check_contents(timestamp: int) -> None:
    """Ask the platform about texts that wait."""
    del timestamp
    checks.sweep(current_platform(), clock.now())


@queue.periodic(cron="40 3 * * *")
@queue.task(queue="frontline", queueing_lock="destroy_effect_keys")
def destroy_effect_keys(timestamp: int) -> None:
    """Destroy the keys of quarters whose effects nobody can rate any more."""
    del timestamp
    service.destroy_spent_keys(clock.today())
