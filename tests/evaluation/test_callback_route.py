"""WeChat's callback, through HTTP: signed answers count, others are refused."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import update

from server.core.config import Configuration
from server.core.database import db
from server.evaluation.models import Photo
from server.evaluation.rules import PhotoState
from server.wechat.platform import platform_for
from tests.evaluation.test_photos import picture
from tests.factories.city import City
from tests.factories.rating import Phone
from tests.wechat.test_callback import PASSED, signed

PATH = "/wechat/callback"


@pytest.fixture
def wechat(app: APIFlask, configuration: Configuration) -> Iterator[None]:
    """Let the real platform take the sandbox's place; nothing that is asked leaves the process."""
    before = app.extensions["wechat"]
    real = replace(configuration, wechat_appid="wx1", wechat_secret="s")
    app.extensions["wechat"] = platform_for(real, app.extensions["redis_switch"])
    yield
    app.extensions["wechat"] = before


def asked_photo(phone: Phone, campaign: int, department: int) -> str:
    photo: str = phone.upload(campaign, picture()).json["id"]
    phone.rate(campaign, department, photos=[photo])
    db.session.execute(update(Photo).values(state=PhotoState.ASKED, trace_id=PASSED["trace_id"]))
    db.session.commit()
    return photo


def state() -> int:
    db.session.expire_all()
    return db.session.query(Photo).one().state


def test_the_address_is_confirmed_by_its_echo(client: FlaskClient, wechat: None) -> None:
    answer = client.get(PATH, query_string=signed(echostr="12345"))
    assert (answer.status_code, answer.text) == (200, "12345")


def test_a_signed_verdict_lets_a_photo_pass(
    phone: Callable[[str], Phone], city: City, app: APIFlask, request: pytest.FixtureRequest
) -> None:
    anna = phone("anna")
    asked_photo(anna, city.campaign().id, city.departments[0].id)
    request.getfixturevalue("wechat")
    answer = anna.client.post(PATH, query_string=signed(), json=PASSED)
    assert answer.status_code == 200
    assert state() == PhotoState.PASSED


def test_a_verdict_without_wechat_s_signature_changes_nothing(
    phone: Callable[[str], Phone], city: City, request: pytest.FixtureRequest
) -> None:
    anna = phone("anna")
    asked_photo(anna, city.campaign().id, city.departments[0].id)
    request.getfixturevalue("wechat")
    for query in ({}, signed(token="another"), signed() | {"nonce": "other"}):
        answer = anna.client.post(PATH, query_string=query, json=PASSED)
        assert answer.status_code == 403, query
    assert state() == PhotoState.ASKED
