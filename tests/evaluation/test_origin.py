"""Where a rating came from: a block of addresses under the campaign's key, until the close."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.test import TestResponse

from server.campaigns.rules import CampaignKind, key_name
from server.core.database import db
from server.core.keyring import key_ring
from server.evaluation import tasks
from server.evaluation.models import Evaluation
from server.evaluation.origin import Origin
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle
from tests.factories.rating import Phone, key_of, new_receipt

People = Callable[[str], Phone]
KEY = b"k" * 32


def block(address: str) -> bytes | None:
    return Origin(address).block(KEY)


def rate_from(
    who: Phone, campaign: int, department: int, address: str, receipt: str | None = None
) -> TestResponse:
    return who.client.post(
        f"/api/v1/campaigns/{campaign}/evaluations",
        json=who.body(campaign, department),
        headers={
            **who.headers,
            "Idempotency-Key": key_of(receipt or new_receipt()),
            "X-Forwarded-For": address,
        },
    )


def stored() -> Evaluation:
    db.session.expire_all()
    return db.session.query(Evaluation).one()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.250", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("::ffff:203.0.113.7", "203.0.113.9", True),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::4", True),
        ("2001:db8:1::", "2001:db8:2::", False),
    ],
)
def test_a_block_is_a_24_or_a_48(one: str, other: str, same: bool) -> None:
    assert (block(one) == block(other)) is same


@pytest.mark.parametrize("address", ["", "nonsense", "203.0.113", "fe80::1%eth0/3", "1.2.3.4/24"])
def test_what_is_no_address_has_no_block(address: str) -> None:
    assert block(address) is None


@given(st.ip_addresses())
def test_a_block_tells_nothing_without_the_key(address: object) -> None:
    mine, theirs = Origin(str(address)).block(KEY), Origin(str(address)).block(b"x" * 32)
    assert mine is not None
    assert len(mine) == 8
    assert mine != theirs


def test_a_rating_keeps_its_block_and_rank_until_it_is_settled(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    assert rate_from(phone("risk3-anna"), campaign, department, "203.0.113.7").status_code == 201
    key = key_ring().get(key_name(campaign))
    assert stored().address_block == Origin("203.0.113.200").block(key)
    assert stored().risk_rank == 3
    close(campaign)
    assert stored().address_block is not None
    tasks.settle(campaign)
    assert stored().address_block is None
    assert stored().risk_rank == 3


def test_no_table_holds_an_address_and_after_the_close_no_block(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    rate_from(phone("anna"), campaign, department, "203.0.113.77")
    hashed = stored().address_block
    assert hashed is not None
    before = everything()
    assert "203.0.113" not in before
    assert hashed.hex() in before, "the search would find it"
    close_and_settle(campaign)
    assert hashed.hex() not in everything()


def everything() -> str:
    tables = db.session.execute(
        text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'part')")
    ).all()
    return "\n".join(
        row
        for schema, table in tables
        for row in db.session.scalars(text(f'SELECT row::text FROM "{schema}"."{table}" AS row'))
    )


def test_a_header_of_a_stranger_is_not_believed(app: APIFlask, phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    anna.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    rate_from(anna, campaign, department, "203.0.113.7")
    assert stored().address_block == Origin("198.51.100.1").block(
        key_ring().get(key_name(campaign))
    )


def test_the_web_form_keeps_the_block_too(client: FlaskClient, city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    code = city.codes(campaign, city.departments[0], 1)[0]
    page = client.get(f"/rate/{code}").text
    leaves = {part.split('"')[0] for part in page.split('name="level-')[1:]}
    secret = page.split('name="receipt" value="')[1].split('"')[0]
    answer = client.post(
        f"/rate/{code}",
        data={"overall": "4", "receipt": secret, **{f"level-{leaf}": "4" for leaf in leaves}},
        headers={"X-Forwarded-For": "203.0.113.7"},
    )
    assert answer.status_code == 201, answer.text
    key = key_ring().get(key_name(campaign.id))
    assert stored().address_block == Origin("203.0.113.7").block(key)
    assert stored().risk_rank is None


def test_a_retry_from_elsewhere_is_the_same_rating(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    first = rate_from(anna, campaign, department, "203.0.113.7", receipt)
    again = rate_from(anna, campaign, department, "198.51.100.1", receipt)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json


def test_withdrawing_erases_the_origin_and_taking_up_again_brings_the_new_one(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("risk4-anna"), new_receipt()
    rate_from(anna, campaign, department, "203.0.113.7", receipt)
    path = f"/api/v1/campaigns/{campaign}/receipt"
    assert anna.client.delete(path, headers={"Receipt": receipt}).status_code == 200
    assert (stored().address_block, stored().risk_rank) == (None, None)
    body = {
        key: value for key, value in anna.body(campaign, department).items() if key != "department"
    }
    sent = anna.client.put(
        path,
        json={**body, "tags": [], "comment": "", "photos": [], "contact": None},
        headers={**anna.headers, "Receipt": receipt, "X-Forwarded-For": "198.51.100.9"},
    )
    assert sent.status_code == 200, sent.text
    key = key_ring().get(key_name(campaign))
    assert stored().address_block == Origin("198.51.100.9").block(key)
    assert stored().risk_rank == 4


def test_correcting_keeps_the_first_origin(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    rate_from(anna, campaign, department, "203.0.113.7", receipt)
    before = stored().address_block
    body = {
        key: value for key, value in anna.body(campaign, department).items() if key != "department"
    }
    anna.client.put(
        f"/api/v1/campaigns/{campaign}/receipt",
        json={**body, "tags": [], "comment": "", "photos": [], "contact": None},
        headers={"Receipt": receipt, "X-Forwarded-For": "198.51.100.9"},
    )
    assert stored().revision == 2
    assert stored().address_block == before


def test_without_an_address_there_is_no_block() -> None:
    assert Origin().block(KEY) is None
    assert Origin(risk_rank=3).block(KEY) is None
