"""A process that does a job and is killed in the middle of it: SIGKILL, so nothing tidies up.

The middle is where it waits for a lock that the test holds, or for an answer that the test holds
back. ``python -m tests.factories.doomed settle 1`` is what is started.
"""

import os
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
        _kill_when(
            lambda: _scalar(WAITING) is not None, job, subject, _environment(configuration, keys)
        )
        holder.rollback()
    _nothing_left()
    yield


@contextmanager
def killed_when(
    happened: Callable[[], bool],
    job: str,
    subject: object,
    configuration: Configuration,
    keys: Path,
    **settings: str,
) -> Iterator[None]:
    """Start a job of another process with more settings, kill it when something has happened.

    The test sees to it that the job gets no further meanwhile: it waits for an answer. Inside
    nothing of that process is left.
    """
    db.session.rollback()
    _kill_when(happened, job, subject, {**_environment(configuration, keys), **settings})
    _nothing_left()
    yield


def _kill_when(
    happened: Callable[[], bool], job: str, subject: object, environment: Mapping[str, str]
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.factories.doomed", job, str(subject)],
        cwd=PROJECT,
        env=environment,
    )
    try:
        _until(lambda: process.poll() is not None or happened())
        assert process.poll() is None, "the job ended before it came to that"
    finally:
        process.kill()
        process.wait()


def _nothing_left() -> None:
    _until(lambda: _scalar(LEFT) == 0)
    db.session.rollback()
    db.session.expire_all()


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


def _jobs() -> Mapping[str, Callable[[str], object]]:
    from server.evaluation import tasks as evaluation  # noqa: PLC0415 the parent has no use for it
    from server.ledger import tasks as ledger  # noqa: PLC0415
    from server.notifications import tasks as notifications  # noqa: PLC0415
    from server.quarterly import tasks as quarterly  # noqa: PLC0415
    from server.sampling import outreach_tasks  # noqa: PLC0415
    from server.sources import tasks as sources  # noqa: PLC0415

    return {
        "import": sources.work,
        "settle": lambda campaign_id: evaluation.settle(int(campaign_id)),
        "append": lambda _: ledger.append_hourly(0),
        "append_again_and_again": _append_again_and_again,
        "fold": lambda _: evaluation.fold_changes(0),
        "recount": _recount,
        "draw": _draw,
        "send_links": lambda _: outreach_tasks.send_links(0),
        "deliver": lambda _: notifications.deliver(0),
        "publish_quarters": lambda _: quarterly.publish_quarters(0),
    }


def _append_again_and_again(_: str) -> None:
    from server.ledger import tasks as ledger  # noqa: PLC0415 as above

    while True:
        ledger.append_hourly(0)


def _recount(campaign_id: str) -> None:
    from server.core.transaction import transaction  # noqa: PLC0415 as above
    from server.evaluation import counts  # noqa: PLC0415

    with transaction():
        counts.recount(int(campaign_id))


def _draw(campaign_and_frame: str) -> None:
    """Draw a sample as a request does."""
    from server.core import clock  # noqa: PLC0415 as above
    from server.core.access import SYSTEM  # noqa: PLC0415
    from server.core.transaction import transaction  # noqa: PLC0415
    from server.sampling import service  # noqa: PLC0415

    campaign_id, frame_id = campaign_and_frame.split("-")
    with transaction():
        service.draw_sample(
            int(campaign_id),
            int(frame_id),
            margin="0.05",
            departments_each=3,
            actor=SYSTEM,
            now=clock.now(),
        )


def main() -> None:
    """Do the job that the command line names."""
    from server.application import create_app  # noqa: PLC0415 as above

    job, subject = sys.argv[1:]
    with create_app(from_environment(os.environ)).app_context():
        _jobs()[job](subject)


if __name__ == "__main__":
    main()
