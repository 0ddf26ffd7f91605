"""The plain form: without scripts, cookies or WeChat; one rating a code; mistakes cost nothing."""

import io
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel, key_name
from server.core import clock
from server.core.database import db
from server.core.keyring import key_ring
from server.core.transaction import transaction
from server.evaluation.models import Evaluation, Photo
from server.evaluation.rules import CommentState, PhotoState
from server.identity.models import Organisation
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle
from tests.public.conftest import Form, fields_of, levels_asked, receipt_shown

Forms = Callable[[Campaign, Organisation], Form]


def picture(colour: tuple[int, int, int] = (10, 90, 160)) -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "JPEG")
    buffer.seek(0)
    return buffer


def ratings() -> list[Evaluation]:
    db.session.expire_all()
    return list(db.session.scalars(select(Evaluation)))


def test_a_person_without_wechat_rates_with_a_visit_code(city: City, form_of: Forms) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    form = form_of(campaign, city.departments[0])
    page = form.open()
    assert page.status_code == 200
    assert "评价市场监督管理局" in page.text
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    answer = form.send(form.filled(page, 4, tag=["办事高效"], comment="很快。\r\n谢谢"))
    assert answer.status_code == 201, answer.text
    assert "Set-Cookie" not in answer.headers
    (rating,) = ratings()
    assert (rating.overall, rating.levels, rating.tags) == (4, [4] * 8, ["办事高效"])
    assert rating.channel == Channel.SERVICE_CENTRE
    assert (rating.comment, rating.comment_state) == ("很快。\n谢谢", CommentState.HELD)
    assert rating.contact_sealed is None
    assert rating.check_openid is None


def test_a_one_time_link_rates_in_a_survey(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[1])
    assert form.send(form.filled(form.open())).status_code == 201
    assert ratings()[0].channel == Channel.OPEN


def test_the_receipt_is_drawn_afresh_and_shown_once(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    first, second = form.open(), form.open()
    assert fields_of(first)["receipt"] != fields_of(second)["receipt"]
    answer = form.send(form.filled(second))
    (secret,) = fields_of(second)["receipt"]
    campaign, _, shown = receipt_shown(answer).partition(".")
    assert (campaign, shown) == ("1", secret)
    assert len(secret) == 43
    assert "<svg" in answer.text


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(
    city: City, form_of: Forms
) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    first, *others = levels_asked(page)
    data = form.filled(
        page, 2, comment="字" * 2001, tag=["态度热情"], reach="contact", name="王 <b>", phone="1"
    )
    del data[first]
    answer = form.send(data)
    assert answer.status_code == 422
    assert "请为这一项选择等级，或选择“不了解”。" in answer.text
    assert "最多 2000 个字。" in answer.text
    assert "请填写手机号或带区号的固定电话。" in answer.text
    assert "有 3 处需要修改" in answer.text
    assert "王 &lt;b&gt;" in answer.text
    kept = fields_of(answer)
    assert kept["receipt"] == fields_of(page)["receipt"]
    assert kept["overall"] == ["2"]
    assert kept["tag"] == ["态度热情"]
    assert kept["reach"] == ["contact"]
    assert [kept[name] for name in others] == [["2"]] * len(others)
    assert "字" * 2001 in answer.text
    assert ratings() == []


def test_an_empty_form_names_every_question(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    answer = form.send(dict(fields_of(page)))
    assert answer.status_code == 422
    assert answer.text.count("请为这一项选择等级") == 2 * 8
    assert "请选择总体评价。" in answer.text


@pytest.mark.parametrize("level", ["9", "-1", "五", "99999999999", "1.5", ""])
def test_a_level_that_is_none_is_refused(city: City, form_of: Forms, level: str) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    data = form.filled(page) | {levels_asked(page)[0]: level}
    assert form.send(data).status_code == 422
    assert ratings() == []


def test_dont_know_is_an_answer_but_not_overall(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    answers = dict.fromkeys(levels_asked(page), "0")
    data = {**fields_of(page), **answers, "overall": "0"}
    assert form.send(data).status_code == 422
    assert form.send({**data, "overall": "3"}).status_code == 201
    assert ratings()[0].levels == [0] * 8


def test_a_contact_is_kept_only_by_choice(city: City, form_of: Forms) -> None:
    campaign = city.campaign()
    typed = {"name": "王女士", "phone": "13800000000"}
    anonymous, reachable = (form_of(campaign, city.departments[0]) for _ in range(2))
    sent = anonymous.send(anonymous.filled(anonymous.open(), **typed))
    assert sent.status_code == 201
    assert ratings()[0].contact_sealed is None
    page = reachable.open()
    assert reachable.send(reachable.filled(page, reach="contact", **typed)).status_code == 201
    assert sorted(rating.contact_sealed is None for rating in ratings()) == [False, True]


def test_pictures_outlive_a_mistake_elsewhere(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    data = form.filled(page, pictures=[(picture(), "a.jpg"), (picture((1, 2, 3)), "b.jpg")])
    answer = form.send({**data, "overall": ""})
    assert answer.status_code == 422
    kept = fields_of(answer)["photo"]
    assert len(kept) == 2
    assert form.send(form.filled(answer)).status_code == 201
    (rating,) = ratings()
    assert rating.photo_count == 2
    photos = db.session.scalars(select(Photo).order_by(Photo.position)).all()
    assert [str(photo.id) for photo in photos] == kept
    assert {photo.state for photo in photos} == {PhotoState.WAITING}


def test_a_picture_can_be_taken_back(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    answer = form.send({**form.filled(page, pictures=(picture(), "a.jpg")), "overall": ""})
    data = form.filled(answer)
    del data["photo"]
    assert form.send(data).status_code == 201
    assert ratings()[0].photo_count == 0


def test_what_is_no_picture_is_named_and_the_rest_kept(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    data = form.filled(page, pictures=[(io.BytesIO(b"%PDF"), "证件.pdf"), (picture(), "good.jpg")])
    answer = form.send(data)
    assert answer.status_code == 422
    assert "证件.pdf：图片无法识别" in answer.text
    assert len(fields_of(answer)["photo"]) == 1


def test_a_seventh_picture_is_refused(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    files = [(picture((place, 0, 0)), f"{place}.jpg") for place in range(0, 210, 30)]
    answer = form.send(form.filled(page, pictures=files))
    assert answer.status_code == 422
    assert "最多 6 张图片" in answer.text


def test_sending_twice_gives_the_same_answer_with_pictures_too(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    first = form.send(form.filled(page, pictures=(picture(), "a.jpg")))
    again = form.send(form.filled(page, pictures=(picture(), "a.jpg")))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.text == again.text
    assert len(ratings()) == 1
    assert len(db.session.scalars(select(Photo)).all()) == 1


def test_a_double_click_is_one_rating_with_one_picture(
    app: APIFlask, city: City, form_of: Forms
) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    answers = []

    def click() -> None:
        own = Form(app.test_client(), form.code)
        answers.append(own.send(form.filled(page, pictures=(picture(), "a.jpg"))))

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.text for answer in answers}) == 1
    assert len(ratings()) == 1
    assert db.session.scalars(select(Photo)).one().evaluation_id == ratings()[0].id


def test_a_retry_gets_the_first_answer_after_the_close(city: City, form_of: Forms) -> None:
    campaign = city.campaign()
    form = form_of(campaign, city.departments[0])
    page = form.open()
    first = form.send(form.filled(page, pictures=(picture(), "a.jpg")))
    close_and_settle(campaign.id)
    again = form.send(form.filled(page, pictures=(picture(), "a.jpg")))
    assert (again.status_code, again.text) == (201, first.text)


def test_other_content_under_the_same_receipt_is_not_taken(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    page = form.open()
    assert form.send(form.filled(page, 5)).status_code == 201
    answer = form.send(form.filled(page, 1))
    assert answer.status_code == 422
    assert "这份评价已经提交过" in answer.text
    assert ratings()[0].overall == 5


def test_a_used_code_says_so_on_sending_with_the_way_to_the_receipt(
    city: City, form_of: Forms
) -> None:
    form = form_of(city.campaign(), city.departments[0])
    form.send(form.filled(form.open()))
    again = form.open()
    assert again.status_code == 200, "opening the form tells nobody whether the code was used"
    answer = form.send(form.filled(again))
    assert answer.status_code == 409
    assert "这个评价码已经用过" in answer.text
    assert 'href="/receipt"' in answer.text


def test_a_second_person_with_the_same_code_is_refused(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    first, second = form.open(), form.open()
    assert form.send(form.filled(first)).status_code == 201
    answer = form.send(form.filled(second, pictures=(picture(), "a.jpg")))
    assert answer.status_code == 409
    assert "这个评价码已经用过" in answer.text
    (left,) = db.session.scalars(select(Photo)).all()
    assert left.evaluation_id is None, "the picture belongs to no rating; the day's job removes it"


def test_an_unknown_code_has_a_page_of_its_own(client: FlaskClient, city: City) -> None:
    for path in ("/rate/0000-0000-0000", "/rate/nonsense", "/rate/%00"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "没有这个评价码" in answer.text
    assert client.post("/rate/0000-0000-0000", data={}).status_code == 404


def test_a_closed_campaign_points_to_the_board(city: City, form_of: Forms) -> None:
    campaign = city.campaign()
    form = form_of(campaign, city.departments[0])
    page = form.open()
    close(campaign.id)
    form.client.application.extensions.pop("evaluation_forms")
    for answer in (form.open(), form.send(form.filled(page))):
        assert answer.status_code == 409
        assert "评价已经结束" in answer.text
        assert 'href="/board"' in answer.text


def test_a_campaign_that_has_not_begun_says_when_it_will(city: City, form_of: Forms) -> None:
    campaign = city.campaign()
    form = form_of(campaign, city.departments[0])
    with transaction():
        found = db.session.get_one(Campaign, campaign.id)
        found.opens_at = clock.now() + timedelta(days=1)
    answer = form.open()
    assert answer.status_code == 409
    assert "评价还没有开始" in answer.text
    assert "开始时间" in answer.text


def test_a_paused_campaign_asks_to_come_back(app: APIFlask, city: City, form_of: Forms) -> None:
    campaign = city.campaign()
    form = form_of(campaign, city.departments[0])
    page = form.open()
    key_ring().destroy(key_name(campaign.id))
    assert form.send(form.filled(page)).status_code == 503
    answer = form.open()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "300"
    assert "评价暂停中" in answer.text


def test_a_typed_code_leads_to_its_form(city: City, client: FlaskClient) -> None:
    campaign = city.campaign()
    code = city.codes(campaign, city.departments[0], 1)[0]
    answer = client.get("/rate/", query_string={"code": f" {code.lower()} "})
    assert answer.status_code == 303
    assert client.get(answer.headers["Location"]).status_code == 200
    wrong = client.get("/rate/", query_string={"code": "<abc>"})
    assert wrong.status_code == 422
    assert "&lt;abc&gt;" in wrong.text


def test_a_departments_qr_code_asks_for_the_code_of_the_visit(
    city: City, client: FlaskClient
) -> None:
    city.campaign()
    answer = client.get(f"/rate/d{city.departments[0].id}")
    assert answer.status_code == 200
    assert "评价市场监督管理局" in answer.text
    assert 'name="code"' in answer.text
    assert client.post(f"/rate/d{city.departments[0].id}", data={}).status_code == 404


def test_a_form_without_its_receipt_is_refused(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    data = form.filled(form.open())
    assert form.send({**data, "receipt": "short"}).status_code == 400
    assert ratings() == []


def test_no_page_shows_a_level_again_after_it_was_taken_in(city: City, form_of: Forms) -> None:
    form = form_of(city.campaign(), city.departments[0])
    answer = form.send(form.filled(form.open(), 1))
    assert "不满意" not in answer.text
