"""Versions in the database: stored whole, in order, and never changed once used."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from server.audit.models import AuditEntry
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import InvalidInput, Refusal, constraint_name
from server.core.messages import MESSAGES
from server.indicators import queries, service
from server.indicators.models import Indicator, IndicatorVersion
from tests.factories.city import City
from tests.indicators.test_rules import small_tree

SAMPLE = Path(__file__).parents[2] / "config" / "indicators.yaml"
NOW = datetime(2026, 11, 23, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("app")


def make(**more: Any) -> IndicatorVersion:
    values: dict[str, Any] = {
        "name": "试行指标",
        "note": "",
        "tree": small_tree(),
        "is_sample": False,
        **more,
    }
    return service.create_version(**values, actor=SYSTEM, now=NOW)


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_tree_comes_back_as_it_was_stored() -> None:
    stored = make()
    tree = queries.tree(stored.id)
    assert [heading["code"] for heading in tree] == ["A", "B"]
    assert [leaf["code"] for leaf in tree[0]["leaves"]] == ["A1", "A2"]
    assert tree[0]["leaves"][1] == {**small_tree()[0]["leaves"][1], "weight": "40"}
    again = make(tree=tree)
    assert queries.tree(again.id) == tree


def test_headings_and_leaves_come_in_tree_order() -> None:
    stored = make()
    assert [one.code for one in queries.headings(stored.id)] == ["A", "B"]
    assert [one.code for one in queries.leaves(stored.id)] == ["A1", "A2", "B1"]
    loaded = queries.version(stored.id)
    assert [one.code for one in loaded.indicators] == ["A", "A1", "A2", "B", "B1"]
    assert [one.position for one in loaded.indicators] == [0, 1, 2, 3, 4]


def test_the_shipped_sample_can_be_imported() -> None:
    stored = service.import_version(SAMPLE.read_text(), actor=SYSTEM, now=NOW)
    assert stored.is_sample
    assert len(queries.leaves(stored.id)) == 56
    assert [entry.code for entry in queries.headings(stored.id)] == ["A", "B", "C", "D"]


def test_a_bad_tree_is_refused_with_the_place_of_each_fault() -> None:
    tree = small_tree()
    tree[0]["leaves"][1]["code"] = "A1"
    tree[1]["leaves"] = []
    with pytest.raises(InvalidInput) as caught:
        make(tree=tree, name="")
    assert [error["field"] for error in caught.value.errors] == [
        "name",
        "headings.0.leaves.1.code",
        "headings.1.leaves",
    ]
    assert queries.versions() == []


@pytest.mark.parametrize(
    ("field", "value"), [("name", "坏\x00"), ("name", "长" * 61), ("note", "长" * 1001)]
)
def test_name_and_note_are_checked(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        make(**{field: value})
    assert [error["field"] for error in caught.value.errors] == [field]


def test_a_bad_document_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidInput) as caught:
        service.import_version("name: [", actor=SYSTEM, now=NOW)
    assert caught.value.errors[0]["field"] == "line 1"


def test_a_copy_is_a_version_of_its_own() -> None:
    stored = make()
    service.freeze(stored.id, now=NOW)
    copied = service.copy_version(stored.id, name="改写", note="", actor=SYSTEM, now=NOW)
    assert copied.id != stored.id
    assert copied.frozen_at is None
    assert queries.tree(copied.id) == queries.tree(stored.id)


def test_versions_come_newest_first_and_an_unknown_one_is_404() -> None:
    with pytest.raises(Refusal) as none:
        queries.newest_version()
    first, second = make(), make()
    assert [one.id for one in queries.versions()] == [second.id, first.id]
    assert queries.newest_version().id == second.id
    with pytest.raises(Refusal) as unknown:
        queries.version(second.id + 1)
    assert none.value.status == unknown.value.status == 404


def test_a_version_that_nobody_uses_can_be_described_and_deleted() -> None:
    stored = make()
    service.describe_version(stored.id, name="新名", note="说明", actor=SYSTEM, now=NOW)
    assert queries.version(stored.id).name == "新名"
    service.delete_version(stored.id, actor=SYSTEM, now=NOW)
    assert queries.versions() == []
    assert actions() == ["indicators.created", "indicators.described", "indicators.deleted"]


def test_freezing_is_recorded_once_and_keeps_its_first_time() -> None:
    stored = make()
    service.freeze(stored.id, now=NOW)
    service.freeze(stored.id, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert queries.version(stored.id).frozen_at == NOW
    assert actions().count("indicators.frozen") == 1


def test_a_used_version_can_be_neither_described_nor_deleted() -> None:
    stored = make()
    service.freeze(stored.id, now=NOW)
    with pytest.raises(Refusal) as described:
        service.describe_version(stored.id, name="新名", note="", actor=SYSTEM, now=NOW)
    with pytest.raises(Refusal) as deleted:
        service.delete_version(stored.id, actor=SYSTEM, now=NOW)
    assert described.value.code == deleted.value.code == "indicator_version_frozen"
    assert described.value.status == 409


def test_the_database_itself_refuses_to_change_a_used_tree() -> None:
    stored = make()
    service.freeze(stored.id, now=NOW)
    db.session.flush()
    leaf = queries.leaves(stored.id)[0]
    for statement in (
        update(Indicator).where(Indicator.id == leaf.id).values(weight=1),
        delete(Indicator).where(Indicator.id == leaf.id),
    ):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(statement)


def test_a_version_that_a_draft_has_chosen_cannot_be_deleted(city: City) -> None:
    city.campaign(is_open=False)
    with pytest.raises(IntegrityError) as caught, db.session.begin_nested():
        service.delete_version(city.version.id, actor=SYSTEM, now=NOW)
    name = constraint_name(caught.value)
    assert name == "fk_campaign_indicator_version_id"
    assert name in MESSAGES


def test_opening_a_campaign_freezes_its_indicators(city: City) -> None:
    city.campaign()
    assert queries.version(city.version.id).frozen_at is not None


def test_audit_entries_tell_what_was_made(app: APIFlask) -> None:
    stored = make()
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id) == ("indicators.created", str(stored.id))
    assert entry.detail == {"name": "试行指标", "sample": False, "leaves": 3}
