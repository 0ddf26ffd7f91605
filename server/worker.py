"""The job worker: ``python -m server.worker``."""

import gc
import logging
import sys

import procrastinate
from flask import Flask

from server.core import config
from server.core.jobs import HEARTBEAT_SECONDS, STALLED_SECONDS, in_application, queue
from server.foundation import furnish
from server.jobs import TASK_MODULES

CONCURRENCY = 2
GRACE_SECONDS = 10
# What the worker is made of stays for good: the collector need not look through it again and again
# while a large file's rows come and go.
COLLECT_AFTER = 20_000
# Whoever waits for the interpreter's lock asks for it after this, not after Python's 5 ms: a thread
# that feeds PostgreSQL beside one that reads a file would let it run dry.
SWITCH_SECONDS = 0.001


def main() -> None:
    """Work until SIGTERM or SIGINT, then finish what has begun."""
    # Under the name that create_app gives. It answers no request, so Flask alone will do.
    app = Flask("server")
    furnish(app, config.from_environment())
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    connector = procrastinate.PsycopgConnector(
        conninfo=app.config["CONFIGURATION"].database_url, min_size=1, max_size=CONCURRENCY + 2
    )
    app.logger.info("worker starts with %s task modules", len(TASK_MODULES))
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    sys.setswitchinterval(SWITCH_SECONDS)
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
