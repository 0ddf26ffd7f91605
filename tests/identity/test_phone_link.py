"""An official's phone: linked by a code from the desk, good for the desk alone, ended at once."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.audit.models import AuditEntry
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.identity import service
from server.identity.models import AccountPhone, PhoneCode
from server.identity.rules import PHONE_CODE_LIFE
from tests.factories.city import PASSWORD, City, member_id_of
from tests.factories.identity import at_once, bearer
from tests.factories.rating import Phone
from tests.factories.standing_in import link

People = Callable[[str], Phone]
LINK = "/api/v1/me/desk-link"


def code_of(city: City, name: str = "liaison", age: timedelta = timedelta()) -> str:
    with transaction():
        code, _ = service.show_phone_code(actor=city.actors[name], now=clock.now() - age)
    return code


def enter(phone: Phone, code: str) -> TestResponse:
    return phone.client.post(LINK, json={"code": code}, headers=phone.headers)


def linked(phone: Phone) -> bool:
    return bool(phone.client.get(LINK, headers=phone.headers).json["linked"])


def session(phone: Phone) -> TestResponse:
    return phone.client.post("/api/v1/me/desk-sessions", headers=phone.headers)


def works(client: FlaskClient, token: str, path: str = "/api/v1/desk/cases") -> bool:
    return client.get(path, headers=bearer(token)).status_code == 200


def test_a_code_from_the_desk_links_the_phone_and_is_kept_as_a_hash_alone(
    city: City, phone: People
) -> None:
    anna = phone("anna")
    code = code_of(city)
    answer = enter(anna, code.lower().replace("-", " "))
    assert (answer.status_code, answer.json) == (201, {"linked": True, "name": "liaison 同志"})
    assert linked(anna)
    kept = db.session.scalars(select(PhoneCode)).one()
    assert code.replace("-", "").encode() not in kept.code_hash
    assert len(kept.code_hash) == 16


def test_a_second_tap_gets_the_same_answer_and_another_phone_none(
    city: City, phone: People
) -> None:
    anna, bert = phone("anna"), phone("bert")
    code = code_of(city)
    assert [enter(anna, code).status_code, enter(anna, code).status_code] == [201, 201]
    assert enter(bert, code).json["code"] == "phone_code_unknown"
    assert not linked(bert)


def test_of_many_phones_with_one_code_one_is_linked(app: APIFlask, city: City) -> None:
    code = code_of(city)
    with transaction():
        members = [service.member_of_openid(f"openid-{n}", clock.now()).id for n in range(6)]
    outcomes = at_once(
        app,
        [
            lambda member=member: service.link_phone(code, member, now=clock.now())
            for member in members
        ],
    )
    assert sorted(outcomes) == ["done", *["phone_code_unknown"] * 5]


@pytest.mark.parametrize("code", ["XXXX-XXXX-XXXX", "no code", "1"])
def test_a_code_that_nobody_made_is_refused(phone: People, code: str) -> None:
    assert enter(phone("anna"), code).status_code == 404


def test_a_code_ends_after_ten_minutes_and_with_the_next_one(city: City, phone: People) -> None:
    anna = phone("anna")
    assert enter(anna, code_of(city, age=PHONE_CODE_LIFE)).status_code == 404
    first = code_of(city)
    second = code_of(city)
    assert enter(anna, first).status_code == 404
    assert enter(anna, second).status_code == 201


def test_another_phone_takes_the_place_of_the_first(city: City, phone: People) -> None:
    anna, bert = phone("anna"), phone("bert")
    link(city, "liaison", anna)
    token = session(anna).json["token"]
    link(city, "liaison", bert)
    assert (linked(anna), linked(bert)) == (False, True)
    assert not works(anna.client, token)


def test_a_linked_phone_takes_no_other_account_before_it_is_unlinked(
    city: City, phone: People
) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    assert enter(anna, code_of(city, "head")).json["code"] == "phone_linked_elsewhere"
    assert anna.client.delete(LINK, headers=anna.headers).status_code == 204
    assert enter(anna, code_of(city, "head")).status_code == 201


def test_the_session_serves_the_desk_and_nothing_else(city: City, phone: People) -> None:
    anna = phone("anna")
    assert session(anna).json["code"] == "phone_not_linked"
    link(city, "office1", anna)
    answer = session(anna)
    assert (answer.status_code, answer.json["name"]) == (201, "office1 同志")
    assert [one["role"] for one in answer.json["roles"]] == ["office"]
    token = answer.json["token"]
    assert works(anna.client, token)
    elsewhere = anna.client.post("/api/v1/campaigns", json={}, headers=bearer(token))
    assert elsewhere.status_code == 401


def password_changed(city: City, account: UUID) -> None:
    service.change_password(
        account,
        current=PASSWORD,
        new="another horse, another battery",
        actor=city.actors["liaison"],
        now=clock.now(),
    )


def password_reset(city: City, account: UUID) -> None:
    service.reset_password(account, actor=city.actors["admin"], now=clock.now())


def switched_off(city: City, account: UUID) -> None:
    service.set_active(account, False, actor=city.actors["admin"], now=clock.now())


def unlinked_at_the_desk(city: City, account: UUID) -> None:
    del account
    service.unlink_phone(actor=city.actors["liaison"], now=clock.now())


@pytest.mark.parametrize(
    "step", [password_changed, password_reset, switched_off, unlinked_at_the_desk]
)
def test_what_ends_the_link_ends_its_sessions_at_once(
    city: City, phone: People, step: Callable[[City, UUID], None]
) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    waiting = code_of(city)
    token = session(anna).json["token"]
    assert works(anna.client, token)
    with transaction():
        step(city, city.accounts["liaison"].id)
    assert not works(anna.client, token)
    assert not linked(anna)
    assert session(anna).status_code == 404
    if step is not unlinked_at_the_desk:
        assert enter(anna, waiting).status_code == 404


def test_unlinking_on_the_phone_ends_the_session_too(city: City, phone: People) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    token = session(anna).json["token"]
    assert anna.client.delete(LINK, headers=anna.headers).status_code == 204
    assert not works(anna.client, token)
    assert anna.client.delete(LINK, headers=anna.headers).status_code == 204


def test_an_erased_members_link_goes_along(city: City, phone: People) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    anna.client.delete("/api/v1/me", headers=anna.headers)
    assert db.session.scalars(select(AccountPhone)).all() == []


def test_the_log_names_the_account_and_never_the_member(city: City, phone: People) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    session(anna)
    anna.client.delete(LINK, headers=anna.headers)
    found = db.session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.action.in_(["phone.linked", "phone.unlinked", "account.signed_in_by_phone"])
        )
        .order_by(AuditEntry.id)
    ).all()
    assert [one.action for one in found] == [
        "phone.linked",
        "account.signed_in_by_phone",
        "phone.unlinked",
    ]
    member = str(member_id_of(anna.token))
    for one in found:
        assert one.actor_id == str(city.accounts["liaison"].id)
        assert member not in f"{one.subject_id} {one.detail}"


def test_a_first_password_has_to_be_changed_before_the_phone_is_used(
    city: City, phone: People
) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    with transaction():
        account = city.accounts["liaison"]
        db.session.merge(account).must_change_password = True
    assert session(anna).json["code"] == "password_change_needed"
