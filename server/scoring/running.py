"""A computation worked out, step by step: by a job, or by the operator's command.

Three transactions: it is begun; all counts are read at one moment; the result is kept. What lies
between needs no database but to tell the progress, which is written at once and outside of them, so
that it is seen, and by which a cancellation is heard.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import text

from server.core import clock
from server.core.database import db
from server.core.transaction import single_statement, transaction
from server.scoring import service
from server.scoring.counting import take_snapshot
from server.scoring.result import result
from server.scoring.snapshot import Snapshot

# Is told how far the work is, in per cent.
Watch = Callable[[int], None]

COUNTED = 10
WORKED_OUT = 95
TELL = """
    UPDATE score_run SET progress = %(progress)s WHERE id = %(id)s AND state = 'running'
    RETURNING id
"""
CLAIM = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
RELEASE = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")


def work(run_id: UUID, *, watch: Watch | None = None) -> bool:
    """Work a computation out; return False where another worker does.

    Safe to repeat, and to be killed at any point: until the last transaction nothing is kept. Its
    transactions are its own: what the caller's session has not committed is rolled back.
    Raises ``service.Cancelled``, WeightingError, or Refusal; the caller notes the end.
    """
    with _claimed(run_id) as mine:
        if not mine:
            return False
        db.session.rollback()
        with transaction():
            order = service.begin(run_id)
        if order is None:
            return True
        tell = _teller(run_id, watch)
        snapshot = _counted(order)
        tell(COUNTED)
        found = result(
            order.scheme,
            snapshot,
            watch=lambda share: tell(COUNTED + (WORKED_OUT - COUNTED) * share // 100),
        )
        with transaction():
            service.finish(run_id, snapshot, found, now=clock.now())
        return True


@contextmanager
def _claimed(run_id: UUID) -> Iterator[bool]:
    """Hold a computation, or tell that somebody else does; the hold falls with this process."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = {"name": f"score_run {run_id}"}
        mine: bool = connection.scalar(CLAIM, name)
        try:
            yield mine
        finally:
            if mine:
                connection.execute(RELEASE, name)


def _counted(order: service.Order) -> Snapshot:
    """Read all counts at one moment: an exclusion confirmed meanwhile is in all or in none."""
    db.session.rollback()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        return take_snapshot(order.campaign_id, order.scheme, set_apart=order.set_apart)
    finally:
        db.session.rollback()


def _teller(run_id: UUID, watch: Watch | None) -> Watch:
    told = [0]

    def tell(share: int) -> None:
        if share <= told[0]:
            return
        told[0] = share
        if single_statement(TELL, {"progress": share, "id": run_id}) is None:
            raise service.Cancelled
        if watch is not None:
            watch(share)

    return tell
