"""Jobs: checking and taking files in, suggesting topics, removing what is no longer needed."""

from uuid import UUID

from flask import current_app
from sqlalchemy.exc import OperationalError

from server.core import clock
from server.core.errors import Refusal
from server.core.jobs import enqueue, queue
from server.core.transaction import transaction
from server.sources import queries, service
from server.sources.case_tasks import register_matters

BROKEN = "系统出错，已经记录。没有导入任何内容，请稍后重新检查。"


@queue.task(queue="sources")
def work(run_id: str) -> None:
    """Check a run's file or take it in: whole, or not at all."""
    run = UUID(run_id)
    try:
        with transaction():
            source = service.work(run, now=clock.now())
            source_id = None if source is None else source.id
        if source_id is not None:
            with transaction():
                enqueue(register_matters, source_id=source_id)
            suggest(source_id)
    except service.Cancelled:
        _end(run, "", cancelled=True)
    except Refusal as refusal:
        _end(run, refusal.message)
    except OperationalError:
        # The database was away: the job is given back and begins anew.
        raise
    except Exception:
        # Whatever it was, the person who waits is told; the log says the rest.
        current_app.logger.exception("import %s broke", run)
        _end(run, BROKEN)


def _end(run: UUID, failure: str, *, cancelled: bool = False) -> None:
    with transaction():
        service.fail_run(run, failure, cancelled=cancelled, now=clock.now())


@queue.task(queue="sources", lock="suggest_topics")
def suggest(source_id: int) -> None:
    """Suggest topics for a source's new and changed matters, some at a time."""
    ready = service.topics()
    more = True
    while more:
        with transaction():
            more = service.suggest_topics(source_id, ready)


@queue.periodic(cron="*/5 * * * *")
@queue.task(queue="sources", queueing_lock="suggest_waiting")
def suggest_waiting(timestamp: int) -> None:
    """Suggest topics for what came by API, and what a killed worker left."""
    del timestamp
    for source_id in queries.without_suggestions():
        suggest(source_id)


@queue.periodic(cron="50 3 * * *")
@queue.task(queue="sources", queueing_lock="forget_expired_runs")
def forget_expired(timestamp: int) -> None:
    """Remove the files of imports that are a week old."""
    del timestamp
    with transaction():
        service.forget_expired(clock.now())
