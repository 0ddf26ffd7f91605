"""Jobs: computations of scores, and those that somebody left."""

from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy.exc import OperationalError

from server.core import clock
from server.core.errors import Refusal
from server.core.jobs import queue
from server.core.transaction import transaction
from server.scoring import queries, running, service
from server.scoring.weighting import WeightingError

LEFT_FOR = timedelta(days=1)
LEFT = "反复中断，没有留下任何分数。请联系系统管理员查看日志后重新计算。"
BROKEN = "系统出错，已经记录。没有留下任何分数，请稍后重新计算。"


@queue.task(queue="scoring")
def work(run_id: str) -> None:
    """Work a computation out, wholly or not at all; say why where it can't be."""
    run = UUID(run_id)
    try:
        running.work(run)
    except service.Cancelled:
        # Its row says so already.
        return
    except WeightingError as error:
        _end(run, str(error))
    except Refusal as refusal:
        _end(run, refusal.message)
    except OperationalError:
        # The database was away: what is left is taken up again.
        raise
    except Exception:
        # Whatever it was, the person who waits is told; the log says the rest.
        current_app.logger.exception("score run %s broke", run)
        _end(run, BROKEN)


def _end(run: UUID, reason: str) -> None:
    with transaction():
        service.end_without(run, reason, now=clock.now())


@queue.periodic(cron="*/2 * * * *")
@queue.task(queue="scoring", queueing_lock="take_up_left_scores")
def take_up_left(timestamp: int) -> None:
    """Work out what a killed worker or command left; what somebody works at is let be.

    What is left for a day breaks its workers, and is not tried again.
    """
    del timestamp
    now = clock.now()
    for run_id, requested_at in queries.left_runs():
        if now - requested_at < LEFT_FOR:
            work(str(run_id))
        else:
            _end(run_id, LEFT)
