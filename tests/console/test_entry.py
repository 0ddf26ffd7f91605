"""Coming in and going out."""

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.identity import service as identity
from tests.console.conftest import TOKEN, Desk, SignIn
from tests.factories.city import PASSWORD, City


def sign_in(client: FlaskClient, name: str, password: str, **more: str) -> TestResponse:
    found = TOKEN.search(client.get("/console/sign-in").text)
    assert found
    form = {"name": name, "password": password, "csrf_token": found[1], **more}
    return client.post("/console/sign-in", data=form)


def test_right_name_and_password_lead_to_where_one_wanted_to_go(
    client: FlaskClient, city: City
) -> None:
    answer = client.get("/console/campaigns?state=open")
    assert answer.headers["Location"] == "/console/sign-in?next=/console/campaigns?state%3Dopen"
    answer = sign_in(client, "office1", PASSWORD, next="/console/campaigns?state=open")
    assert answer.headers["Location"] == "/console/campaigns?state=open"
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.test/", "//evil.test/console/", "/\\evil.test", "/api/v1/me", "/console.evil/"],
)
def test_sign_in_never_leads_out_of_the_console(
    client: FlaskClient, city: City, target: str
) -> None:
    answer = sign_in(client, "office1", PASSWORD, next=target)
    assert answer.headers["Location"] == "/console/"


def test_cookies_are_shut_to_scripts_and_to_other_paths(client: FlaskClient, city: City) -> None:
    answer = sign_in(client, "office1", PASSWORD)
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"console", "console_device"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/console" in cookie


def test_a_wrong_password_keeps_the_name_and_does_not_say_which_was_wrong(
    client: FlaskClient, city: City
) -> None:
    known = sign_in(client, "office1", "wrong")
    unknown = sign_in(client, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 401
    assert 'value="office1"' in known.text
    for answer in (known, unknown):
        assert "用户名或密码不正确" in answer.text


def test_too_many_attempts_are_told_to_wait(client: FlaskClient, city: City) -> None:
    for _ in range(5):
        sign_in(client, "office1", "wrong")
    answer = sign_in(client, "office1", PASSWORD)
    assert answer.status_code == 429
    assert "秒后再试" in answer.text
    assert int(answer.headers["Retry-After"]) > 0


def test_a_first_password_opens_nothing_but_its_change(app: APIFlask, city: City) -> None:
    with transaction():
        _, first = identity.create_account(
            name="newcomer", display_name="新同事", actor=SYSTEM, now=clock.now()
        )
    client = app.test_client()
    sign_in(client, "newcomer", first)
    for path in ("/", "/campaigns", "/results"):
        assert client.get(f"/console{path}").headers["Location"] == "/console/password"
    newcomer = Desk(client)
    answer = newcomer.post("/password", current=first, new="short", again="short")
    assert answer.status_code == 422
    assert "至少 12 个字符" in answer.text
    answer = newcomer.post("/password", current=first, new=PASSWORD, again="something else")
    assert "两次输入的新密码不一致" in answer.text
    answer = newcomer.post("/password", current=first, new=PASSWORD, again=PASSWORD)
    assert answer.headers["Location"] == "/console/"
    assert "密码已修改" in newcomer.told()


def test_a_changed_password_ends_the_sessions_of_other_browsers(desk: SignIn, city: City) -> None:
    here, elsewhere = desk("office1"), desk("office1")
    here.post(
        "/password", current=PASSWORD, new="another good password", again="another good password"
    )
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").headers["Location"].startswith("/console/sign-in")


def test_sign_out_ends_the_session(desk: SignIn) -> None:
    office = desk("office1")
    assert office.post("/sign-out").headers["Location"] == "/console/sign-in"
    assert office.get("/campaigns").headers["Location"].startswith("/console/sign-in")


def test_the_api_does_not_take_the_console_cookie(desk: SignIn, city: City) -> None:
    office = desk("office1")
    campaign = city.campaign(is_open=False)
    answer = office.client.post(f"/api/v1/campaigns/{campaign.id}/opening")
    assert answer.status_code == 401
