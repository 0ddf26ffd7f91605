"""What happens when a process dies: the supervisor, or one of those it keeps."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from tests.supervisor.tiny_instance import Instance


def test_killed_supervisor_leaves_no_process_and_the_next_start_recovers(
    instance: Instance,
) -> None:
    instance.start()
    with psycopg.connect(instance.get()["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('committed')")
    instance.kill()
    instance.wait_for_processes_to_end()

    instance.start()
    with psycopg.connect(instance.get()["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("committed",)


def test_start_right_after_a_kill_waits_for_the_rest_and_takes_the_same_port(
    instance: Instance,
) -> None:
    instance.start()
    first = instance.get()["pid"]
    instance.kill()
    instance.start()
    assert instance.get()["pid"] != first


def test_lock_file_of_a_dead_server_with_a_living_number_does_not_block(
    instance: Instance,
) -> None:
    instance.start()
    instance.kill()
    instance.wait_for_processes_to_end()
    lock = instance.var / "pg" / "postmaster.pid"
    # After a restart of the machine the number may belong to any program, here to this test.
    lines = [str(os.getpid()), str(instance.var / "pg"), "1", "5432", "", ""]
    lock.write_text("\n".join(lines))
    instance.start()
    assert instance.get()


def test_half_made_database_of_a_killed_start_is_made_anew(instance: Instance) -> None:
    half = instance.var / "pg.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    instance.start()
    assert not half.exists()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("bin/postgres -D", "postgres"),
        ("valkey-server", "valkey"),
        ("tiny_worker", "worker"),
        ("granian", "web"),
    ],
)
def test_killed_process_is_started_again(instance: Instance, words: str, name: str) -> None:
    instance.start()
    os.kill(instance.pid_of(words), signal.SIGKILL)
    instance.wait_for_output(f"{name} died, starting it again in 0.3 s")
    instance.wait_for_output(f"{name} is running again")
    told = instance.get()
    with psycopg.connect(told["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def test_process_that_goes_on_dying_is_started_after_ever_longer_waits(
    instance: Instance,
) -> None:
    instance.start()
    (instance.var / "worker-cannot-start").touch()
    os.kill(instance.pid_of("tiny_worker"), signal.SIGKILL)
    for wait in ("0.3", "0.6", "1.2"):
        instance.wait_for_output(f"worker died, starting it again in {wait} s")
    assert "RuntimeError" in instance.output
    (instance.var / "worker-cannot-start").unlink()
    instance.wait_for_output("worker is running again")
    assert instance.get()


def test_supervisor_stops_when_the_program_that_started_it_is_killed() -> None:
    code = (
        "import os, signal, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=sys.stdout)\n"
        "sys.stdin.readline()\n"
    )
    inner = (
        "import time, os\n"
        "from server.supervisor.orphan import when_orphaned\n"
        "when_orphaned(lambda: (print('orphaned', flush=True), os._exit(0)))\n"
        "print('watching', flush=True)\n"
        "time.sleep(30)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, inner], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"watching\n"
        parent.kill()
        started = time.monotonic()
        assert parent.stdout.readline() == b"orphaned\n"
        assert time.monotonic() - started < 10
