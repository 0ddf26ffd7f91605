"""What a receipt opens of its case: read, answer, the last word, being told; nobody's name."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import receipt_cases, registering
from server.notifications.models import Notice
from server.rectification import service as rectification
from server.rectification.models import Case, CaseEvent, CaseOrigin, CaseWatch
from server.rectification.rules import EventKind, Stage, WordState
from server.wechat.platform import PlatformAway
from tests.factories.cases import (
    CONTACT,
    People,
    Poor,
    answer_as_department,
    origins,
    rate_poorly,
    registered,
    service_campaign,
)
from tests.factories.city import City, member_id_of
from tests.factories.pairings import represent
from tests.factories.rating import new_receipt


@pytest.fixture
def poor(phone: People, city: City) -> Poor:
    """A registered poor rating of the first department."""
    made = rate_poorly(
        phone("anna"), service_campaign(city), city.departments[0].id, contact=CONTACT
    )
    registered(made)
    return made


def case_of(poor: Poor) -> dict[str, object]:
    answer = poor.ask("/case")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json["case"]
    return found


def the_case() -> Case:
    db.session.expire_all()
    return db.session.scalars(select(Case)).one()


def answered(city: City, *, text: str = "已经整改") -> None:
    answer_as_department(city, the_case(), text, now=clock.now())


def follow_up(poor: Poor, *, solved: bool, word: str = "") -> TestResponse:
    return poor.ask("/case/follow-up", "POST", {"solved": solved, "word": word})


def events(kind: EventKind) -> list[CaseEvent]:
    db.session.expire_all()
    return list(db.session.scalars(select(CaseEvent).where(CaseEvent.kind == kind.value)))


def test_the_receipt_alone_shows_stage_limit_and_timeline(poor: Poor, city: City) -> None:
    answered(city)
    answer = poor.ask_unknown("/case")
    assert answer.status_code == 200
    found = answer.json["case"]
    assert found["stage"] == "answered"
    assert found["department"]["name"] == city.departments[0].name
    assert found["rectify_due_at"]
    assert [line["kind"] for line in found["lines"]] == ["registered", "accepted", "answered"]
    assert found["lines"][-1]["text"] == "已经整改"
    assert found["may"] == {"answer": True, "follow_up": True, "watch": True}
    assert found["watching"] is False


def test_no_internal_line_and_no_officials_name_is_shown(poor: Poor, city: City) -> None:
    case, now = the_case(), clock.now()
    with transaction():
        rectification.accept(case.id, actor=city.actors["liaison"], now=now)
        rectification.note(case.id, "内部备注", actor=city.actors["liaison"], now=now)
        rectification.show_contact(origins()[0].id, actor=city.actors["liaison"], now=now)
    text = str(poor.ask("/case").json)
    assert "签收" in text
    assert "内部备注" not in text
    assert "contact_shown" not in text
    assert "同志" not in text
    assert str(city.accounts["liaison"].id) not in text
    ids = [line["id"] for line in case_of(poor)["lines"]]  # type: ignore[attr-defined,index]
    assert ids == list(range(1, len(ids) + 1)), "no gap tells of an internal line"


def test_a_rating_without_a_case_tells_nothing(phone: People, city: City) -> None:
    for level in (1, 5):
        quiet = rate_poorly(phone(f"p{level}"), city.campaign(), city.departments[0].id, level)
        assert quiet.ask("/case").json == {"case": None}
        assert quiet.ask("/case/answers", "POST", {"text": "好"}).status_code == 404


def test_a_wrong_receipt_opens_nothing(poor: Poor) -> None:
    stranger = Poor(poor.campaign, poor.phone, new_receipt())
    assert stranger.ask("/case").status_code == 404
    assert follow_up(stranger, solved=False).status_code == 404


def test_an_answer_from_the_mini_program_is_checked_by_the_platform(poor: Poor) -> None:
    answer = poor.ask("/case/answers", "POST", {"text": "还是没有解决"})
    assert answer.status_code == 201, answer.text
    (event,) = events(EventKind.RATER_ANSWERED)
    assert event.word_state == WordState.PASSED
    assert (event.account_id, event.role) == (None, "rater")


def test_an_answer_without_sign_in_waits_for_a_person(poor: Poor, city: City) -> None:
    poor.ask_unknown("/case/answers", "POST", {"text": "还是没有解决"})
    (event,) = events(EventKind.RATER_ANSWERED)
    assert event.word_state == WordState.HELD
    own = case_of(poor)["lines"][-1]  # type: ignore[index]
    assert (own["text"], own["own"], own["word_state"]) == ("还是没有解决", True, "held")


def test_words_are_held_when_the_platform_objects_or_is_away(
    poor: Poor, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def check_text(self, openid: str, text: str) -> object:
            raise PlatformAway

    monkeypatch.setattr(receipt_cases, "current_platform", Away)
    answer = poor.ask("/case/answers", "POST", {"text": "平台没有回答"})
    assert answer.status_code == 201, answer.text
    assert events(EventKind.RATER_ANSWERED)[0].word_state == WordState.HELD


def test_a_second_tap_answers_once(poor: Poor) -> None:
    for _ in range(2):
        assert poor.ask("/case/answers", "POST", {"text": "同一句话"}).status_code == 201
    poor.ask("/case/answers", "POST", {"text": "另一句话"})
    assert len(events(EventKind.RATER_ANSWERED)) == 2


def test_a_raters_line_keeps_the_day_alone(poor: Poor) -> None:
    poor.ask("/case/answers", "POST", {"text": "请回复"})
    line = case_of(poor)["lines"][-1]  # type: ignore[index]
    assert line["at"] is None
    assert line["on"] == clock.today().isoformat()


def test_not_solved_takes_the_case_up_again_once_and_then_it_goes_to_the_inspector(
    poor: Poor, city: City
) -> None:
    assert follow_up(poor, solved=False).json["code"] == "case_not_answered"
    answered(city)
    answer = follow_up(poor, solved=False, word="没有")
    assert answer.status_code == 201, answer.text
    assert answer.json["case"]["stage"] == Stage.REOPENED
    assert answer.json["case"]["may"]["follow_up"] is False
    answer_as_department(city, the_case(), "重新整改", now=clock.now() + timedelta(hours=1))
    assert follow_up(poor, solved=False).json["case"]["stage"] == Stage.WITH_INSPECTOR


def test_solved_closes_the_case_and_a_second_tap_changes_nothing(poor: Poor, city: City) -> None:
    answered(city)
    assert follow_up(poor, solved=True).json["case"]["stage"] == Stage.CLOSED
    assert follow_up(poor, solved=True).status_code == 201
    assert follow_up(poor, solved=False).json["code"] == "case_followed_up"
    assert len(events(EventKind.SOLVED)) == 1
    found = case_of(poor)
    assert (found["closed_by_label"], found["may"]) == (
        "评价人认可",
        {"answer": False, "follow_up": False, "watch": False},
    )


def test_another_raters_words_are_not_shown(phone: People, poor: Poor, city: City) -> None:
    other = rate_poorly(phone("bert"), poor.campaign, city.departments[0].id, contact=CONTACT)
    second = Poor(poor.campaign, other.phone, other.receipt)
    registering.register_at_once(now=clock.now())
    assert len(origins()) == 2
    assert len({one.case_id for one in origins()}) == 1
    poor.ask("/case/answers", "POST", {"text": "我的电话没人接"})
    assert "我的电话没人接" not in str(second.ask("/case").json)
    assert "我的电话没人接" in str(poor.ask("/case").json)


def test_watching_links_member_and_case_until_it_is_taken_back(poor: Poor, city: City) -> None:
    assert poor.ask_unknown("/case/watch", "PUT").status_code == 401
    assert poor.ask("/case/watch", "PUT").json["case"]["watching"] is True
    assert poor.ask("/case/watch", "PUT").status_code == 200
    watch = db.session.scalars(select(CaseWatch)).one()
    assert watch.member_id == member_id_of(poor.phone.token)
    assert poor.ask_unknown("/case").json["case"]["watching"] is False
    assert poor.ask("/case/watch", "DELETE").json["case"]["watching"] is False
    assert db.session.scalars(select(CaseWatch)).all() == []


def test_a_closed_case_is_watched_no_more(poor: Poor, city: City) -> None:
    poor.ask("/case/watch", "PUT")
    answered(city)
    follow_up(poor, solved=True)
    db.session.expire_all()
    assert db.session.scalars(select(CaseWatch)).all() == []
    assert poor.ask("/case/watch", "PUT").status_code == 409


def test_after_the_closing_nothing_joins_the_member_with_case_or_rating(
    poor: Poor, city: City
) -> None:
    poor.ask("/case/watch", "PUT")
    answered(city)
    follow_up(poor, solved=True)
    db.session.expire_all()
    case, origin = (
        db.session.scalars(select(Case)).one(),
        db.session.scalars(select(CaseOrigin)).one(),
    )
    (notice,) = db.session.scalars(
        select(Notice).where(Notice.member_id == member_id_of(poor.phone.token))
    ).all()
    events = db.session.scalars(select(CaseEvent.id)).all()
    told = " ".join(str(getattr(notice, column.name)) for column in Notice.__table__.columns)
    for name in (case.id, case.number, case.title, origin.origin_id, origin.origin_id[-36:]):
        assert str(name) not in told
    assert not {notice.occasion, notice.subject_id} & {str(one) for one in [origin.id, *events]}


def test_no_answer_holds_a_level(poor: Poor, city: City) -> None:
    answered(city)
    text = poor.ask("/case").text
    assert "levels" not in text
    assert "overall" not in text


def test_a_representative_alone_speaks_for_an_organisation(client: FlaskClient, city: City) -> None:
    campaign, anna = city.campaign(), represent(client, "anna", city.enterprise)
    made = rate_poorly(
        anna, campaign, city.departments[0].id, enterprise=city.enterprise.id, handle_now=True
    )
    registered(made)
    assert made.ask_unknown("/case/answers", "POST", {"text": "好"}).status_code == 403
    assert made.ask("/case/answers", "POST", {"text": "好"}).status_code == 201


def test_nothing_of_the_rater_stands_with_an_answer(poor: Poor) -> None:
    poor.ask("/case/answers", "POST", {"text": "请回复"})
    member = str(member_id_of(poor.phone.token))
    (event,) = events(EventKind.RATER_ANSWERED)
    row = {column.name: str(getattr(event, column.name)) for column in CaseEvent.__table__.columns}
    assert not any(member in value for value in row.values())
    assert db.session.scalars(select(CaseOrigin)).one().id == event.origin_id
