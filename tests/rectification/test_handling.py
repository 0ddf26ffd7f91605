"""What the department does: accepts, calls back, answers in time, proves, extends once."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core.access import Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.pictures import service as pictures
from server.pictures.rules import Purpose
from server.rectification import queries, service
from server.rectification.rules import CallbackOutcome, CaseKind, OriginKind, Stage
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, fresh, lines, origin_of, rated, told
from tests.factories.identity import actor_in

DAY = timedelta(days=1)


def test_a_department_accepts_calls_back_answers_and_asks_for_closing(city: City) -> None:
    case = rated(city, real_name=True)
    liaison = city.actors["liaison"]
    done(lambda: service.accept(case.id, actor=liaison, now=NOON))
    origin = origin_of(case)
    done(lambda: service.show_contact(origin.id, actor=liaison, now=NOON))
    done(
        lambda: service.call_back(
            origin.id, CallbackOutcome.REACHED, "已致歉", actor=liaison, now=NOON + DAY
        )
    )
    done(lambda: service.answer(case.id, "已增设指引牌", actor=liaison, now=NOON + 2 * DAY))
    asked = done(lambda: service.ask_closing(case.id, actor=liaison, now=NOON + 3 * DAY))
    assert asked.stage == Stage.CLOSING_ASKED
    assert lines(case) == [
        *("registered", "accepted", "contact_shown"),
        *("called_back", "answered", "closing_asked"),
    ]
    assert told(city.accounts["office1"].id, "closing_asked") == ["部门申请销号"]
    kept = fresh(case)
    assert kept.accepted_at == NOON
    assert kept.first_answered_at == NOON + 2 * DAY


def test_every_look_at_a_contact_is_recorded_and_unseen_by_raters(city: City) -> None:
    case = rated(city, real_name=True)
    origin = origin_of(case)
    for _ in range(2):
        done(lambda: service.show_contact(origin.id, actor=city.actors["head"], now=NOON))
    looks = db.session.scalars(
        select(AuditEntry.actor_id).where(AuditEntry.action == "case.contact_shown")
    ).all()
    assert looks == [str(city.accounts["head"].id)] * 2
    assert len(queries.timeline(case.id)) == 3
    assert [one.kind for one in queries.timeline(case.id, rater=True)] == ["registered"]


def test_without_a_contact_nobody_is_looked_up_or_called(city: City) -> None:
    origin = origin_of(rated(city))
    for step in (
        lambda: service.show_contact(origin.id, actor=city.actors["liaison"], now=NOON),
        lambda: service.call_back(
            origin.id, CallbackOutcome.REACHED, actor=city.actors["liaison"], now=NOON
        ),
    ):
        with pytest.raises(Refusal) as refused:
            step()
        assert refused.value.code == "case_without_contact"


def test_the_first_try_tells_whether_a_callback_was_in_time(city: City) -> None:
    case = rated(city, real_name=True)
    liaison, origin = city.actors["liaison"], origin_of(case)

    def call(outcome: CallbackOutcome, note: str, days: int) -> None:
        done(
            lambda: service.call_back(
                origin.id, outcome, note, actor=liaison, now=NOON + days * DAY
            )
        )

    with pytest.raises(InvalidInput):
        call(CallbackOutcome.UNREACHABLE, "", 0)
    call(CallbackOutcome.UNREACHABLE, "三次无人接听", 0)
    call(CallbackOutcome.REACHED, "", 5)
    call(CallbackOutcome.UNREACHABLE, "又打了一次", 6)
    found = origin_of(fresh(case))
    assert found.called_back_at == NOON
    assert found.callback_outcome == CallbackOutcome.REACHED


def test_nobody_asks_for_closing_before_real_name_raters_were_called_back(city: City) -> None:
    case = rated(city, real_name=True)
    liaison = city.actors["liaison"]
    done(lambda: service.answer(case.id, "已整改", actor=liaison, now=NOON))
    with pytest.raises(Refusal) as refused:
        service.ask_closing(case.id, actor=liaison, now=NOON)
    assert refused.value.code == "case_callback_missing"


def test_closing_is_asked_of_an_answered_case_alone(city: City) -> None:
    case = rated(city)
    with pytest.raises(Refusal) as refused:
        service.ask_closing(case.id, actor=city.actors["liaison"], now=NOON)
    assert refused.value.code == "case_stage"


def test_internal_measures_are_kept_from_raters(city: City) -> None:
    case = rated(city)
    for text, internal in (("更换窗口人员", False), ("约谈当事人", True)):
        done(
            lambda text=text, internal=internal: service.add_measure(
                case.id, text, internal=internal, actor=city.actors["liaison"], now=NOON
            )
        )
    texts = [one.text for one in queries.timeline(case.id, rater=True)]
    assert "更换窗口人员" in texts
    assert "约谈当事人" not in texts


def test_an_answer_carries_its_pictures_and_takes_nobody_elses(city: City) -> None:
    case = rated(city)
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "JPEG")
    with transaction():
        mine = pictures.store(data.getvalue(), Purpose.CASE, None, now=NOON).id
        other = pictures.store(data.getvalue(), Purpose.FRONTLINE, None, now=NOON).id
    with pytest.raises(Refusal):
        done(
            lambda: service.answer(
                case.id, "见照片", [other], actor=city.actors["liaison"], now=NOON
            )
        )
    done(lambda: service.answer(case.id, "见照片", [mine], actor=city.actors["liaison"], now=NOON))
    answer = queries.timeline(case.id, rater=True)[-1]
    assert [one.id for one in answer.pictures] == [mine]


class TestExtending:
    """One extension, with a reason, before the limit passes."""

    def extend(
        self, city: City, case: object, *, reason: str = "需跨部门会商", days: int = 1
    ) -> None:
        done(
            lambda: service.extend(
                case.id,  # type: ignore[attr-defined]
                reason,
                actor=city.actors["head"],
                now=NOON + days * DAY,
            )
        )

    def test_an_extension_adds_its_days_once(self, city: City) -> None:
        case = rated(city)
        self.extend(city, case)
        assert fresh(case).rectify_due_at == at("2026-12-25 23:59:59")
        with pytest.raises(Refusal) as refused:
            self.extend(city, case)
        assert refused.value.code == "case_extended_already"

    def test_no_extension_without_a_reason_or_after_the_limit(self, city: City) -> None:
        case = rated(city)
        with pytest.raises(InvalidInput):
            self.extend(city, case, reason=" ")
        with pytest.raises(Refusal) as refused:
            self.extend(city, case, days=16)
        assert refused.value.code == "case_limit_passed"


def test_only_the_cases_own_department_handles_it(city: City) -> None:
    case = rated(city, place=1)
    others = [
        city.actors["liaison"],
        city.actors["head"],
        city.actors["office1"],
        actor_in(Role.INSPECTOR, city.departments[1]),
    ]
    for actor in others:
        for step in (
            lambda actor=actor: service.accept(case.id, actor=actor, now=NOON),
            lambda actor=actor: service.answer(case.id, "好", actor=actor, now=NOON),
            lambda actor=actor: service.extend(case.id, "好", actor=actor, now=NOON),
            lambda actor=actor: service.ask_closing(case.id, actor=actor, now=NOON),
        ):
            with pytest.raises(Refusal) as refused:
                step()
            assert refused.value.code == "not_allowed"


def test_nothing_is_done_about_a_closed_case(city: City) -> None:
    case = rated(city)
    done(lambda: service.release_origin(OriginKind.EVALUATION, "1:a", now=NOON))
    for step in (
        lambda: service.accept(case.id, actor=city.actors["liaison"], now=NOON),
        lambda: service.answer(case.id, "好", actor=city.actors["liaison"], now=NOON),
    ):
        with pytest.raises(Refusal) as refused:
            step()
        assert refused.value.code == "case_closed"


class TestTransfer:
    """The office hands a case over that went to the wrong department."""

    def test_the_limits_begin_anew_and_the_former_department_sees_it_no_more(
        self, city: City
    ) -> None:
        case = rated(city, real_name=True)
        done(lambda: service.answer(case.id, "不归我们管", actor=city.actors["head"], now=NOON))
        police = city.departments[1].id
        later = NOON + 4 * DAY
        done(
            lambda: service.transfer(
                case.id, police, "归公安局", actor=city.actors["office1"], now=later
            )
        )
        moved = fresh(case)
        assert (moved.department_id, moved.stage) == (police, Stage.REGISTERED)
        assert moved.rectify_due_at == at("2026-12-14 23:59:59")
        assert origin_of(moved).callback_due_at == at("2026-11-30 23:59:59")
        assert moved.first_answered_at is None
        with pytest.raises(Refusal):
            queries.readable_case(case.id, city.actors["liaison"])

    def test_it_needs_a_reason_and_a_department_that_is_rated(self, city: City) -> None:
        case, office = rated(city), city.actors["office1"]
        with pytest.raises(InvalidInput):
            service.transfer(case.id, city.departments[1].id, "", actor=office, now=NOON)
        for place in (city.enterprise.id, city.departments[0].id):
            with pytest.raises(Refusal):
                service.transfer(case.id, place, "错了", actor=office, now=NOON)

    def test_a_surveys_rating_stays_with_its_department(self, city: City) -> None:
        case = rated(city, kind=CaseKind.SURVEY_RATING)
        with pytest.raises(Refusal) as refused:
            service.transfer(
                case.id, city.departments[1].id, "错了", actor=city.actors["office1"], now=NOON
            )
        assert refused.value.code == "case_not_transferable"

    def test_a_matter_stays_one_case_where_the_other_department_has_it(self, city: City) -> None:
        case = rated(city, "1:a")
        rated(city, "1:b", place=1)
        with pytest.raises(Refusal) as refused:
            service.transfer(
                case.id, city.departments[1].id, "错了", actor=city.actors["office1"], now=NOON
            )
        assert refused.value.code == "uq_case_open_matter"
