"""A drawn person's one-time link: its departments, each rated once, without scripts or cookies."""

import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import select

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from tests.factories.city import City
from tests.factories.closing import close
from tests.factories.outreach import Sample, make_sample
from tests.factories.rating import Phone
from tests.factories.sampling import make_draw, make_frame, sample_campaign
from tests.public.conftest import Form, fields_of, receipt_shown


@pytest.fixture
def sample(city: City) -> Sample:
    return make_sample(city)


def departments_of(code: str) -> list[int]:
    link = campaigns.sample_link(code)
    assert link is not None
    return link.departments


def test_the_link_lists_its_departments_and_says_what_is_known(
    client: FlaskClient, city: City, sample: Sample
) -> None:
    page = client.get(f"/rate/{sample.codes[0]}")
    assert page.status_code == 200
    names = [one.name for one in city.departments]
    shown = re.findall(r'<a href="/rate/[^"]+/\d+">([^<]+)</a>', page.text)
    assert sorted(shown) == sorted(names)
    for words in ("您的评价是匿名的", "抽样层", "是否作答", "不知道您评了哪些部门"):
        assert words in page.text
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text


def test_each_department_is_rated_once_and_only_the_submission_tells(
    client: FlaskClient, sample: Sample
) -> None:
    code = sample.codes[0]
    first, second, _ = departments_of(code)
    form = Form(client, f"{code}/{first}")
    sent = form.filled(form.open(), 2)
    answer = form.send(sent)
    assert answer.status_code == 201
    assert "评价下一个部门" in answer.text
    assert receipt_shown(answer)
    # The same form again gets the same answer; another one is refused, and leads to the list.
    assert form.send(sent).status_code == 201
    page = form.open()
    assert page.status_code == 200
    again = form.send(form.filled(page, 5))
    assert again.status_code == 409
    assert "这个部门已经评价过" in again.text
    assert f"/rate/{code}?rated={first}" in again.text
    other = Form(client, f"{code}/{second}")
    assert other.send(other.filled(other.open())).status_code == 201
    rows = db.session.scalars(select(Evaluation).order_by(Evaluation.overall)).all()
    assert [(row.department_id, row.overall, row.cell) for row in rows] == [
        (first, 2, 1),
        (second, 4, 1),
    ]


def test_what_was_just_rated_is_marked_by_the_address_alone(
    client: FlaskClient, sample: Sample
) -> None:
    code = sample.codes[0]
    first, second, third = departments_of(code)
    form = Form(client, f"{code}/{first}")
    answer = form.send(form.filled(form.open()))
    found = re.search(rf'href="(/rate/{code}\?rated=[^"]+)"', answer.text)
    assert found is not None
    marked = client.get(found[1])
    assert marked.text.count("刚才已评价") == 1
    assert "刚才已评价" not in client.get(f"/rate/{code}").text
    done = client.get(f"/rate/{code}?rated={first}.{second}.{third}")
    assert "全部评价完毕" in done.text
    assert "刚才已评价" not in client.get(f"/rate/{code}?rated=999.x.{'9' * 2000}").text


def test_the_marks_go_along_from_form_to_form(client: FlaskClient, sample: Sample) -> None:
    code = sample.codes[0]
    first, second, _ = departments_of(code)
    form = Form(client, f"{code}/{second}?rated={first}")
    page = form.open()
    assert f'action="/rate/{code}/{second}?rated={first}"' in page.text
    answer = form.send(form.filled(page))
    assert f"rated={'.'.join(map(str, sorted((first, second))))}" in answer.text


def test_another_department_is_none_of_the_links(client: FlaskClient, city: City) -> None:
    campaign = sample_campaign(city, is_open=True)
    # Enough persons that each can be given two of the three departments.
    frame = make_frame(city, {("东区",): 60}, dimensions=("区县",))
    draw = make_draw(city, campaign, frame, departments_each=2)
    sample = Sample(city, campaign, draw)
    code = sample.codes[0]
    other = {one.id for one in city.departments} - set(departments_of(code))
    page = client.get(f"/rate/{code}/{other.pop()}")
    assert page.status_code == 404
    assert "链接不含这个部门" in page.text


def test_a_visit_code_has_no_list_and_a_link_no_form_of_its_own(
    client: FlaskClient, city: City, sample: Sample
) -> None:
    visit = city.codes(city.campaign(), city.departments[0], 1)[0]
    assert client.get(f"/rate/{visit}/{city.departments[0].id}").status_code == 404
    assert client.post(f"/rate/{sample.codes[0]}").status_code == 404


def test_an_unknown_code_and_a_closed_campaign_have_clear_pages(
    app: APIFlask, client: FlaskClient, sample: Sample
) -> None:
    code = sample.codes[0]
    assert client.get("/rate/0000-0000-0000").status_code == 404
    first = departments_of(code)[0]
    form = Form(client, f"{code}/{first}")
    page = form.open()
    close(sample.campaign.id)
    # What a form says of its campaign is kept for five seconds.
    app.extensions.pop("evaluation_forms", None)
    for path in (f"/rate/{code}", f"/rate/{code}/{first}"):
        closed = client.get(path)
        assert closed.status_code == 409
        assert "评价已经结束" in closed.text
        assert "更正" not in closed.text
        assert "用回执查看评价" in closed.text
    assert form.send(form.filled(page)).status_code == 409


def test_a_link_leads_nowhere_while_its_campaign_is_a_draft(
    client: FlaskClient, city: City
) -> None:
    campaign = sample_campaign(city)
    assert campaign.state == CampaignState.DRAFT
    draw = make_draw(city, campaign, make_frame(city))
    with transaction():
        code = Sample(city, campaign, draw).codes[0]
    page = client.get(f"/rate/{code}")
    assert page.status_code == 409
    assert campaign.title not in page.text


def test_typed_in_any_way_the_code_leads_to_the_list(client: FlaskClient, sample: Sample) -> None:
    typed = sample.codes[0].lower()
    answer = client.get("/rate/", query_string={"code": f" {typed[:4]} {typed[4:]}"})
    assert answer.status_code == 303
    assert "您被随机抽中" in client.get(answer.headers["Location"]).text


def test_guessing_is_limited_and_a_good_code_is_no_guess(
    client: FlaskClient, sample: Sample
) -> None:
    good = [client.get(f"/rate/{sample.codes[0]}").status_code for _ in range(61)]
    assert good == [200] * 61
    guesses = [client.get("/rate/0000-0000-0000").status_code for _ in range(61)]
    assert guesses == [404] * 60 + [429]
    # Who guessed too often behind the same address takes nothing from those with a good code.
    first = departments_of(sample.codes[0])[0]
    form = Form(client, f"{sample.codes[0]}/{first}")
    assert form.send(form.filled(form.open())).status_code == 201


def test_what_was_typed_is_still_there_when_a_form_came_too_early(
    client: FlaskClient, sample: Sample, app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = departments_of(sample.codes[0])[0]
    form = Form(client, f"{sample.codes[0]}/{first}")
    sent = {**form.filled(form.open()), "comment": "窗口 <b>太少</b>"}
    monkeypatch.setitem(app.extensions["limits"].table["code"], "address", parse("1/minute"))
    answer = form.send(sent)
    assert answer.status_code == 429
    assert "您填写的内容都还在" in answer.text
    assert "<b>" not in answer.text
    assert fields_of(answer) == {
        name: value if isinstance(value, list) else [value] for name, value in sent.items()
    }
    monkeypatch.undo()
    assert form.send(fields_of(answer)).status_code == 201


def test_another_department_leads_back_to_the_links_own(
    client: FlaskClient, sample: Sample
) -> None:
    code = sample.codes[0]
    page = client.get(f"/rate/{code}/999999")
    assert page.status_code == 404
    assert f'href="/rate/{code}"' in page.text


def test_the_entry_tells_the_phone_the_same(client: FlaskClient, sample: Sample) -> None:
    answer = client.post("/api/v1/entries", json={"scene": sample.codes[0]})
    assert answer.status_code == 200, answer.text
    body = answer.json
    assert (body["kind"], body["channel"]) == ("sample", "sample")
    assert body["campaign"]["id"] == sample.campaign.id
    assert (body["department"], body["counter"]) == (None, None)
    assert [one["id"] for one in body["departments"]] == departments_of(sample.codes[0])
    assert set(body["departments"][0]) == {"id", "name"}


def test_every_other_entry_has_no_departments(client: FlaskClient, city: City) -> None:
    visit = city.codes(city.campaign(), city.departments[0], 1)[0]
    body = client.post("/api/v1/entries", json={"scene": visit}).json
    assert (body["kind"], body["departments"]) == ("code", [])
    assert body["department"]["id"] == city.departments[0].id


def test_a_phone_rates_by_the_link_and_nothing_of_the_member_goes_along(
    client: FlaskClient, sample: Sample
) -> None:
    code = sample.codes[1]
    first, second, _ = departments_of(code)
    phone = Phone.of(client, "anna")
    assert phone.rate(sample.campaign.id, first, code=code).status_code == 201
    again = phone.rate(sample.campaign.id, first, 1, code=code)
    assert (again.status_code, again.json["code"]) == (409, "department_rated")
    # Another phone with the same link is the same rater.
    other = Phone.of(client, "bert")
    assert other.rate(sample.campaign.id, first, code=code).status_code == 409
    assert other.rate(sample.campaign.id, second, code=code).status_code == 201
    assert phone.rate(sample.campaign.id, first, code=sample.codes[2]).status_code == 201
    assert {row.cell for row in db.session.scalars(select(Evaluation))} == {1}


def test_used_up_visit_codes_still_say_so(client: FlaskClient, city: City) -> None:
    campaign, department = city.campaign(), city.departments[0]
    code = city.codes(campaign, department, 1)[0]
    phone = Phone.of(client, "anna")
    assert phone.rate(campaign.id, department.id, code=code).status_code == 201
    again = phone.rate(campaign.id, department.id, 1, code=code)
    assert again.json["code"] == "code_used"
