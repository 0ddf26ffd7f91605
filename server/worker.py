"""The job worker: ``python -m server.worker``."""

import logging

import procrastinate

from server.application import create_app
from server.core.jobs import HEARTBEAT_SECONDS, STALLED_SECONDS, in_application, queue
from server.jobs import TASK_MODULES

CONCURRENCY = 2
GRACE_SECONDS = 10


def main() -> None:
    """Work until SIGTERM or SIGINT, then finish what has begun."""
    app = create_app()
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    connector = procrastinate.PsycopgConnector(
        conninfo=app.config["CONFIGURATION"].database_url, min_size=1, max_size=CONCURRENCY + 2
    )
    app.logger.info("worker starts with %s task modules", len(TASK_MODULES))
    with queue.replace_connector(connector) as working, working.open():
        working.run_worker(
            concurrency=CONCURRENCY,
            task_middleware=[in_application(app)],
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_SECONDS,
            shutdown_graceful_timeout=GRACE_SECONDS,
            delete_jobs="successful",
            listen_notify=True,
        )


if __name__ == "__main__":
    main()
