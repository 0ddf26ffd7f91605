"""The submission, through the API: taken once, found again, refused with names."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.campaigns import service as campaigns
from server.campaigns.rules import CampaignKind, Channel, key_name
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import service
from server.evaluation.models import Evaluation
from server.identity import service as identity
from tests.factories.city import City, member_id_of
from tests.factories.rating import Phone, key_of, new_receipt

People = Callable[[str], Phone]


def stored(campaign: int) -> list[Evaluation]:
    db.session.expire_all()
    return list(db.session.scalars(select(Evaluation).where(Evaluation.campaign_id == campaign)))


def close(campaign: int) -> None:
    with transaction():
        service.close_campaign(campaign, actor=SYSTEM, now=clock.now())


def test_a_rating_is_stored_with_its_levels_in_the_order_of_the_form(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    body = anna.body(campaign, department, 4)
    leaves = list(body["levels"])
    body["levels"] |= {leaves[0]: 1, leaves[-1]: 0}
    answer = anna.send(campaign, body, new_receipt())
    assert answer.status_code == 201
    assert answer.json == {
        "campaign": {"id": campaign, "title": "2026 年第四季度评价"},
        "department": {"id": department, "name": "市场监督管理局"},
        "channel": "open",
        "rated_on": clock.today().isoformat(),
        "cell": 0,
        "organisation": None,
        "record": answer.json["record"],
    }
    (row,) = stored(campaign)
    assert (row.overall, row.levels[0], row.levels[-1]) == (4, 1, 0)
    assert row.state == 1


def test_a_retry_with_the_same_content_gets_the_first_answer(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    first = anna.rate(campaign, department, receipt=receipt)
    again = anna.rate(campaign, department, receipt=receipt)
    assert (again.status_code, again.json) == (201, first.json)
    assert len(stored(campaign)) == 1


def test_a_retry_is_found_after_the_close_too(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    body = anna.body(campaign, department)
    first = anna.send(campaign, body, receipt)
    close(campaign)
    assert anna.send(campaign, body, receipt).json == first.json
    late = anna.send(campaign, body, new_receipt())
    assert (late.status_code, late.json["code"]) == (409, "campaign_closed")


def test_the_same_key_with_other_content_is_refused(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(campaign, department, 5, receipt=receipt)
    answer = anna.rate(campaign, department, 1, receipt=receipt)
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_a_second_rating_of_the_same_department_is_refused_by_name(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    anna.rate(campaign, department)
    answer = anna.rate(campaign, department, 1)
    assert (answer.status_code, answer.json["code"]) == (409, "already_rated")
    assert "不能重复评价" in answer.json["detail"]
    assert [row.overall for row in stored(campaign)] == [5]


def test_another_department_and_another_person_are_other_ratings(phone: People, city: City) -> None:
    campaign = city.campaign().id
    first, second = (department.id for department in city.departments[:2])
    assert phone("anna").rate(campaign, first).status_code == 201
    assert phone("anna").rate(campaign, second).status_code == 201
    assert phone("bo").rate(campaign, first).status_code == 201


def test_twenty_taps_at_once_store_one_rating(app: APIFlask, phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    body = anna.body(campaign, department)

    def tap(place: int) -> int:
        secret = receipt if place % 2 else new_receipt()
        return Phone(app.test_client(), anna.token).send(campaign, body, secret).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(tap, range(20)))
    assert len(stored(campaign)) == 1
    assert set(answers) <= {201, 409}
    assert 201 in answers


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"overall": 6}, "overall"),
        ({"overall": "5"}, "overall"),
        ({"overall": None}, "overall"),
        ({"levels": {}}, "levels."),
        ({"levels": {"999999": 3}}, "levels.999999"),
        ({"comment": "好" * 2001}, "comment"),
        ({"comment": "a\x00b"}, "comment"),
        ({"comment": "a\ud800b"}, "comment"),
        ({"comment": 5}, "comment"),
        ({"tags": ["不存在的标签"]}, "tags.0"),
        ({"photos": ["not-an-id"]}, "photos.0"),
        ({"photos": ["00000000-0000-4000-8000-000000000000"]}, "photos"),
        ({"contact": {"name": "张三", "phone": "123"}}, "contact.phone"),
        ({"contact": {"name": "张三"}}, "contact.phone"),
        ({"department": 2**40}, "department"),
        ({"enterprise": 1, "code": "ABCD-EFGH-JKMN"}, "code"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_refused_input_names_its_field(
    phone: People, city: City, change: dict[str, object], field: str
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    body = anna.body(campaign, department) | change
    answer = anna.client.post(
        f"/api/v1/campaigns/{campaign}/evaluations",
        data=json.dumps(body),
        content_type="application/json",
        headers={**anna.headers, "Idempotency-Key": key_of(new_receipt())},
    )
    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    assert any(error["field"].startswith(field) for error in answer.json["errors"])
    assert stored(campaign) == []


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"not json", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"overall=5", "application/x-www-form-urlencoded", 415),
        (b"{" + b" " * 300_000 + b"}", "application/json", 413),
        (b"x" * 50_000_000, "application/json", 413),
        (b'{"levels": ' + b"[" * 100_000, "application/json", 400),
        (b'{"overall": ' + b"9" * 5000 + b"}", "application/json", 400),
    ],
)
def test_a_body_that_is_no_rating_gets_a_problem_and_never_a_500(
    phone: People, city: City, data: bytes, content_type: str, status: int
) -> None:
    campaign = city.campaign().id
    anna = phone("anna")
    answer = anna.client.post(
        f"/api/v1/campaigns/{campaign}/evaluations",
        data=data,
        content_type=content_type,
        headers={**anna.headers, "Idempotency-Key": key_of(new_receipt())},
    )
    assert answer.status_code in {status, 422} if status == 400 else answer.status_code == status
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("key", ["", "short", "Z" * 32, "a" * 31, "A" * 32])
def test_a_missing_or_malformed_key_is_refused(phone: People, city: City, key: str) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    answer = anna.client.post(
        f"/api/v1/campaigns/{campaign}/evaluations",
        json=anna.body(campaign, department),
        headers={**anna.headers, "Idempotency-Key": key},
    )
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")


def test_nobody_rates_without_signing_in(client: FlaskClient, city: City) -> None:
    campaign = city.campaign().id
    answer = client.post(f"/api/v1/campaigns/{campaign}/evaluations", json={})
    assert answer.status_code == 401


def test_a_draft_does_not_exist_for_raters(phone: People, city: City) -> None:
    campaign = city.campaign(is_open=False).id
    body = {"department": city.departments[0].id, "overall": 5, "levels": {}}
    answer = phone("anna").send(campaign, body, new_receipt())
    assert (answer.status_code, answer.json["code"]) == (404, "campaign_unknown")


def test_an_unknown_department_is_named(phone: People, city: City) -> None:
    campaign = city.campaign().id
    body = {"department": city.enterprise.id, "overall": 5, "levels": {}}
    answer = phone("anna").send(campaign, body, new_receipt())
    assert (answer.status_code, answer.json["code"]) == (404, "department_unknown")
    assert answer.json["errors"][0]["field"] == "department"


def test_a_lost_key_pauses_the_campaign_until_it_is_back(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    ring = app.extensions["key_ring"]
    path = ring._path(key_name(campaign))
    key = path.read_bytes()
    path.unlink()
    ring._cache.clear()
    anna = phone("anna")
    answer = anna.rate(campaign, department)
    assert (answer.status_code, answer.json["code"]) == (503, "campaign_paused")
    assert "Retry-After" in answer.headers
    path.write_bytes(key)
    with transaction():
        campaigns.resume_campaign(campaign, actor=SYSTEM, now=clock.now())
    app.extensions["evaluation_forms"].clear()
    assert anna.rate(campaign, department).status_code == 201


def test_an_enterprise_rates_once_whoever_represents_it(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    for person in ("anna", "bo"):
        with transaction():
            identity.grant_role(
                Role.ENTERPRISE_REPRESENTATIVE,
                city.enterprise.id,
                member_id=member_id_of(phone(person).token),
                actor=SYSTEM,
                now=clock.now(),
            )
    first = phone("anna").rate(campaign, department, enterprise=city.enterprise.id)
    assert (first.status_code, first.json["channel"]) == (201, "enterprise_online")
    second = phone("bo").rate(campaign, department, enterprise=city.enterprise.id)
    assert (second.status_code, second.json["code"]) == (409, "already_rated")
    own = phone("anna").rate(campaign, department)
    assert (own.status_code, own.json["channel"]) == (201, "open")


def test_only_its_representative_rates_for_an_enterprise(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    answer = phone("carl").rate(campaign, department, enterprise=city.enterprise.id)
    assert (answer.status_code, answer.json["code"]) == (403, "enterprise_not_yours")


def test_an_enterprise_rates_enterprise_facing_departments_alone(phone: People, city: City) -> None:
    campaign = city.campaign().id
    with transaction():
        identity.grant_role(
            Role.ENTERPRISE_REPRESENTATIVE,
            city.enterprise.id,
            member_id=member_id_of(phone("anna").token),
            actor=SYSTEM,
            now=clock.now(),
        )
    answer = phone("anna").rate(campaign, city.departments[1].id, enterprise=city.enterprise.id)
    assert (answer.status_code, answer.json["code"]) == (409, "department_not_enterprise_facing")


def test_a_visit_code_is_spent_by_its_first_use_and_each_code_is_a_visit(
    phone: People, city: City
) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    department = city.departments[0]
    codes = city.codes(campaign, department)
    first = phone("anna").rate(campaign.id, department.id, code=codes[0])
    assert (first.status_code, first.json["channel"]) == (201, "service_centre")
    again = phone("bo").rate(campaign.id, department.id, code=codes[0].lower())
    assert (again.status_code, again.json["code"]) == (409, "code_used")
    assert phone("anna").rate(campaign.id, department.id, code=codes[1]).status_code == 201


def test_a_code_counts_for_its_own_department_alone(phone: People, city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    (code, *_) = city.codes(campaign, city.departments[0])
    answer = phone("anna").rate(campaign.id, city.departments[1].id, code=code)
    assert (answer.status_code, answer.json["code"]) == (409, "code_other_department")


def test_a_counter_takes_one_rating_per_person_and_day(phone: People, city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    department = city.departments[0].id
    with transaction():
        first, second = (
            campaigns.add_counter(department, name, actor=SYSTEM, now=clock.now()).code
            for name in ("一号窗口", "二号窗口")
        )
    anna = phone("anna")
    assert anna.rate(campaign.id, department, counter=first).json["channel"] == "service_centre"
    assert anna.rate(campaign.id, department, 1, counter=first).json["code"] == "already_rated"
    assert anna.rate(campaign.id, department, counter=second).status_code == 201
    assert phone("bo").rate(campaign.id, department, counter=first).status_code == 201


def test_a_service_campaign_of_visits_alone_asks_for_the_visit(phone: People, city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE, channels=(Channel.SERVICE_CENTRE,))
    answer = phone("anna").rate(campaign.id, city.departments[0].id)
    assert (answer.status_code, answer.json["code"]) == (409, "visit_needed")


def test_no_answer_returns_a_level(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    answers = [
        anna.rate(campaign, department, 2, receipt=receipt),
        anna.client.get(f"/api/v1/campaigns/{campaign}/receipt", headers={"Receipt": receipt}),
    ]
    for answer in answers:
        assert "overall" not in answer.text
        assert "level" not in answer.text


def test_count_of_stored_ratings_equals_count_of_accepted_answers(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    tokens = [phone(f"p{place}").token for place in range(24)]
    body = phone("p0").body(campaign, department)

    def rate(token: str) -> int:
        return Phone(app.test_client(), token).send(campaign, body, new_receipt()).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(rate, tokens))
    assert answers == [201] * 24
    count = select(func.count()).where(Evaluation.campaign_id == campaign)
    assert db.session.scalar(count) == 24
