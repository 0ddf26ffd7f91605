"""Receipts: state, correction, withdrawal, until the close and never with a level."""

from collections.abc import Callable

from sqlalchemy import select
from werkzeug.test import TestResponse

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import service
from server.evaluation.models import Evaluation
from tests.factories.city import City
from tests.factories.rating import Phone, new_receipt

People = Callable[[str], Phone]


def ask(
    phone: Phone, campaign: int, receipt: str, method: str = "GET", body: object = None
) -> TestResponse:
    return phone.client.open(
        f"/api/v1/campaigns/{campaign}/receipt",
        method=method,
        json=body,
        headers={**phone.headers, "Receipt": receipt},
    )


def one(campaign: int) -> Evaluation:
    db.session.expire_all()
    return db.session.scalars(select(Evaluation).where(Evaluation.campaign_id == campaign)).one()


def without_target(body: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if name != "department"}


def test_a_receipt_tells_the_state(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(campaign, department, receipt=receipt, comment="很好")
    answer = ask(anna, campaign, receipt)
    assert answer.status_code == 200
    assert answer.json["state"] == "counted"
    assert answer.json["comment_state"] == "waiting"
    assert answer.json["may_change"] is True
    assert answer.json["revision"] == 1


def test_a_correction_replaces_the_rating_and_counts_as_one(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(campaign, department, 1, receipt=receipt, comment="太慢")
    body = without_target(anna.body(campaign, department, 5))
    answer = ask(anna, campaign, receipt, "PUT", body)
    assert answer.status_code == 200, answer.text
    assert answer.json["revision"] == 2
    row = one(campaign)
    assert (row.overall, set(row.levels), row.comment, row.state) == (5, {5}, None, 1)


def test_a_withdrawn_rating_keeps_nothing_and_may_be_taken_up_again(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(
        campaign,
        department,
        1,
        receipt=receipt,
        comment="太慢",
        contact={"name": "张三", "phone": "13800000000"},
    )
    assert ask(anna, campaign, receipt, "DELETE").json["state"] == "withdrawn"
    row = one(campaign)
    assert (row.overall, row.levels, row.comment, row.contact_sealed) == (None, [], None, None)
    assert anna.rate(campaign, department).json["code"] == "already_rated"
    body = without_target(anna.body(campaign, department, 4))
    assert ask(anna, campaign, receipt, "PUT", body).json["state"] == "counted"
    assert one(campaign).overall == 4


def test_withdrawing_twice_is_withdrawing_once(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(campaign, department, receipt=receipt)
    first = ask(anna, campaign, receipt, "DELETE").json
    assert ask(anna, campaign, receipt, "DELETE").json == first


def test_after_the_close_a_receipt_still_reads_but_changes_nothing(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(campaign, department, 3, receipt=receipt)
    body = without_target(anna.body(campaign, department, 5))
    with transaction():
        service.close_campaign(campaign, actor=SYSTEM, now=clock.now())
    assert ask(anna, campaign, receipt).json["may_change"] is False
    for method, sent in (("PUT", body), ("DELETE", None)):
        answer = ask(anna, campaign, receipt, method, sent)
        assert (answer.status_code, answer.json["code"]) == (409, "receipt_closed")
    assert one(campaign).overall == 3


def test_a_wrong_receipt_finds_nothing(phone: People, city: City) -> None:
    campaign = city.campaign().id
    anna = phone("anna")
    assert ask(anna, campaign, new_receipt()).json["code"] == "receipt_unknown"
    assert ask(anna, campaign, "too short").json["code"] == "receipt_missing"
    assert ask(anna, campaign, "é" * 43).status_code == 400


def test_a_correction_is_checked_like_a_first_rating(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(campaign, department, 2, receipt=receipt)
    answer = ask(anna, campaign, receipt, "PUT", {"overall": 3, "levels": {}})
    assert answer.status_code == 422
    assert one(campaign).overall == 2
