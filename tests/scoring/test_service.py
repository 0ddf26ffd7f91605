"""Stored schemes: versions of a name, and never a change once used."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from server.audit.models import AuditEntry
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import InvalidInput, Refusal, constraint_name
from server.core.messages import MESSAGES
from server.scoring import queries, service
from server.scoring.models import ScoringScheme
from server.scoring.scheme import digest
from server.settings import service as settings
from server.settings.rules import SMALLEST_GROUP
from tests.factories.city import City
from tests.scoring.documents import scheme_document, small_scheme

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("app")


def make(**more: object) -> ScoringScheme:
    return service.create_scheme(scheme_document(**more), actor=SYSTEM, now=NOW)


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_scheme_comes_back_as_it_was_stored() -> None:
    stored = make()
    db.session.expire_all()
    assert queries.scheme(stored.id) == small_scheme()
    assert queries.stored_scheme(stored.id).digest.hex() == digest(small_scheme())
    assert (stored.name, stored.version) == ("试行方案", 1)


def test_a_name_saved_again_is_its_next_version() -> None:
    assert [make().version, make(smallest_group=12).version, make(name="另一方案").version] == [
        1,
        2,
        1,
    ]
    assert [one.version for one in queries.schemes()] == [1, 2, 1]


def test_a_fault_is_refused_with_its_place_and_stores_nothing() -> None:
    with pytest.raises(InvalidInput) as caught:
        make(channels=[{"channel": "enterprise_online", "weight": "100"}])
    assert [error["field"] for error in caught.value.errors] == ["channels"]
    assert queries.schemes() == []
    assert actions() == []


def test_the_owner_of_a_method_must_be_an_organisation_of_the_city(city: City) -> None:
    document = scheme_document()
    document["parts"][1]["organisation"] = 999_999
    with pytest.raises(InvalidInput) as caught:
        service.create_scheme(document, actor=SYSTEM, now=NOW)
    assert [error["field"] for error in caught.value.errors] == ["parts.1.organisation"]
    document["parts"][1]["organisation"] = city.departments[0].id
    stored = service.create_scheme(document, actor=SYSTEM, now=NOW)
    assert queries.scheme(stored.id).parts[1].organisation == city.departments[0].id


def test_a_scheme_asks_for_no_smaller_groups_than_the_city() -> None:
    settings.change(SMALLEST_GROUP, 20, reason="从严", actor=SYSTEM, now=NOW)
    with pytest.raises(InvalidInput) as caught:
        make(smallest_group=19)
    assert [error["field"] for error in caught.value.errors] == ["smallest_group"]
    assert make(smallest_group=20).version == 1


def test_an_unused_version_can_be_changed_but_for_its_name() -> None:
    stored = make()
    service.change_scheme(stored.id, scheme_document(note="改过"), actor=SYSTEM, now=LATER)
    assert queries.scheme(stored.id).note == "改过"
    assert stored.changed_at == LATER
    with pytest.raises(InvalidInput) as caught:
        service.change_scheme(stored.id, scheme_document(name="新名"), actor=SYSTEM, now=LATER)
    assert caught.value.errors[0]["field"] == "name"


def test_an_unused_version_can_be_deleted() -> None:
    stored = make()
    service.delete_scheme(stored.id, actor=SYSTEM, now=LATER)
    assert queries.schemes() == []
    assert actions() == ["scheme.created", "scheme.deleted"]


def test_a_used_version_never_changes() -> None:
    stored = make()
    service.freeze(stored.id, now=LATER)
    service.freeze(stored.id, now=LATER + timedelta(hours=1))
    db.session.commit()
    assert stored.frozen_at == LATER
    with pytest.raises(Refusal, match="scoring_scheme_frozen"):
        service.change_scheme(stored.id, scheme_document(), actor=SYSTEM, now=LATER)
    with pytest.raises(Refusal, match="scoring_scheme_frozen"):
        service.delete_scheme(stored.id, actor=SYSTEM, now=LATER)
    assert make(note="改动").version == 2
    assert actions() == ["scheme.created", "scheme.frozen", "scheme.created"]


@pytest.mark.parametrize(
    "statement",
    [
        update(ScoringScheme).values(document={}),
        update(ScoringScheme).values(frozen_at=None),
        delete(ScoringScheme),
    ],
    ids=["change", "thaw", "delete"],
)
def test_the_database_itself_refuses_to_touch_a_used_version(statement: object) -> None:
    service.freeze(make().id, now=NOW)
    db.session.commit()
    with pytest.raises(IntegrityError) as caught:
        db.session.execute(statement)  # type: ignore[call-overload]
    assert constraint_name(caught.value) == "scoring_scheme_frozen"
    assert "scoring_scheme_frozen" in MESSAGES
    db.session.rollback()


def test_an_unknown_scheme_is_not_found() -> None:
    for ask in (queries.stored_scheme, queries.scheme_for_update):
        with pytest.raises(Refusal, match="not_found"):
            ask(5)
