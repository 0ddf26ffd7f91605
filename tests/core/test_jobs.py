"""Jobs are stored in the transaction that causes them; those of a killed worker are given back."""

import asyncio
from types import SimpleNamespace

import procrastinate
import pytest
from apiflask import APIFlask
from sqlalchemy import text

from server.core.database import db
from server.core.jobs import MOST_ATTEMPTS, enqueue, queue, retry_stalled
from server.core.transaction import transaction
from server.evaluation import tasks
from server.notifications import tasks as notices


def store(campaign_id: int, *, breaks: bool = False) -> None:
    with transaction():
        enqueue(tasks.settle, campaign_id=campaign_id)
        if breaks:
            raise RuntimeError


def stored() -> list[tuple[str, str, dict[str, int]]]:
    rows = db.session.execute(text("SELECT lock, queue_name, args FROM procrastinate_jobs")).all()
    return [(row.lock, row.queue_name, row.args) for row in rows]


def test_a_job_is_stored_with_its_cause_or_not_at_all(app: APIFlask) -> None:
    store(1)
    with pytest.raises(RuntimeError):
        store(2, breaks=True)
    assert stored() == [("settle", "evaluation", {"campaign_id": 1})]


def test_a_job_stores_a_job_in_the_worker(app: APIFlask) -> None:
    connector = procrastinate.PsycopgConnector(conninfo=app.config["CONFIGURATION"].database_url)

    def job() -> None:
        with app.app_context():
            store(3)

    async def work() -> None:
        with queue.replace_connector(connector) as working:
            async with working.open_async():
                await asyncio.to_thread(job)

    asyncio.run(work())
    assert stored() == [("settle", "evaluation", {"campaign_id": 3})]


def leave_behind(attempts: int = 0) -> None:
    """Let the stored jobs look as those of a killed worker do that another one has removed."""
    with transaction():
        statement = "UPDATE procrastinate_jobs SET status = 'doing', attempts = :attempts"
        db.session.execute(text(statement), {"attempts": attempts})


def give_back(app: APIFlask) -> None:
    connector = procrastinate.PsycopgConnector(conninfo=app.config["CONFIGURATION"].database_url)

    async def work() -> None:
        with queue.replace_connector(connector) as working:
            async with working.open_async():
                await retry_stalled(SimpleNamespace(app=working), timestamp=0)

    asyncio.run(work())


def standing() -> list[tuple[str, str]]:
    rows = db.session.execute(text("SELECT lock, status FROM procrastinate_jobs ORDER BY id")).all()
    db.session.rollback()
    return [(row.lock, row.status) for row in rows]


def test_a_killed_workers_jobs_are_given_back_and_given_up_after_some_tries(app: APIFlask) -> None:
    store(1)
    leave_behind()
    give_back(app)
    assert standing() == [("settle", "todo")]
    leave_behind(MOST_ATTEMPTS)
    give_back(app)
    assert standing() == [("settle", "failed")]


def test_a_killed_workers_job_whose_next_run_waits_already_keeps_its_lock_from_nobody(
    app: APIFlask,
) -> None:
    # A job of every few seconds: the next one waits for the lock long before this one is missed.
    with transaction():
        enqueue(notices.deliver, timestamp=1)
    store(1)
    leave_behind()
    with transaction():
        enqueue(notices.deliver, timestamp=2)
    give_back(app)
    assert standing() == [("settle", "todo"), ("deliver", "todo")]
