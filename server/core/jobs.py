"""The job queue: procrastinate. A job is stored in the transaction that causes it."""

from collections.abc import Callable
from typing import Any

import procrastinate
from flask import Flask
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.tasks import Task

from server.core.database import session_connection

HEARTBEAT_SECONDS = 5
STALLED_SECONDS = 15
MOST_ATTEMPTS = 5

# The connector is replaced when the worker starts; enqueueing uses the session's own connection.
queue = procrastinate.App(
    connector=procrastinate.SyncPsycopgConnector(),
    worker_defaults={"delete_jobs": "successful"},
)
_storing = procrastinate.manager.JobManager(procrastinate.SyncPsycopgConnector())


def enqueue(task: Task[Any, Any, Any], **values: Any) -> None:
    """Store a job in the current transaction; it runs after the commit, or never."""
    deferrer = task.configure(connection=session_connection())
    # A worker's own manager is asynchronous and can't use the session's connection: without this,
    # a job could not store a job.
    deferrer.job_manager = _storing
    deferrer.defer(**values)


def in_application(app: Flask) -> Callable[..., Any]:
    """Return middleware that runs each synchronous task inside an application context."""

    def middleware(call_next: Callable[[], Any], _context: Any, _worker: Any) -> Any:
        with app.app_context():
            return call_next()

    return middleware


@queue.periodic(cron="* * * * *")
@queue.task(queue="housekeeping", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: procrastinate.JobContext, timestamp: int) -> None:
    """Give back the jobs of workers that were killed: procrastinate does not by itself."""
    del timestamp
    manager = context.app.job_manager
    stalled: list[Job] = list(
        await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
    )
    for job in stalled:
        if job.attempts < MOST_ATTEMPTS:
            await _give_back(manager, job)
        else:
            await manager.finish_job(job, Status.FAILED, delete_job=False)


async def _give_back(manager: JobManager, job: Job) -> None:
    try:
        await manager.retry_job(job)
    except UniqueViolation:
        # One with its queueing lock waits already and does the same. It may wait for the very lock
        # that this one would keep for ever.
        await manager.finish_job(job, Status.ABORTED, delete_job=True)
