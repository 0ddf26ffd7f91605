"""The audit log: added to, never changed, read newest first."""

from uuid import uuid4

import pytest
from apiflask import APIFlask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.audit import queries, service
from server.core import clock
from server.core.access import SYSTEM, Actor, ActorKind
from server.core.database import db
from server.core.errors import InvalidInput
from server.core.transaction import transaction


def record(action: str, subject: tuple[str, object] = ("thing", 1), actor: Actor = SYSTEM) -> None:
    with transaction():
        service.record(actor, action, subject, at=clock.now(), number=1, name="名称")


def test_an_entry_tells_who_did_what_to_what_and_when(app: APIFlask) -> None:
    actor = Actor(ActorKind.ACCOUNT, uuid4())
    record("thing.made", ("thing", 7), actor)
    entry = queries.entries(cursor=None).items[0]
    assert (entry.actor_kind, entry.actor_id) == ("account", str(actor.id))
    assert (entry.action, entry.subject_kind, entry.subject_id) == ("thing.made", "thing", "7")
    assert entry.detail == {"number": 1, "name": "名称"}
    assert entry.at.tzinfo is not None


def test_an_entry_belongs_to_the_transaction_of_what_it_tells(app: APIFlask) -> None:
    def fail() -> None:
        with transaction():
            service.record(SYSTEM, "thing.made", ("thing", 1), at=clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not queries.entries(cursor=None).items


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"]
)
def test_entries_can_neither_be_changed_nor_removed(app: APIFlask, statement: str) -> None:
    record("thing.made")
    with pytest.raises(IntegrityError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()


def test_entries_are_read_newest_first_page_by_page(app: APIFlask) -> None:
    for number in range(5):
        record(f"thing.step{number}")
    first = queries.entries(cursor=None, limit=2)
    second = queries.entries(cursor=first.next_cursor, limit=2)
    third = queries.entries(cursor=second.next_cursor, limit=2)
    pages = [[entry.action[-1] for entry in page.items] for page in (first, second, third)]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert third.next_cursor is None


def test_entries_are_narrowed_by_beginning_and_by_subject(app: APIFlask) -> None:
    record("thing.made", ("thing", 1))
    record("other.made", ("thing", 2))
    record("thin_.made", ("thing", 1))
    assert len(queries.entries(cursor=None, within=["thing."]).items) == 1
    assert len(queries.entries(cursor=None, within=["thing.", "other."]).items) == 2
    assert len(queries.entries(cursor=None, within=["thin_"]).items) == 1
    assert len(queries.entries(cursor=None, subject=("thing", "1")).items) == 2


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WyJ4Il0", "WzEsMl0", "评"])
def test_an_altered_cursor_is_refused(app: APIFlask, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        queries.entries(cursor=cursor)
