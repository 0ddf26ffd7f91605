"""Jobs are stored in the transaction that causes them, by a request or by another job."""

import asyncio

import procrastinate
import pytest
from apiflask import APIFlask
from sqlalchemy import text

from server.core.database import db
from server.core.jobs import enqueue, queue
from server.core.transaction import transaction
from server.evaluation import tasks


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
