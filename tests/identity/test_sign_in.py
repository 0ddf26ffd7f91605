"""Signing in at the desk: right and wrong passwords, and who is kept out for how long."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import devices, passwords, service
from server.identity.passwords import HASHER as REAL_HASHER
from tests.factories.city import PASSWORD, City
from tests.factories.identity import at_once, bearer, office_session

OFFICE_ROUTE = "/api/v1/campaigns"


def check(name: str, password: str, *, address: str = "10.1.1.1", cookie: str | None = None) -> str:
    """Try a password; return "in" or the refusal's code."""
    try:
        service.check_password(name, password, address, cookie, clock.now())
    except Refusal as refusal:
        return refusal.code
    return "in"


def test_name_and_password_give_a_token_that_opens_what_the_role_opens(
    client: FlaskClient, city: City
) -> None:
    answer = office_session(client, "office1")
    assert answer.status_code == 201
    assert answer.json["expires_in"] == 1800
    opened = client.post(OFFICE_ROUTE, json={}, headers=bearer(answer.json["token"]))
    assert opened.status_code == 422
    closed = office_session(client, "liaison")
    assert (
        client.post(OFFICE_ROUTE, json={}, headers=bearer(closed.json["token"])).status_code == 403
    )


def test_the_name_counts_in_any_case(client: FlaskClient, city: City) -> None:
    assert office_session(client, "Office1").status_code == 201


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    client: FlaskClient, city: City
) -> None:
    answers = [
        office_session(client, name, "wrong password here")
        for name in ("office1", "nobody", "谁", "a' OR 1=1")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json["code"] == "wrong_name_or_password"


def test_a_password_is_verified_for_an_unknown_name_too(
    app: APIFlask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []
    real = passwords.HASHER

    class Watched:
        def verify(self, stored: str, password: str) -> bool:
            verified.append(stored.rsplit("$", 2)[0])
            return real.verify(stored, password)

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    monkeypatch.setattr(passwords, "HASHER", Watched())
    assert check("office1", "wrong password here") == "wrong_name_or_password"
    assert check("nobody", "wrong password here") == "wrong_name_or_password"
    assert len(verified) == 2
    assert verified[0] == verified[1]


def test_production_hashes_cost_what_owasp_asks() -> None:
    assert (REAL_HASHER.memory_cost, REAL_HASHER.time_cost) == (19 * 1024, 2)
    assert REAL_HASHER.hash("x").startswith("$argon2id$")


def test_a_hash_of_other_parameters_is_renewed_at_sign_in(app: APIFlask, city: City) -> None:
    account = city.accounts["office1"]
    with transaction():
        account.password_hash = REAL_HASHER.hash(PASSWORD)
    with transaction():
        assert check("office1", PASSWORD) == "in"
    assert not passwords.is_outdated(account.password_hash)


@pytest.mark.parametrize("password", ["a\x00b", "\ud800 lone surrogate", ""])
def test_a_password_that_can_not_be_encoded_is_refused_by_name(
    client: FlaskClient, city: City, password: str
) -> None:
    answer = office_session(client, "office1", password)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "password"
    assert check("office1", password) == "wrong_name_or_password"


def test_a_first_password_must_be_changed_before_anything_else(
    client: FlaskClient, city: City
) -> None:
    with transaction():
        _, first = service.create_account(
            name="new", display_name="新同志", actor=SYSTEM, now=clock.now()
        )
    answer = office_session(client, "new", first)
    assert (answer.status_code, answer.json["code"]) == (403, "password_change_needed")


def test_that_an_account_is_switched_off_is_told_only_to_who_knows_its_password(
    client: FlaskClient, city: City
) -> None:
    with transaction():
        service.set_active(city.accounts["office1"].id, False, actor=SYSTEM, now=clock.now())
    wrong = office_session(client, "office1", "wrong password here")
    right = office_session(client, "office1")
    assert wrong.json["code"] == "wrong_name_or_password"
    assert (right.status_code, right.json["code"]) == (403, "account_inactive")


def test_a_sixth_try_from_one_place_is_refused_before_any_hash_is_worked_out(
    client: FlaskClient, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        assert office_session(client, "office1", "wrong password here").status_code == 401
    monkeypatch.setattr(passwords, "is_right", None)
    answer = office_session(client, "office1")
    assert (answer.status_code, answer.json["code"]) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 15 * 60


def test_many_tries_at_once_get_no_more_than_the_five(app: APIFlask, city: City) -> None:
    def guess() -> object:
        return service.check_password(
            "office1", "wrong password here", "10.1.1.1", None, clock.now()
        )

    outcomes = at_once(app, [guess] * 12)
    assert sorted(outcomes) == ["too_many_requests"] * 7 + ["wrong_name_or_password"] * 5


def test_a_guesser_in_one_place_does_not_keep_the_owner_out_elsewhere(
    client: FlaskClient, city: City
) -> None:
    for _ in range(6):
        office_session(client, "office1", "wrong password here", address="10.6.6.6")
    assert office_session(client, "office1", address="10.1.1.1").status_code == 201
    assert office_session(client, "office2", address="10.6.6.6").status_code == 201


def test_right_passwords_use_nothing_up(client: FlaskClient, city: City) -> None:
    for _ in range(12):
        assert office_session(client, "office1").status_code == 201
    for _ in range(4):
        office_session(client, "office1", "wrong password here")
    assert office_session(client, "office1").status_code == 201
    assert office_session(client, "office1", "wrong password here").status_code == 401
    assert office_session(client, "office1").status_code == 429


def test_guessers_in_many_places_are_stopped_and_a_known_device_still_gets_in(
    app: APIFlask, city: City
) -> None:
    device = service.issue_device_cookie(city.accounts["office1"])
    for n in range(30):
        guess = check("office1", "wrong password here", address=f"10.7.{n}.1")
        assert guess == "wrong_name_or_password"
    assert check("office1", PASSWORD, address="10.8.1.1") == "too_many_requests"
    assert check("office1", PASSWORD, address="10.7.1.1", cookie=device) == "in"


def test_a_neighbour_behind_the_same_address_can_not_lock_a_known_device_out(
    app: APIFlask, city: City
) -> None:
    device = service.issue_device_cookie(city.accounts["office1"])
    for _ in range(6):
        check("office1", "wrong password here")
    assert check("office1", PASSWORD) == "too_many_requests"
    assert check("office1", PASSWORD, cookie=device) == "in"


def test_a_known_device_has_five_tries_of_its_own(app: APIFlask, city: City) -> None:
    device = service.issue_device_cookie(city.accounts["office1"])
    for n in range(5):
        check("office1", "wrong password here", address=f"10.7.{n}.1", cookie=device)
    assert check("office1", PASSWORD, cookie=device) == "too_many_requests"
    assert check("office1", PASSWORD) == "in"


def test_a_device_is_known_only_for_its_own_name_and_while_it_is_fresh(
    app: APIFlask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = service.issue_device_cookie(city.accounts["office1"])
    assert service.device_is_known(cookie, "OFFICE1")
    assert not service.device_is_known(cookie, "office2")
    assert not service.device_is_known(cookie[:-3] + "AAA", "office1")
    assert not service.device_is_known(None, "office1")
    monkeypatch.setattr(devices, "LIFE_SECONDS", -int(timedelta(days=1).total_seconds()))
    assert not service.device_is_known(cookie, "office1")


def test_hashing_never_takes_more_than_its_share(
    app: APIFlask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0)
    with passwords._place(), passwords._place():
        assert check("office1", PASSWORD) == "too_many_requests"
    assert check("office1", PASSWORD) == "in"


def test_signing_in_is_on_record_without_the_password(client: FlaskClient, city: City) -> None:
    office_session(client, "office1")
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "account.signed_in")
    ).one()
    assert entry.actor_id == str(city.accounts["office1"].id)
    assert entry.detail == {}
