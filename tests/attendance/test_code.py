"""The rotating code: fresh, late, from the future, foreign, forged, replayed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from server.attendance.models import Attendance, Evidence
from server.attendance.rules import DOUBT_MESSAGES, PRESENT_MESSAGE, Doubt
from server.core import clock
from server.core.database import db
from tests.attendance.conftest import Hall, HallFactory
from tests.factories.rating import Phone


def rows() -> tuple[int, int]:
    db.session.rollback()
    evidence = db.session.scalar(select(func.count()).select_from(Evidence))
    attendance = db.session.scalar(select(func.count()).select_from(Attendance))
    return evidence or 0, attendance or 0


def test_a_fresh_code_counts_at_once(hall: Hall) -> None:
    anna = hall.guest("anna")
    answer = hall.send(anna)
    assert answer.status_code == 200, answer.text
    assert answer.json["presence"] == "present"
    assert answer.json["kinds"] == ["code"]
    assert answer.json["doubts"] == []
    assert answer.json["message"] == PRESENT_MESSAGE
    assert answer.json["came_at"]
    assert hall.mine(anna)["my"]["presence"] == "present"


def test_a_code_delivered_within_a_minute_of_its_step_counts(hall: Hall) -> None:
    shown = clock.now() - timedelta(seconds=58)
    assert hall.send(hall.guest("anna"), code=hall.code(shown)).json["presence"] == "present"


def test_a_later_code_is_a_question_and_no_check_in(hall: Hall) -> None:
    forwarded = hall.code(clock.now() - timedelta(seconds=80))
    answer = hall.send(hall.guest("dora"), code=forwarded)
    assert answer.status_code == 200
    assert answer.json["presence"] == "question"
    assert answer.json["doubts"] == ["late"]
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.LATE]
    assert hall.overview()["counts"]["question"] == 1


def test_a_code_delivered_days_later_is_a_question(hall: Hall) -> None:
    scanned = hall.code(clock.now() - timedelta(hours=1))
    hall.ended(timedelta(days=2))
    scanned = hall.code(clock.now() - timedelta(days=2, hours=1))
    answer = hall.send(hall.guest("anna", joined=False), code=scanned)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["late"])


def test_a_code_from_the_future_is_a_question_with_its_own_message(hall: Hall) -> None:
    answer = hall.send(hall.guest("anna"), code=hall.code(clock.now() + timedelta(minutes=5)))
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["from_future"])
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.FROM_FUTURE]


def test_an_organisers_clock_that_is_seconds_ahead_is_no_matter(hall: Hall) -> None:
    ahead = hall.code(clock.now() + timedelta(seconds=12))
    assert hall.send(hall.guest("anna"), code=ahead).json["presence"] == "present"


def test_a_code_outside_the_times_is_a_question(make_hall: HallFactory) -> None:
    now = clock.now()
    later = make_hall(starts_at=now + timedelta(hours=3), ends_at=now + timedelta(hours=4))
    answer = later.send(later.guest("anna"))
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["outside_times"])
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.OUTSIDE_TIMES]


def test_another_activitys_code_is_named_as_such_and_stores_nothing(
    make_hall: HallFactory,
) -> None:
    one, other = make_hall(), make_hall()
    answer = one.send(one.guest("anna"), code=other.code())
    assert answer.status_code == 409
    assert answer.json["code"] == "code_of_other_activity"
    assert "另一项活动" in answer.json["detail"]
    assert rows() == (0, 0)


@pytest.mark.parametrize("place", [-1, -12, 6])
def test_a_forged_code_is_refused(hall: Hall, place: int) -> None:
    code = list(hall.code())
    code[place] = "1" if code[place] != "1" else "2"
    answer = hall.send(hall.guest("anna"), code="".join(code))
    assert answer.status_code in {409, 422}
    assert answer.json["code"] in {"code_forged", "code_malformed"}
    assert rows() == (0, 0)


@pytest.mark.parametrize(
    "text", ["hello", "RH1.1.2.3", "RH1.１.2." + "0" * 20, "http://x", "RH1." + "9" * 150, "\0"]
)
def test_what_is_no_code_is_told_apart_from_a_forged_one(hall: Hall, text: str) -> None:
    answer = hall.send(hall.guest("anna"), code=text)
    assert answer.status_code == 422
    assert answer.json["code"] == "code_malformed"
    assert rows() == (0, 0)


def test_a_members_code_scanned_by_a_member_says_what_to_scan(hall: Hall) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    answer = hall.send(anna, code=hall.own_code(ben))
    assert answer.status_code == 422
    assert answer.json["code"] == "code_not_rotating"


def test_a_repeated_delivery_gets_the_same_answer_and_changes_nothing(hall: Hall) -> None:
    anna = hall.guest("anna")
    body = {"id": str(uuid4()), "code": hall.code()}
    first, second = hall.send(anna, **body), hall.send(anna, **body)
    assert first.json == second.json
    assert hall.send(anna).json["came_at"] == first.json["came_at"]
    assert rows() == (1, 1)


def test_an_id_that_another_used_keeps_nobody_from_checking_in(hall: Hall) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    used = str(uuid4())
    for guest in (anna, ben):
        assert hall.send(guest, id=used).json["presence"] == "present"
    assert rows() == (2, 2)


def test_a_fresh_code_answers_the_question_of_a_late_one(hall: Hall) -> None:
    anna = hall.guest("anna")
    late = hall.code(clock.now() - timedelta(minutes=5))
    assert hall.send(anna, code=late).json["presence"] == "question"
    answer = hall.send(anna)
    assert (answer.json["presence"], answer.json["doubts"]) == ("present", [])
    assert hall.send(anna, code=late).json["presence"] == "present"
    assert rows() == (1, 1)


def test_an_unbound_phone_is_told_to_bind(hall: Hall) -> None:
    phone = Phone.of(hall.client, "nobody-yet")
    answer = hall.client.get(f"{hall.address}/check-in", headers=phone.headers)
    assert (answer.status_code, answer.json["code"]) == (403, "person_not_bound")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "draft", "announced_at": None}, "activity_unknown"),
        ({"state": "cancelled", "announced_at": None}, "activity_unknown"),
        ({"state": "cancelled"}, "check_in_cancelled"),
    ],
)
def test_an_activity_that_does_not_take_place_takes_no_check_in(
    hall: Hall, change: dict[str, str | None], code: str
) -> None:
    anna = hall.guest("anna")
    hall.change(**change)
    assert hall.send(anna).json["code"] == code
    sheet = hall.client.get(f"{hall.address}/check-in", headers=anna.headers)
    assert sheet.status_code == (404 if code == "activity_unknown" else 200)


def test_after_thirty_days_nothing_is_taken_any_more(hall: Hall) -> None:
    anna = hall.guest("anna")
    hall.ended(timedelta(days=30, minutes=1))
    assert hall.send(anna).json["code"] == "check_in_over"


def test_two_kinds_are_asked_where_the_activity_wants_two(make_hall: HallFactory) -> None:
    hall = make_hall(evidence_needed=2)
    anna = hall.guest("anna")
    first = hall.send(anna)
    assert first.json["presence"] == "incomplete"
    assert "还需要另一种方式" in first.json["message"]
    assert "到达活动地点" in first.json["message"]
    assert hall.send(anna).json["presence"] == "incomplete"
    both = hall.at_place(anna)
    assert both.json["presence"] == "present"
    assert both.json["kinds"] == ["place", "code"]


def test_a_kind_that_the_activity_does_not_take_is_refused(make_hall: HallFactory) -> None:
    hall = make_hall(evidence=["place"])
    answer = hall.send(hall.guest("anna"))
    assert (answer.status_code, answer.json["code"]) == (422, "evidence_not_accepted")
