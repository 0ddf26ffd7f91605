"""Starting, stopping, and what a person is told when it can't start."""

import signal
import stat
from pathlib import Path

import psycopg
import pytest
import redis

from tests.supervisor.tiny_instance import Instance


def test_runs_in_a_path_with_spaces_and_chinese_and_stops_in_good_order(instance: Instance) -> None:
    instance.start()

    told = instance.get()
    assert told["VAR_DIR"] == str(instance.var)
    assert told["KEY_RING_DIR"] == str(instance.var / "keys")
    assert "office1  pw  评价办" in instance.output
    for path in (
        "/m/",
        "/m/?as=member-01",
        "/m/?as=secretary-01",
        "/console/",
        "/board",
        "/api/docs",
    ):
        assert f"http://127.0.0.1:{instance.port}{path}" in instance.output

    assert instance.stop() == 0
    assert instance.output.endswith("Stopped.\n")
    assert not instance.processes()


def test_second_start_keeps_the_data_and_makes_no_second_demo_city(instance: Instance) -> None:
    instance.start()
    assert "Making the demo city" in instance.output
    instance.stop()
    secret = (instance.var / "secret-key").read_text()

    instance.start()
    assert "Making the demo city" not in instance.output
    assert (instance.var / "secret-key").read_text() == secret
    with psycopg.connect(instance.get()["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_secret_key_is_readable_by_the_owner_alone(instance: Instance) -> None:
    instance.start()
    assert stat.S_IMODE((instance.var / "secret-key").stat().st_mode) == 0o600


def test_valkey_writes_nothing_to_the_disk(instance: Instance) -> None:
    instance.start()
    with redis.Redis.from_url(instance.get()["REDIS_URL"]) as client:
        client.set("ip:192.0.2.7", 1)
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
    instance.stop()
    assert not list(instance.var.rglob("*.rdb"))
    assert not list(instance.var.rglob("*.aof*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_stops_in_good_order_when_the_terminal_closes_or_it_is_asked_to(
    instance: Instance, number: signal.Signals
) -> None:
    instance.start()
    instance.send(number)
    instance.wait_for_output("Stopped.")
    instance.wait_for_processes_to_end()


def test_ctrl_c_during_the_start_stops_what_was_started(instance: Instance) -> None:
    (instance.root / "tiny_migrate.py").write_text("import time; time.sleep(60)")
    instance.start_without_waiting()
    instance.wait_for_output("Making the database")
    assert instance.stop() == 0
    instance.wait_for_processes_to_end()


def test_runs_in_a_path_of_more_than_two_hundred_characters(tmp_path: Path) -> None:
    folder = tmp_path / "/".join(["a-rather-long-folder-name"] * 9)
    folder.mkdir(parents=True)
    assert len(str(folder)) > 200
    instance = Instance(folder)
    try:
        instance.start()
        assert instance.get()["VAR_DIR"] == str(instance.var)
    finally:
        instance.end()


def test_second_start_in_the_same_folder_is_refused(instance: Instance) -> None:
    instance.start()
    second = Instance.__new__(Instance)
    second.__dict__.update(instance.__dict__, _output=instance.var.parent / "second-output")
    assert "already running in" in second.refusal()
    assert instance.get()


def test_taken_port_is_refused_before_anything_is_started(
    instance: Instance, taken_port: int
) -> None:
    assert f"port {taken_port} is taken" in instance.refusal(PORT=str(taken_port))
    assert not (instance.var / "pg").exists()


def test_data_folder_of_another_version_is_refused(instance: Instance) -> None:
    instance.start()
    instance.stop()
    (instance.var / "pg" / "PG_VERSION").write_text("14\n")
    assert "was made by PostgreSQL 14" in instance.refusal()


def test_server_that_cannot_start_is_refused_with_its_last_words(instance: Instance) -> None:
    instance.start()
    instance.stop()
    with (instance.var / "pg" / "postgresql.conf").open("a") as configuration:
        configuration.write("shared_buffers = nonsense\n")
    line = instance.refusal()
    assert "postgres cannot start" in line
    assert "contains errors" in line
    assert "postgres.log" in line


def test_failing_migration_is_refused_with_its_last_words(instance: Instance) -> None:
    (instance.root / "tiny_migrate.py").write_text("raise ValueError('no such column')")
    line = instance.refusal()
    assert "ValueError: no such column" in line
    assert "migration.log" in line
    instance.wait_for_processes_to_end()


def test_worker_that_cannot_start_is_refused(instance: Instance) -> None:
    instance.var.mkdir()
    (instance.var / "worker-cannot-start").touch()
    assert "worker cannot start: RuntimeError" in instance.refusal()


def test_database_that_cannot_be_reached_is_refused_without_its_password(
    instance: Instance,
) -> None:
    line = instance.refusal(DATABASE_URL="postgresql://rater:s3cret@127.0.0.1:1/ronghe")
    assert "DATABASE_URL cannot be reached" in line
    assert "s3cret" not in instance.output


def test_redis_that_cannot_be_reached_is_refused(instance: Instance) -> None:
    assert "REDIS_URL cannot be reached" in instance.refusal(REDIS_URL="redis://127.0.0.1:1/0")


def test_servers_that_somebody_else_runs_are_used(instance: Instance, tmp_path: Path) -> None:
    other = Instance(tmp_path)
    try:
        other.start()
        told = other.get()
        instance.start(DATABASE_URL=told["DATABASE_URL"], REDIS_URL=told["REDIS_URL"])
        assert instance.get()["DATABASE_URL"] == told["DATABASE_URL"]
        assert not (instance.var / "pg").exists()
        assert instance.stop() == 0
    finally:
        other.end()
