"""A process that does a job and is killed in the middle of it: SIGKILL, so nothing tidies up.

The middle is where it waits for a lock that the test holds. ``python -m tests.factories.doomed
settle 1`` is what is started.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from server.core.config import Configuration, from_environment
from server.core.database import db

PATIENCE = 60.0
PROJECT = Path(__file__).parents[2]
NAME = "doomed"
WAITING = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = :name AND wait_event_type = 'Lock'"
)
LEFT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name"


@contextmanager
def killed_while_waiting_for(
    lock: str, job: str, subject: object, configuration: Configuration, keys: Path
) -> Iterator[None]:
    """Hold ``lock``, a statement; start a job of another process, kill it when it waits for it.

    Inside nothing of that process is left, neither itself nor its connections.
    """
    # What the test has read must not hold the job up.
    db.session.rollback()
    with db.engine.connect() as holder:
        holder.execute(text(lock))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.doomed", job, str(subject)],
            cwd=PROJECT,
            env=_environment(configuration, keys),
        )
        try:
            _until(lambda: process.poll() is not None or _scalar(WAITING) is not None)
            assert process.poll() is None, "the job ended before it met the lock"
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        holder.rollback()
    _until(lambda: _scalar(LEFT) == 0)
    db.session.rollback()
    db.session.expire_all()
    yield


def _environment(configuration: Configuration, keys: Path) -> Mapping[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "RONGHE_ENV": "testing",
        "DATABASE_URL": configuration.database_url,
        "REDIS_URL": configuration.redis_url,
        "SECRET_KEY": configuration.secret_key,
        "VAR_DIR": str(configuration.var_dir),
        "KEY_RING_DIR": str(keys),
        "MEDIA_DIR": str(configuration.media_dir),
        "PUBLIC_URL": configuration.public_url,
        "WECHAT_TOKEN": "callback-token",
        "PGAPPNAME": NAME,
    }


def _scalar(statement: str) -> object:
    with db.engine.connect() as connection:
        return connection.scalar(text(statement), {"name": NAME})


def _until(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.05)


def main() -> None:
    """Do the job that the command line names."""
    from server.application import create_app  # noqa: PLC0415 the parent has no use for it
    from server.core.transaction import transaction  # noqa: PLC0415
    from server.evaluation import counts  # noqa: PLC0415
    from server.evaluation import tasks as evaluation  # noqa: PLC0415
    from server.ledger import tasks as ledger  # noqa: PLC0415
    from server.sources import tasks as sources  # noqa: PLC0415

    job, subject = sys.argv[1:]
    with create_app(from_environment(os.environ)).app_context():
        if job == "import":
            sources.work(subject)
        elif job == "settle":
            evaluation.settle(int(subject))
        elif job == "append":
            ledger.append_hourly(0)
        elif job == "append_again_and_again":
            while True:
                ledger.append_hourly(0)
        elif job == "fold":
            evaluation.fold_changes(0)
        elif job == "recount":
            with transaction():
                counts.recount(int(subject))


if __name__ == "__main__":
    main()
