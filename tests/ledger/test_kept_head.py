"""The head kept beside the key ring: whoever has the database alone gets no other log signed."""

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select, text

from server.audit.models import AuditEntry
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import key_ring
from server.core.transaction import transaction
from server.ledger import checker, kept, queries, service
from server.ledger.faults import Kind
from server.ledger.models import Head
from server.ledger.rules import Event
from server.ledger.tiles import width
from tests.factories.logged import append, checkpoint, note_accepted, pending

EMPTYING = ("DELETE FROM ledger_leaf", "DELETE FROM ledger_head", "DELETE FROM ledger_tile")


def harm(*statements: str) -> None:
    with transaction():
        for one in statements:
            db.session.execute(text(one))
    db.session.expire_all()


def roll_back(size: int) -> None:
    """Take leaves, heads and tiles back to an earlier size, as a careful forger does."""
    harm(
        f"DELETE FROM ledger_leaf WHERE index >= {size}",
        f"DELETE FROM ledger_head WHERE size > {size}",
    )
    for level, number in db.session.execute(text("SELECT level, number FROM ledger_tile")).all():
        place = f"WHERE level = {level} AND number = {number}"
        left = 32 * width(level, number, size)
        harm(
            f"UPDATE ledger_tile SET hashes = substr(hashes, 1, {left}) {place}"
            if left
            else f"DELETE FROM ledger_tile {place}"
        )


def refused() -> None:
    waiting, heads = pending(), head_count()
    with pytest.raises(Refusal) as caught:
        append(1)
    assert (caught.value.code, caught.value.status) == ("ledger_head_lost", 503)
    assert (pending(), head_count()) == (waiting, heads)


def head_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Head)) or 0


def test_each_head_is_kept_as_it_was_signed(app: APIFlask) -> None:
    assert kept.head_note() is None
    for size in (10, 20):
        note_accepted(1, 10)
        append()
        assert kept.head_note() == queries.head().note
        assert checkpoint().size == size


def test_a_batch_that_was_taken_back_is_not_signed_anew(
    app: APIFlask, caplog: pytest.LogCaptureFixture
) -> None:
    note_accepted(1, 300)
    append()
    note_accepted(1, 20)
    append()
    roll_back(300)
    note_accepted(1, 30)
    refused()
    assert "a head of size 320 was signed" in caplog.text
    assert Kind.SHRUNK in {fault.kind for fault in checker.check()}


def test_a_log_emptied_and_filled_anew_is_not_signed(app: APIFlask) -> None:
    note_accepted(1, 30)
    append()
    harm(*EMPTYING)
    note_accepted(1, 30)
    refused()


@pytest.mark.parametrize("size", [30, 40])
def test_another_log_of_the_same_or_a_greater_size_is_not_continued(
    app: APIFlask, size: int
) -> None:
    note_accepted(1, 30)
    append()
    true = kept.head_note()
    # Another log by the same key, as if it had been signed: its own tables are consistent.
    harm(*EMPTYING)
    note_accepted(1, size)
    (key_ring()._folder / kept.NAME).unlink()  # type: ignore[attr-defined]
    append()
    assert checker.check() == []
    assert true is not None
    key_ring().keep_notice(kept.NAME, true)
    assert {fault.kind for fault in checker.check()} & {Kind.FORK, Kind.HEAD}
    note_accepted(1, 10)
    refused()


def test_killed_between_the_commit_and_the_keeping_it_goes_on(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_accepted(1, 30)
    append()
    first = kept.head_note()
    with monkeypatch.context() as patch:
        patch.setattr(kept, "_keep_larger", lambda _note: None)
        note_accepted(1, 30)
        append()
    assert kept.head_note() == first
    assert checker.check() == []
    note_accepted(1, 30)
    assert append() == 30
    assert kept.head_note() == queries.head().note


def _fail_behind_a_batch() -> None:
    with transaction():
        kept.keep("never")
        raise ZeroDivisionError


def test_what_is_rolled_back_is_not_kept(app: APIFlask) -> None:
    note_accepted(1, 30)
    append()
    before = kept.head_note()
    with pytest.raises(ZeroDivisionError):
        _fail_behind_a_batch()
    with transaction():
        service.note(1, Event.ACCEPTED, commitment=b"x" * 32)
    assert kept.head_note() == before


def test_killed_between_the_first_commit_and_the_keeping_it_goes_on(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_accepted(1, 10)
    with monkeypatch.context() as patch:
        patch.setattr(kept, "_keep_larger", lambda _note: None)
        append()
    note_accepted(1, 10)
    assert append() == 10


def test_a_head_that_comes_late_does_not_replace_a_larger_one(app: APIFlask) -> None:
    note_accepted(1, 10)
    append()
    early = queries.head().note
    note_accepted(1, 10)
    append()
    with transaction():
        kept.keep(early)
    assert kept.head_note() == queries.head().note


def test_a_log_whose_kept_head_is_gone_is_not_signed(app: APIFlask) -> None:
    note_accepted(1, 10)
    append()
    (key_ring()._folder / kept.NAME).unlink()  # type: ignore[attr-defined]
    note_accepted(1, 10)
    refused()
    assert {fault.kind for fault in checker.check()} == {Kind.MISSING}


def test_after_a_restore_the_operator_accepts_the_head_on_record(app: APIFlask) -> None:
    note_accepted(1, 300)
    append()
    note_accepted(1, 20)
    append()
    roll_back(300)
    note_accepted(1, 30)
    refused()
    db.session.rollback()
    done = app.test_cli_runner().invoke(args=["accept-ledger-head", "--yes"])
    assert done.exit_code == 0, done.output
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "ledger.head_accepted")
    ).one()
    assert entry.detail == {"before": 320, "after": 300}
    assert append() == 30
    assert checkpoint().size == 330
    assert checker.check() == []


def test_a_head_that_is_not_that_of_the_tiles_is_not_accepted(app: APIFlask) -> None:
    note_accepted(1, 30)
    append()
    harm("UPDATE ledger_tile SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1)")
    done = app.test_cli_runner().invoke(args=["accept-ledger-head", "--yes"])
    assert done.exit_code == 1
    assert "与数据块不符" in done.output
