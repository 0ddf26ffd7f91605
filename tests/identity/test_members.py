"""Members: signing in with WeChat, consent, leaving and coming back."""

import logging

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from server.core import clock
from server.core.access import SYSTEM, ActorKind, Role
from server.core.database import db
from server.core.transaction import transaction
from server.identity import queries, service, tokens
from server.identity.models import Member
from server.wechat.platform import PlatformAway, PlatformRefused
from server.wechat.sandbox import Sandbox, openid_of
from tests.factories.city import City, member_id_of
from tests.factories.identity import at_once, bearer
from tests.factories.rating import Phone


def test_a_code_signs_in_a_member_who_is_a_citizen(client: FlaskClient) -> None:
    answer = client.post("/api/v1/sessions", json={"code": "sandbox:anna:1"})
    assert answer.status_code == 201
    assert answer.json["expires_in"] == 1800
    assert answer.json["member"]["roles"] == []
    assert answer.json["member"]["privacy_version"] is None
    assert set(answer.json) == {"token", "expires_in", "member"}
    assert openid_of("anna") not in answer.text


def test_the_same_person_is_the_same_member_each_time(client: FlaskClient) -> None:
    ids = {
        client.post("/api/v1/sessions", json={"code": f"sandbox:anna:{n}"}).json["member"]["id"]
        for n in range(3)
    }
    assert len(ids) == 1


def test_two_first_sign_ins_at_once_make_one_member(app: APIFlask) -> None:
    def sign_in() -> None:
        service.member_of_openid("openid-of-anna", clock.now())

    assert at_once(app, [sign_in] * 6) == ["done"] * 6
    assert db.session.scalar(select(func.count()).select_from(Member)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"code": "bad code"}, 401, "wechat_code_refused"),
        ({"code": ""}, 422, "invalid_input"),
        ({"code": "a\x00b"}, 422, "invalid_input"),
        ({"code": "\ud800"}, 422, "invalid_input"),
        ({"code": 7}, 422, "invalid_input"),
        ({"code": "x", "openid": "y"}, 422, "invalid_input"),
        ({}, 422, "invalid_input"),
    ],
)
def test_a_bad_code_is_refused_by_name(
    client: FlaskClient, body: dict[str, object], status: int, code: str
) -> None:
    answer = client.post("/api/v1/sessions", json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_the_openid_is_stored_sealed_and_opens_again(client: FlaskClient) -> None:
    member_id = member_id_of(Phone.of(client, "anna").token)
    row = db.session.execute(text("SELECT * FROM member")).one()
    assert openid_of("anna").encode() not in b"|".join(
        value for value in row if isinstance(value, bytes)
    )
    assert queries.openid(member_id) == openid_of("anna")


def test_no_log_line_tells_who_signed_in(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        phone = Phone.of(client, "anna")
        client.get("/api/v1/me", headers=phone.headers)
    assert "/api/v1/sessions" in caplog.text
    for secret in (openid_of("anna"), phone.token, str(member_id_of(phone.token)), "anna"):
        assert secret not in caplog.text


def test_a_forged_or_foreign_token_is_as_good_as_none(client: FlaskClient, city: City) -> None:
    token = Phone.of(client, "anna").token
    account = city.accounts["office1"]
    of_account, _ = tokens.issue(ActorKind.ACCOUNT, account.id, account.session_epoch)
    for wrong in (token[:-4] + "AAAA", "x", "", of_account):
        answer = client.get("/api/v1/me", headers=bearer(wrong))
        assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")


def test_a_token_expires(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "LIFE_SECONDS", -1)
    phone = Phone.of(client, "anna")
    assert client.get("/api/v1/me", headers=phone.headers).status_code == 401


def test_consent_is_kept_with_its_version(client: FlaskClient) -> None:
    phone = Phone.of(client, "anna")
    answer = client.post(
        "/api/v1/me/privacy-consent", json={"version": "2026-11"}, headers=phone.headers
    )
    assert (answer.status_code, answer.data) == (204, b"")
    me = client.get("/api/v1/me", headers=phone.headers).json
    assert me["privacy_version"] == "2026-11"


def test_who_leaves_is_gone_with_roles_and_consent(client: FlaskClient, city: City) -> None:
    phone = Phone.of(client, "anna")
    with transaction():
        service.grant_role(
            Role.ENTERPRISE_REPRESENTATIVE,
            city.enterprise.id,
            member_id=member_id_of(phone.token),
            actor=SYSTEM,
            now=clock.now(),
        )
    assert client.delete("/api/v1/me", headers=phone.headers).status_code == 204
    assert client.delete("/api/v1/me", headers=phone.headers).status_code == 204
    answer = client.get("/api/v1/me", headers=phone.headers)
    assert (answer.status_code, answer.json["code"]) == (401, "session_expired")
    for table in ("member", "role_grant WHERE member_id IS NOT NULL"):
        assert db.session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_who_leaves_and_comes_back_can_not_rate_a_second_time(
    client: FlaskClient, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    first = Phone.of(client, "anna")
    assert first.rate(campaign, department).status_code == 201
    client.delete("/api/v1/me", headers=first.headers)
    again = Phone.of(client, "anna").rate(campaign, department)
    assert (again.status_code, again.json["code"]) == (409, "already_rated")


def rank_of(client: FlaskClient, key: str) -> int | None:
    return tokens.read(Phone.of(client, key).token).risk_rank


def test_signing_in_takes_wechats_risk_rank_along(client: FlaskClient) -> None:
    assert rank_of(client, "risk3-anna") == 3
    assert rank_of(client, "risk4-bo") == 4
    assert rank_of(client, "anna") == 0


@pytest.mark.parametrize("trouble", [PlatformAway(), PlatformRefused(61010)])
def test_without_wechats_risk_rank_one_signs_in_all_the_same(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fail(self: Sandbox, openid: str, address: str) -> int:
        raise trouble

    monkeypatch.setattr(Sandbox, "risk_rank", fail)
    assert rank_of(client, "risk3-anna") is None


def test_wechat_is_told_the_address_that_the_trusted_proxy_saw(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def note(self: Sandbox, openid: str, address: str) -> int:
        seen.append((openid, address))
        return 0

    monkeypatch.setattr(Sandbox, "risk_rank", note)
    client.post(
        "/api/v1/sessions",
        json={"code": "sandbox:anna:1"},
        headers={"X-Forwarded-For": "8.8.8.8, 203.0.113.7"},
    )
    assert seen == [(openid_of("anna"), "203.0.113.7")]
