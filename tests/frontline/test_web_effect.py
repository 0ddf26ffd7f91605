"""The plain page of an effect: without scripts, cookies or WeChat."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.core.crockford import shown
from server.core.database import db
from server.core.web import UNLOGGED
from server.frontline.models import EffectRating, Entry
from tests.factories.frontline import approve, make_codes, make_entry, make_poster
from tests.frontline.conftest import Team


@pytest.fixture
def entry(team: Team) -> Entry:
    found = make_entry(team.author)
    approve(found.id, team.secretary.actor, team.office)
    return found


def levels() -> list[int]:
    db.session.expire_all()
    return list(db.session.scalars(select(EffectRating.level)))


def test_a_person_without_wechat_rates_with_a_one_time_code(
    client: FlaskClient, team: Team, entry: Entry
) -> None:
    (code,) = make_codes(entry.id, team.author.actor)
    page = client.get(f"/effect/{shown(code)}")
    assert page.status_code == 200
    assert "第一党支部" in page.text
    assert "联系物业更换了六盏灯" in page.text
    assert "张三" not in page.text
    assert "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    sent = client.post(f"/effect/{shown(code)}", data={"level": "4"})
    assert sent.status_code == 201, sent.text
    for answer in (page, sent):
        assert "Set-Cookie" not in answer.headers
    assert levels() == [4]
    again = client.post(f"/effect/{code.lower()}", data={"level": "1"})
    assert again.status_code == 409
    assert "已经用过" in again.text
    assert levels() == [4]


@pytest.mark.parametrize("level", ["", "0", "6", "5.0", "很满意", "５"])
def test_a_level_that_is_none_is_asked_for_again(
    client: FlaskClient, team: Team, entry: Entry, level: str
) -> None:
    (code,) = make_codes(entry.id, team.author.actor)
    answer = client.post(f"/effect/{code}", data={"level": level})
    assert answer.status_code == 422
    assert "请选择满意程度" in answer.text
    assert levels() == []


def test_a_posters_page_leads_to_wechat_and_takes_no_rating(
    client: FlaskClient, team: Team, entry: Entry
) -> None:
    scene = make_poster(entry.id, team.author.actor)
    page = client.get(f"/effect/{scene}")
    assert page.status_code == 200
    picture = re.search(r'src="(/effect/[^"]+)"', page.text)
    assert picture is not None
    assert client.get(picture[1]).data.startswith(b"\x89PNG")
    sent = client.post(f"/effect/{scene}", data={"level": "5"})
    assert sent.status_code == 409
    assert levels() == []


def test_a_wrong_code_is_a_page_with_a_way_on(client: FlaskClient, team: Team) -> None:
    for code in ("0000-0000-0000", "nonsense", "%00"):
        answer = client.get(f"/effect/{code}")
        assert answer.status_code == 404
    assert 'href="/effect/"' in client.get("/effect/0000-0000-0000").text


def test_a_one_time_code_has_no_poster(client: FlaskClient, team: Team, entry: Entry) -> None:
    (code,) = make_codes(entry.id, team.author.actor)
    assert client.get(f"/effect/{code}/poster.png").status_code == 404


def test_a_hall_of_people_behind_one_address_rates_within_a_minute(
    client: FlaskClient, team: Team, entry: Entry
) -> None:
    codes = make_codes(entry.id, team.author.actor, 70)
    for code in codes:
        assert client.get(f"/effect/{code}").status_code == 200
        assert client.post(f"/effect/{code}", data={"level": "4"}).status_code == 201
    assert levels() == [4] * 70


def test_a_typed_code_leads_to_its_form(client: FlaskClient, team: Team, entry: Entry) -> None:
    (code,) = make_codes(entry.id, team.author.actor)
    assert client.get("/effect/").status_code == 200
    led = client.get(f"/effect/?code={code.lower()}")
    assert (led.status_code, led.headers["Location"]) == (303, f"/effect/{shown(code)}")
    assert client.get("/effect/?code=short").status_code == 422


@pytest.mark.parametrize(
    "path", ["/effect/ABCD", "/effect/", "/api/v1/effects", "/api/v1/effects/ratings"]
)
def test_rating_an_effect_leaves_no_line_in_the_log(path: str) -> None:
    assert UNLOGGED.match(path)
