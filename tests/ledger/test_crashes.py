"""The sequencer, killed with SIGKILL at each table that it writes and at any moment."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server.core.config import Configuration
from server.core.database import db
from server.core.keyring import FileKeyRing
from server.ledger import checker, queries, tasks, tree
from server.ledger.models import Head, Leaf
from tests.factories import naive_tree
from tests.factories.doomed import PROJECT, _environment, killed_while_waiting_for
from tests.factories.logged import append, entries, note_accepted, pending
from tests.factories.waiting import wait_until

# Each statement of the sequencer meets one of these.
LOCKS = {
    "its turn": "SELECT pg_advisory_xact_lock(hashtextextended('ledger', 0))",
    "the pending": "SELECT FROM ledger_pending FOR UPDATE",
    "the leaves": "LOCK TABLE ledger_leaf IN SHARE MODE",
    "the tiles": "LOCK TABLE ledger_tile IN SHARE MODE",
    "the head": "LOCK TABLE ledger_head IN SHARE MODE",
}


def leaf_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Leaf)) or 0


def assert_whole(total: int) -> None:
    """Every event is in the log once or still waits, and each head continues the one before."""
    db.session.expire_all()
    assert leaf_count() + pending() == total
    assert checker.check() == []
    everything = list(entries())
    assert len(set(everything)) == len(everything)
    heads = list(db.session.scalars(select(Head).order_by(Head.size)))
    for one in heads:
        assert one.root == naive_tree.root(everything[: one.size])
    for old, new in pairwise(heads):
        path = queries.consistency(old.size, new.size)
        tree.check_consistency(old.size, new.size, old.root, new.root, path)


@pytest.mark.parametrize("point", LOCKS)
def test_killed_at_any_statement_nothing_is_half_done(
    app: APIFlask, configuration: Configuration, tmp_path: Path, point: str
) -> None:
    app.extensions["key_ring"] = FileKeyRing(tmp_path / "keys")
    note_accepted(1, 300)
    append()
    head = queries.head()
    note_accepted(1, 20)
    with killed_while_waiting_for(LOCKS[point], "append", 0, configuration, tmp_path / "keys"):
        assert leaf_count() == 300
        assert pending() == 20
        assert queries.head() == head
    tasks.append_hourly(0)
    assert_whole(320)
    assert pending() == 0


def test_killed_at_any_moment_the_log_has_no_gap_and_no_fork(
    app: APIFlask, configuration: Configuration, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    app.extensions["key_ring"] = FileKeyRing(keys)
    # The key must be the same for all: made before the first process looks for it.
    heads = [queries.head()]
    chance = random.Random(5)  # noqa: S311 chance, no secret
    noted: list[bytes] = []
    for _ in range(4):
        before = leaf_count()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.doomed", "append_again_and_again", "0"],
            cwd=PROJECT,
            env=_environment(configuration, keys),
        )
        try:
            # Events come in while it appends and dies.
            ends = time.monotonic() + 60
            while leaf_count() == before and time.monotonic() < ends:
                noted += note_accepted(1, chance.randrange(1, 40))
                db.session.rollback()
            for _ in range(chance.randrange(1, 30)):
                noted += note_accepted(1, chance.randrange(1, 40))
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        heads.append(queries.head())
        db.session.rollback()
    append(1)
    assert pending() == 0
    assert leaf_count() > 100
    assert_whole(len(noted))
    for seen in heads:
        kept = queries.head_of(seen.size)
        assert seen.size == 0 or (kept is not None and kept.note == seen.note)


def test_two_sequencers_at_once_take_turns(app: APIFlask) -> None:
    note_accepted(1, 500)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with app.app_context():
                for _ in range(10):
                    append(1)
        except BaseException as error:  # noqa: BLE001 told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        note_accepted(1, 15)
    for thread in threads:
        thread.join()
    assert not failures
    wait_until(lambda: append(1) == 0)
    assert_whole(800)
