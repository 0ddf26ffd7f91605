"""The supervisor's parts by themselves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from server.supervisor.account import postgres_account
from server.supervisor.application import base_url
from server.supervisor.backoff import Backoff
from server.supervisor.errors import StartError
from server.supervisor.instance import running_app, throwaway_servers
from server.supervisor.log_tail import last_meaningful_line
from server.supervisor.migrations import MigrationNote
from server.supervisor.settings import Settings
from server.supervisor.sockets import remove_socket_folder, socket_folder


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(first=1, longest=10, forgotten_after=60)
    assert [backoff.wait(deaths) for deaths in (1, 2, 3, 4, 5, 1000)] == [1, 2, 4, 8, 10, 10]


def test_error_tells_more_than_what_was_written_after_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("LOG: starting\nFATAL:  no space left\nLOG:  shut down\n\n")
    assert last_meaningful_line(log) == "FATAL:  no space left"


def test_words_of_an_earlier_run_are_not_the_last_ones(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("FATAL:  long ago\n")
    length = log.stat().st_size
    assert last_meaningful_line(log, length) == "it wrote nothing"
    assert last_meaningful_line(tmp_path / "none") == "it wrote nothing"


def test_sockets_lie_in_the_data_folder_or_where_its_path_would_be_too_long(
    tmp_path: Path,
) -> None:
    short = Path(f"/tmp/ronghe-test-{os.getpid()}")  # noqa: S108 - a short path is the point
    for var in (short, tmp_path / ("x" * 90), tmp_path / "a,b", tmp_path / "数据"):
        var.mkdir()
        folder = socket_folder(var)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(str(folder)) <= 80
        assert folder.is_relative_to(var) == (var == short)
        remove_socket_folder(var)
        assert not folder.exists()
    short.rmdir()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::1", "http://[::1]:8000"),
    ],
)
def test_printed_address_can_be_opened_on_this_machine(host: str, url: str) -> None:
    assert base_url(host, 8000) == url


def test_empty_variables_count_as_missing() -> None:
    settings = Settings.from_environment({"PORT": "", "DATABASE_URL": "", "HOST": ""})
    assert (settings.port, settings.host, settings.database_url) == (8000, "127.0.0.1", None)


@pytest.mark.parametrize("port", ["70000", "http", "-1", "８０"])
def test_port_that_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(StartError, match="PORT is"):
        Settings.from_environment({"PORT": port})


def test_throwaway_servers_are_empty_and_leave_nothing_running(tmp_path: Path) -> None:
    started = time.monotonic()
    with throwaway_servers(tmp_path) as (database_url, redis_url):
        # Two seconds where nothing else runs; what counts is that nothing waits for a time-out.
        assert time.monotonic() - started < 20
        with psycopg.connect(database_url) as connection:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert connection.execute(tables).fetchone() == (0,)
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        with redis.Redis.from_url(redis_url) as client:
            assert client.dbsize() == 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database_url)


def test_migration_is_left_out_only_while_files_and_database_are_as_noted(tmp_path: Path) -> None:
    files = tmp_path / "migrations"
    files.mkdir()
    (files / "0001.py").write_text("revision = '0001'")
    note = MigrationNote(files, tmp_path / "migrated")
    with throwaway_servers(tmp_path / "servers") as (database_url, _):
        note.write(database_url)
        assert not note.holds_for(database_url), "nothing was migrated"
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num text)")
            connection.execute("INSERT INTO alembic_version VALUES ('0001')")
            note.write(database_url)
            assert note.holds_for(database_url)
            connection.execute("UPDATE alembic_version SET version_num = '0000'")
            assert not note.holds_for(database_url), "the database is another one"
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        (files / "0002.py").write_text("revision = '0002'")
        assert not note.holds_for(database_url), "there is a new migration"


def test_durable_throwaway_servers_keep_fsync(tmp_path: Path) -> None:
    with (
        throwaway_servers(tmp_path, durable=True) as (database_url, _),
        psycopg.connect(database_url) as connection,
    ):
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account")
def test_root_runs_postgresql_as_somebody_who_may_not_enter_the_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    account = postgres_account(closed / "pg", Path(sys.executable))
    assert account is not None
    assert account.uid != 0
    assert account.capability is not None
    with (
        throwaway_servers(closed) as (database_url, _),
        psycopg.connect(database_url) as connection,
    ):
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_guardian_ends_the_processes_of_a_killed_supervisor() -> None:
    """What stands in for the kernel's help on macOS works on every system."""
    code = (
        "import signal, subprocess, sys, time\n"
        "from server.supervisor.guardian import Guardian\n"
        "guardian = Guardian()\n"
        "program = [sys.executable, '-c', sys.argv[1]]\n"
        "child = subprocess.Popen(program, start_new_session=True, stdout=sys.stdout)\n"
        "guardian.hold(child.pid, signal.SIGTERM, 5)\n"
        "time.sleep(30)\n"
    )
    ward = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('ended', flush=True), os._exit(0)))\n"
        "print('waiting', flush=True)\n"
        "time.sleep(30)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, ward], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"waiting\n"
        time.sleep(0.3)
        parent.send_signal(signal.SIGKILL)
        assert parent.stdout.readline() == b"ended\n"


def test_running_app_without_servers_says_what_it_needs(tmp_path: Path) -> None:
    with (
        pytest.raises(StartError, match="DATABASE_URL"),
        running_app(tmp_path, env={"DATABASE_URL": "", "REDIS_URL": ""}),
    ):
        pass
