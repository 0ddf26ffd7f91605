"""The organiser's word: by hand, on questions, changed; the office's after a week; leaving."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.activities import service as activity_service
from server.attendance import queries, service
from server.attendance.models import Attendance, Evidence
from server.attendance.rules import NOT_GONE_MESSAGE, Doubt, Phase, Presence
from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import service as membership
from server.membership.rules import Post
from tests.attendance.conftest import Hall, HallFactory
from tests.factories.city import City
from tests.factories.identity import actor_in
from tests.factories.members import Comrade, PersonFactory


def late(hall: Hall, guest: Comrade) -> None:
    """Let somebody ask a question: the code of ten minutes ago."""
    answer = hall.send(guest, code=hall.code(clock.now() - timedelta(minutes=10)))
    assert answer.json["presence"] == "question"


def notices(hall: Hall, guest: Comrade) -> list[str]:
    answer = hall.client.get("/api/v1/me/notices", headers=guest.headers)
    return [item["body"] for item in answer.json["items"] if item["kind"] == "check_in_decided"]


def attendance() -> Attendance:
    db.session.rollback()
    return db.session.scalars(select(Attendance)).one()


@pytest.mark.parametrize("needed", [1, 2])
def test_the_organisers_word_suffices_whatever_is_asked_for(
    make_hall: HallFactory, needed: int
) -> None:
    hall = make_hall(evidence=["photo", "place"], evidence_needed=needed)
    anna = hall.guest("anna")
    answer = hall.decide(anna)
    assert (answer.json["presence"], answer.json["kinds"]) == ("present", ["organiser"])
    assert notices(hall, anna) == ["组织者已确认您到场。"]
    # Signed by the person: a new phone is no new organiser, and no phone is named.
    assert attendance().decided_by == hall.organiser.id
    db.session.rollback()
    assert db.session.scalars(select(Evidence.given_by)).one() == hall.organiser.id


@pytest.mark.parametrize(
    ("present", "presence", "told"), [(True, "present", "到场"), (False, "absent", "没有到场")]
)
def test_a_question_is_answered_yes_or_no_and_the_member_is_told(
    hall: Hall, *, present: bool, presence: str, told: str
) -> None:
    dora = hall.guest("dora")
    late(hall, dora)
    assert [one.doubts for one in queries.questions(hall.organiser.actor, now=clock.now())] == [
        [Doubt.LATE]
    ]
    answer = hall.decide(dora, present=present)
    assert answer.json["presence"] == presence
    assert told in notices(hall, dora)[0]
    assert queries.questions(hall.organiser.actor, now=clock.now()) == []
    (item,) = hall.overview()["items"]
    assert item["decided"]


def test_a_late_codes_time_is_believed_once_the_organiser_says_yes(hall: Hall) -> None:
    dora = hall.guest("dora")
    late(hall, dora)
    hall.decide(dora)
    came = attendance().came_at
    assert came is not None
    assert came < clock.now() - timedelta(minutes=9)


def test_a_no_holds_against_later_evidence_and_can_be_changed(hall: Hall) -> None:
    dora = hall.guest("dora")
    late(hall, dora)
    hall.decide(dora, present=False)
    assert hall.send(dora).json["presence"] == "absent"
    assert hall.decide(dora).json["presence"] == "present"
    assert hall.decide(dora, present=False).json["presence"] == "absent"
    db.session.rollback()
    decided = db.session.scalars(
        select(AuditEntry.detail)
        .where(AuditEntry.action == "attendance.decided")
        .order_by(AuditEntry.id)
    ).all()
    assert [entry["present"] for entry in decided] == [False, True, False]
    assert len(notices(hall, dora)) == 3


def test_the_same_word_again_changes_and_tells_nothing(hall: Hall) -> None:
    anna = hall.guest("anna")
    hall.decide(anna)
    changed = attendance().changed_at
    hall.decide(anna)
    assert attendance().changed_at == changed
    assert len(notices(hall, anna)) == 1


def test_who_has_no_place_is_taken_in_by_the_organisers_word(hall: Hall) -> None:
    eve = hall.guest("eve", joined=False)
    assert hall.decide(eve).json["presence"] == "present"
    assert hall.overview()["items"][0]["standing"] == "walk_in"


def test_an_organiser_does_not_confirm_himself(hall: Hall) -> None:
    answer = hall.decide(hall.organiser)
    assert (answer.status_code, answer.json["code"]) == (403, "own_check_in")


def test_members_and_other_branches_organisers_decide_nothing(
    hall: Hall, other_branch: Organisation, person: PersonFactory
) -> None:
    anna = hall.guest("anna")
    foreign = person(other_branch.id, "他支书", key="foreign", post=Post.SECRETARY)
    assert hall.decide(anna, by=hall.guest("ben")).status_code == 403
    assert hall.decide(anna, by=foreign).status_code == 403
    assert hall.decide(anna, by={}).status_code == 401
    for door in ("attendance", "code-key"):
        answer = hall.client.get(f"{hall.address}/{door}", headers=foreign.headers)
        assert answer.status_code == 403


def test_decisions_end_thirty_days_after_the_activity_and_begin_with_it(hall: Hall) -> None:
    anna = hall.guest("anna")
    hall.ended(timedelta(days=29))
    assert hall.decide(anna).json["presence"] == "present"
    hall.ended(timedelta(days=31))
    answer = hall.decide(anna, present=False)
    assert (answer.status_code, answer.json["code"]) == (409, "check_in_over")
    soon = clock.now() + timedelta(hours=3)
    hall.change(starts_at=soon, ends_at=soon + timedelta(hours=1))
    assert hall.decide(anna).json["code"] == "check_in_not_begun"


def test_after_a_week_the_office_answers_what_the_branch_left_open(hall: Hall, city: City) -> None:
    dora = hall.guest("dora")
    late(hall, dora)
    office = city.actors["office1"]
    assert queries.questions(office, now=clock.now()) == []
    with pytest.raises(Refusal, match="not_allowed"), transaction():
        service.decide(hall.id, dora.id, present=True, actor=office, now=clock.now())
    later = clock.now() + timedelta(days=7, minutes=1)
    (question,) = queries.questions(office, now=later)
    assert question.overdue
    assert question.person == dora.id
    with transaction():
        found = service.decide(hall.id, dora.id, present=True, actor=office, now=later)
    assert found.presence is Presence.PRESENT
    assert queries.questions(office, now=later) == []
    with transaction():
        changed = service.decide(hall.id, dora.id, present=False, actor=office, now=later)
    assert changed.presence is Presence.ABSENT


def test_the_office_overrules_no_answer_of_the_branch(hall: Hall, city: City) -> None:
    dora = hall.guest("dora")
    late(hall, dora)
    hall.decide(dora)
    later = clock.now() + timedelta(days=8)
    with pytest.raises(Refusal, match="not_allowed"), transaction():
        service.decide(hall.id, dora.id, present=False, actor=city.actors["office1"], now=later)


def test_nobody_finds_a_question_about_himself_in_the_queue(hall: Hall) -> None:
    with transaction():
        activity_service.join(hall.id, hall.organiser.id, clock.now())
    late(hall, hall.organiser)
    assert queries.questions(hall.organiser.actor, now=clock.now()) == []


def test_party_staff_above_find_the_question_and_an_outsider_does_not(
    hall: Hall, city: City, other_branch: Organisation
) -> None:
    late(hall, hall.guest("dora"))
    now = clock.now()
    assert len(queries.questions(city.actors["party"], now=now)) == 1
    assert queries.questions(actor_in(Role.PARTY_STAFF, other_branch), now=now) == []
    assert queries.questions(city.actors["liaison"], now=now) == []


# Leaving


def test_leaving_is_noted_where_the_activity_asks_for_it(make_hall: HallFactory) -> None:
    hall = make_hall(check_out=True)
    anna = hall.guest("anna")
    hall.send(anna)
    answer = hall.send(anna, phase="out")
    assert answer.json["message"] == "已记录您离开的时间。"
    assert answer.json["left_at"] >= answer.json["came_at"]
    assert (answer.json["presence"], answer.json["phase"]) == ("present", "out")


def test_leaving_may_be_delivered_before_coming(make_hall: HallFactory) -> None:
    hall = make_hall(check_out=True)
    anna, now = hall.guest("anna"), clock.now()
    came, left = now - timedelta(minutes=40), now - timedelta(minutes=5)
    hall.deliver(hall.proof(hall.own_code(anna, left, Phase.OUT), left), anna)
    assert hall.mine(anna)["my"]["presence"] == "incomplete"
    hall.deliver(hall.proof(hall.own_code(anna, came), came), hall.organiser)
    mine = hall.mine(anna)["my"]
    assert mine["presence"] == "present"
    assert mine["came_at"] < mine["left_at"]


def test_nobody_leaves_before_he_came(make_hall: HallFactory) -> None:
    hall = make_hall(check_out=True)
    anna, before = hall.guest("anna"), clock.now() - timedelta(minutes=40)
    hall.deliver(hall.proof(hall.own_code(anna, before, Phase.OUT), before), anna)
    hall.send(anna)
    assert hall.mine(anna)["my"]["left_at"] is None


def test_leaving_is_not_asked_elsewhere(hall: Hall) -> None:
    anna = hall.guest("anna")
    hall.send(anna)
    for answer in (hall.send(anna, phase="out"), hall.decide(anna, phase="out")):
        assert (answer.status_code, answer.json["code"]) == (409, "check_out_not_asked")


def test_the_organiser_confirms_and_takes_back_the_leaving(make_hall: HallFactory) -> None:
    hall = make_hall(check_out=True)
    anna = hall.guest("anna")
    assert hall.decide(anna, phase="out").json["code"] == "not_present_yet"
    hall.decide(anna)
    assert hall.decide(anna, phase="out").json["left"]
    taken_back = hall.decide(anna, phase="out", present=False)
    assert (taken_back.json["presence"], taken_back.json["left"]) == ("present", False)


def test_the_organisers_no_to_leaving_stands_until_the_organisers_yes(
    make_hall: HallFactory,
) -> None:
    hall = make_hall(check_out=True)
    anna = hall.guest("anna")
    hall.send(anna)
    assert hall.send(anna, phase="out").json["left_at"]
    for _ in range(2):
        assert not hall.decide(anna, phase="out", present=False).json["left"]
    assert len(notices(hall, anna)) == 1
    tries = [
        hall.send(anna, phase="out"),
        hall.at_place(anna, phase="out"),
        hall.deliver(hall.proof(hall.own_code(anna, phase=Phase.OUT)), anna),
    ]
    for answer in tries:
        assert (answer.json["left_at"], answer.json["message"]) == (None, NOT_GONE_MESSAGE)
    assert hall.decide(anna, phase="out").json["left"]


def test_a_no_to_leaving_stands_before_anything_was_shown(make_hall: HallFactory) -> None:
    hall = make_hall(check_out=True)
    anna = hall.guest("anna")
    hall.send(anna)
    hall.decide(anna, phase="out", present=False)
    assert hall.send(anna, phase="out").json["left_at"] is None


def test_evidence_that_was_answered_no_is_rejected_and_kept(hall: Hall) -> None:
    dora = hall.guest("dora")
    late(hall, dora)
    hall.decide(dora, present=False)
    db.session.rollback()
    assert db.session.scalars(select(Evidence.outcome)).all() == ["rejected"]


def test_of_those_who_neither_joined_nor_came_only_candidates_are_decided_on(
    hall: Hall, other_branch: Organisation, person: PersonFactory
) -> None:
    foreign = person(other_branch.id, "外支部", key="foreign")
    answer = hall.decide(foreign)
    assert (answer.status_code, answer.json["code"]) == (404, "person_unknown")
    db.session.rollback()
    assert db.session.scalars(select(Attendance)).all() == []
    # Who checks in himself is asked about, whatever his branch.
    hall.send(foreign)
    assert hall.decide(foreign).json["presence"] == "present"


def test_who_has_left_his_branch_since_is_decided_on_all_the_same(hall: Hall) -> None:
    dora = hall.guest("dora")
    late(hall, dora)
    with transaction():
        membership.remove_person(dora.id, actor=SYSTEM, now=clock.now())
    assert hall.decide(dora).json["presence"] == "present"


def test_an_unknown_person_is_not_found(hall: Hall) -> None:
    answer = hall.client.post(
        f"{hall.address}/attendance/00000000-0000-0000-0000-000000000001/decision",
        json={"present": True},
        headers=hall.organiser.headers,
    )
    assert (answer.status_code, answer.json["code"]) == (404, "person_unknown")
