"""核验我的评价 on the web, and erasing what one wrote without a phone."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.campaigns.models import Campaign
from server.core.database import db
from server.evaluation.models import Evaluation
from server.identity.models import Organisation
from server.ledger.signing import signer
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.public.conftest import Form, receipt_shown

Forms = Callable[[Campaign, Organisation], Form]


@pytest.fixture
def campaign(city: City) -> Campaign:
    return city.campaign()


@pytest.fixture
def taken_in(city: City, campaign: Campaign, form_of: Forms) -> TestResponse:
    form = form_of(campaign, city.departments[0])
    return form.send(form.filled(form.open(), 1, comment="慢得很"))


def test_the_page_asks_and_names_the_keys_fingerprint(client: FlaskClient, city: City) -> None:
    answer = client.get("/log/check")
    assert answer.status_code == 200
    assert signer().key.fingerprint in answer.text
    assert signer().key.fingerprint in client.get("/log/").text
    assert "/log/check" in client.get("/log/").text


def test_the_receipt_names_the_record_and_no_level(
    client: FlaskClient, campaign: Campaign, taken_in: TestResponse
) -> None:
    found = re.search(r"[0-9a-f]{64}", taken_in.text)
    assert found
    secret = receipt_shown(taken_in).partition(".")[2]
    state = client.post("/receipt", data={"campaign": campaign.id, "receipt": secret})
    assert found[0] in state.text
    assert "/log/check" in state.text


def test_words_are_erased_on_the_web_after_the_close_too(
    client: FlaskClient, campaign: Campaign, taken_in: TestResponse
) -> None:
    close_and_settle(campaign.id)
    data = {"campaign": campaign.id, "receipt": receipt_shown(taken_in).partition(".")[2]}
    assert "删除我写的内容" in client.post("/receipt", data=data).text
    asked = client.post("/receipt/words", data=data)
    assert "确定删除您写的内容吗" in asked.text
    done = client.post("/receipt/words/erased", data=data)
    assert "已删除" in done.text
    assert "删除我写的内容" not in done.text
    db.session.expire_all()
    row = db.session.query(Evaluation).one()
    assert (row.comment, row.overall) == (None, 1)
