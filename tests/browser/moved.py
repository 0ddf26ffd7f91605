"""The demo city in this very process, with a clock that a test moves instead of waiting.

Only here do the pages and the jobs of days meet in one test: the application is served by a thread,
and the jobs that the worker would do are done when the test says so.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from apiflask import APIFlask
from flask_migrate import upgrade
from sqlalchemy import text
from werkzeug.serving import make_server

from server import jobs as _jobs  # noqa: F401 the tasks are known once their modules are
from server.application import MIGRATIONS, create_app
from server.core import clock
from server.core.config import from_environment
from server.core.database import db
from server.core.jobs import queue
from server.supervisor.instance import throwaway_servers
from tests.browser.conftest import Live

MOST_ROUNDS = 50


@dataclass
class Clock:
    """The present moment, plus what the test has moved it by."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """Stand in for ``clock.now``."""
        return datetime.now(UTC) + self.ahead

    def advance(self, **by: float) -> None:
        """Move on, as ``timedelta`` counts."""
        self.ahead += timedelta(**by)


@dataclass
class MovedCity(Live):
    """A running application whose clock and jobs the test drives."""

    app: APIFlask
    clock: Clock

    def work(self, *periodic: str) -> None:
        """Do the named periodic tasks at the present moment, then every job that was stored.

        Names are those of the task functions with their module, as
        ``server.evaluation.tasks.close_due``.
        """
        with self.app.app_context():
            moment = int(self.clock.now().timestamp())
            for name in periodic:
                queue.tasks[name].func(timestamp=moment)
                db.session.remove()
            for _ in range(MOST_ROUNDS):
                if not self._one_job():
                    return
        message = "jobs keep storing jobs"
        raise AssertionError(message)

    def _one_job(self) -> bool:
        row = db.session.execute(
            text(
                "DELETE FROM procrastinate_jobs WHERE id = "
                "(SELECT min(id) FROM procrastinate_jobs) RETURNING task_name, args"
            )
        ).first()
        db.session.commit()
        if row is None:
            return False
        queue.tasks[row.task_name].func(**row.args)
        db.session.remove()
        return True


@contextmanager
def moved_city(folder: Path) -> Iterator[MovedCity]:
    """Make the demo city and serve it from a thread of this process."""
    moved = Clock()
    with throwaway_servers(folder / "servers") as (database_url, redis_url):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        app = create_app(
            from_environment(
                {
                    "RONGHE_ENV": "development",
                    "DATABASE_URL": database_url,
                    "REDIS_URL": redis_url,
                    "VAR_DIR": str(folder),
                    "PORT": str(port),
                }
            )
        )
        with app.app_context():
            upgrade(directory=str(MIGRATIONS))
            app.test_cli_runner().invoke(args=["demo"], catch_exceptions=False)
            db.session.remove()
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        with patch.object(clock, "now", moved.now):
            thread.start()
            try:
                yield MovedCity(f"http://127.0.0.1:{port}", folder, app, moved)
            finally:
                server.shutdown()
                thread.join()
                with app.app_context():
                    db.session.remove()
                    db.engine.dispose()
