"""Receipts on the web: state, correction from an empty form, withdrawal."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.campaigns.models import Campaign
from server.core.database import db
from server.evaluation.models import Evaluation
from server.evaluation.rules import CommentState, EvaluationState, ExclusionReason
from server.identity.models import Organisation
from tests.factories.city import City
from tests.factories.closing import close
from tests.factories.excluding import exclude
from tests.public.conftest import Form, fields_of, levels_asked, receipt_shown
from tests.public.test_rating import picture

Forms = Callable[[Campaign, Organisation], Form]


@pytest.fixture
def campaign(city: City) -> Campaign:
    return city.campaign()


@pytest.fixture
def secret(city: City, campaign: Campaign, form_of: Forms) -> str:
    """A rating's receipt, without the campaign's number in front."""
    form = form_of(campaign, city.departments[0])
    answer = form.send(form.filled(form.open(), 1, comment="慢"))
    return receipt_shown(answer).partition(".")[2]


@pytest.fixture
def post(client: FlaskClient, campaign: Campaign, secret: str) -> Callable[..., TestResponse]:
    """Send one of the receipt's forms."""

    def send(path: str = "", **more: object) -> TestResponse:
        data = {"campaign": str(campaign.id), "receipt": secret, **more}
        return client.post(f"/receipt{path}", data=data, content_type="multipart/form-data")

    return send


def rating() -> Evaluation:
    db.session.expire_all()
    return db.session.scalars(select(Evaluation)).one()


def test_the_receipt_shows_the_state_and_no_level(
    client: FlaskClient, campaign: Campaign, secret: str
) -> None:
    entry = client.get(f"/receipt?campaign={campaign.id}")
    assert f'<option value="{campaign.id}" selected' in entry.text
    spaced = " ".join(secret[start : start + 5] for start in range(0, 43, 5))
    answer = client.post("/receipt", data={"campaign": campaign.id, "receipt": f" {spaced}\n"})
    assert answer.status_code == 200
    for word in ("已计入", "市场监督管理局", "待审核", "更正评价", "撤回评价"):
        assert word in answer.text
    assert "不满意" not in answer.text
    assert secret not in str(answer.request.url)


def test_a_wrong_receipt_is_said_beside_its_field(client: FlaskClient, campaign: Campaign) -> None:
    short = client.post("/receipt", data={"campaign": campaign.id, "receipt": "abc"})
    assert short.status_code == 422
    assert "回执码是一个编号" in short.text
    unknown = client.post("/receipt", data={"campaign": campaign.id, "receipt": "A" * 43})
    assert unknown.status_code == 404
    assert "没有找到这份回执" in unknown.text
    assert "A" * 43 in unknown.text
    nowhere = client.post("/receipt", data={"campaign": "", "receipt": "A" * 43})
    assert nowhere.status_code == 422
    assert "请选择您参加的评价活动。" in nowhere.text


def test_a_correction_starts_from_an_empty_form_and_replaces_everything(
    post: Callable[..., TestResponse], campaign: Campaign
) -> None:
    form = post("/correction")
    assert form.status_code == 200
    assert "慢" not in form.text.split("<main")[1]
    assert fields_of(form).keys() == {"campaign", "receipt", "reach"}
    answers = dict.fromkeys(levels_asked(form), "5")
    answer = post("/correction/sent", overall="5", **answers, pictures=(picture(), "a.jpg"))
    assert answer.status_code == 200
    assert "更正已收到" in answer.text
    assert "第 2 版" in answer.text
    found = rating()
    assert (found.overall, found.comment, found.photo_count) == (5, None, 1)
    assert found.comment_state == CommentState.NONE


def test_faults_of_a_correction_keep_what_was_typed(post: Callable[..., TestResponse]) -> None:
    answer = post("/correction/sent", overall="5", comment="新的意见")
    assert answer.status_code == 422
    assert "新的意见" in answer.text
    assert fields_of(answer)["overall"] == ["5"]
    assert rating().overall == 1


def test_a_withdrawal_is_asked_twice_and_can_be_taken_up_again(
    post: Callable[..., TestResponse],
) -> None:
    asked = post("/withdrawal")
    assert "确定撤回" in asked.text
    assert rating().state == EvaluationState.COUNTED
    answer = post("/withdrawal/confirmed")
    assert "评价已撤回" in answer.text
    assert "重新评价" in answer.text
    found = rating()
    assert (found.state, found.overall, found.levels) == (EvaluationState.WITHDRAWN, None, [])
    form = post("/correction")
    answers = dict.fromkeys(levels_asked(form), "3")
    assert post("/correction/sent", overall="3", **answers).status_code == 200
    assert rating().state == EvaluationState.COUNTED


def test_after_the_close_the_state_stands_and_nothing_changes(
    post: Callable[..., TestResponse], campaign: Campaign
) -> None:
    close(campaign.id)
    answer = post()
    assert answer.status_code == 200
    assert "现在不能再更正或撤回" in answer.text
    assert "更正评价" not in answer.text
    for path in ("/correction", "/correction/sent", "/withdrawal", "/withdrawal/confirmed"):
        refused = post(path)
        assert refused.status_code == 409, path
        assert "不能再更正或撤回" in refused.text
    assert rating().overall == 1


def test_an_excluded_rating_tells_its_rater_why(
    post: Callable[..., TestResponse], city: City, campaign: Campaign
) -> None:
    exclude(city, campaign.id, rating().id, ExclusionReason.DUPLICATE)
    answer = post()
    assert "不予采纳" in answer.text
    assert "同一事项重复评价" in answer.text
    assert post("/correction").status_code == 409


def test_a_later_steps_address_leads_back_to_the_start(client: FlaskClient, city: City) -> None:
    for path in ("/receipt/correction", "/receipt/withdrawal/confirmed"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/receipt")


@pytest.mark.parametrize("campaign_field", ["", "abc", "0", "99999", "99999999999999", "１"])
def test_a_wrong_campaign_is_no_error_of_ours(
    client: FlaskClient, city: City, campaign_field: str
) -> None:
    data = {"campaign": campaign_field, "receipt": "A" * 43}
    for path in ("/receipt", "/receipt/correction", "/receipt/withdrawal/confirmed"):
        assert client.post(path, data=data).status_code in {404, 422}


def test_a_whole_receipt_as_the_phone_shows_it_needs_no_campaign_chosen(
    client: FlaskClient, campaign: Campaign, secret: str
) -> None:
    answer = client.post("/receipt", data={"campaign": "", "receipt": f"{campaign.id}.{secret}"})
    assert answer.status_code == 200
    assert campaign.title in answer.text
