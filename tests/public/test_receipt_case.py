"""The web page of a receipt shows its case, and takes an answer and the last word."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.core import clock
from server.core.database import db
from server.evaluation.models import Evaluation
from server.rectification.models import CaseEvent
from server.rectification.rules import EventKind, WordState
from tests.factories.cases import (
    CONTACT,
    Poor,
    answer_as_department,
    only_case,
    rate_poorly,
    registered,
    service_campaign,
)
from tests.factories.city import City
from tests.factories.rating import Phone


@pytest.fixture
def poor(phone: Callable[[str], Phone], city: City) -> Poor:
    """A registered poor rating, answered by its department."""
    made = rate_poorly(
        phone("anna"), service_campaign(city), city.departments[0].id, contact=CONTACT
    )
    registered(made)
    answer_as_department(city, only_case(), "已经整改", now=clock.now())
    return made


def post(client: FlaskClient, poor: Poor, path: str, **form: str) -> str:
    answer = client.post(path, data={"campaign": poor.campaign.id, "receipt": poor.receipt, **form})
    return f"{answer.status_code} {answer.text}"


def words(kind: EventKind) -> list[CaseEvent]:
    db.session.expire_all()
    return list(db.session.scalars(select(CaseEvent).where(CaseEvent.kind == kind.value)))


def test_the_page_shows_stage_limit_and_timeline_without_a_name(
    client: FlaskClient, poor: Poor
) -> None:
    page = post(client, poor, "/receipt")
    assert page.startswith("200")
    for text in ("办理进展：已答复", "已经整改", "答复时限", "问题解决了吗"):
        assert text in page
    assert "同志" not in page


def test_a_page_without_a_case_shows_none(
    client: FlaskClient, phone: Callable[[str], Phone], city: City
) -> None:
    quiet = rate_poorly(phone("bert"), city.campaign(), city.departments[0].id)
    assert "办理进展" not in post(client, quiet, "/receipt")


def test_an_answer_from_the_web_waits_for_a_person(client: FlaskClient, poor: Poor) -> None:
    page = post(client, poor, "/receipt/answer", word="还没有\r\n解决")
    assert page.startswith("200")
    (event,) = words(EventKind.RATER_ANSWERED)
    assert (event.text, event.word_state) == ("还没有\n解决", WordState.HELD)
    assert "审核后部门才能看到" in page


def test_an_empty_or_endless_answer_is_refused(client: FlaskClient, poor: Poor) -> None:
    for word in ("", "  ", "长" * 2001, "\x00"):
        assert post(client, poor, "/receipt/answer", word=word).startswith("422")
    assert words(EventKind.RATER_ANSWERED) == []


def test_the_last_word_needs_a_choice(client: FlaskClient, poor: Poor) -> None:
    assert post(client, poor, "/receipt/follow-up").startswith("422")
    assert post(client, poor, "/receipt/follow-up", solved="no").startswith("200")
    assert len(words(EventKind.NOT_SOLVED)) == 1
    assert "退回重办" in post(client, poor, "/receipt")


def test_the_form_of_a_survey_offers_to_have_it_handled_now(
    client: FlaskClient, city: City
) -> None:
    campaign, department = city.campaign(), city.departments[0]
    code = city.codes(campaign, department)[0]
    page = client.get(f"/rate/{code}").text
    assert "现在就请处理" in page
    assert "只有您这一份评价" in page


def test_the_form_of_a_visit_does_not(client: FlaskClient, city: City) -> None:
    code = city.codes(service_campaign(city), city.departments[0])[0]
    assert "现在就请处理" not in client.get(f"/rate/{code}").text


def test_the_tick_on_the_web_is_kept_and_refused_with_a_good_rating(
    client: FlaskClient, phone: Callable[[str], Phone], city: City
) -> None:
    campaign, department = city.campaign(), city.departments[0]
    leaves = phone("anna").form(campaign.id, department.id)["leaves"]
    for code, level, status in zip(
        city.codes(campaign, department), "41", (422, 201), strict=False
    ):
        form = {"receipt": "C" * 42 + "A", "overall": level, "handle_now": "1"}
        form |= {f"level-{leaf['id']}": level for leaf in leaves}
        answer = client.post(f"/rate/{code}", data=form)
        assert answer.status_code == status, answer.text
    assert db.session.scalars(select(Evaluation.handle_now)).all() == [True]
