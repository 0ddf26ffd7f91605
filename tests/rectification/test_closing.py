"""Closing (销号), follow-up (追评), and that the rated department never has the last word."""

from datetime import timedelta

import pytest
from apiflask import APIFlask

from server.core.access import Actor, ActorKind, Grant, Role
from server.core.errors import InvalidInput, Refusal
from server.rectification import service
from server.rectification.models import Case
from server.rectification.rules import CaseKind, ClosedBy, OriginKind, Stage
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, fresh, lines, origin_of, rated, told
from tests.factories.identity import actor_in, at_once

DAY = timedelta(days=1)
LONG_AFTER = NOON + 40 * DAY


def answered(city: City, case: Case, days: int = 1) -> Case:
    """Have the department answer, some days after the case was registered."""
    done(
        lambda: service.answer(
            case.id, "已整改", actor=city.actors["liaison"], now=NOON + days * DAY
        )
    )
    return fresh(case)


def close(case: Case, closed_by: ClosedBy, actor: Actor, now: object = LONG_AFTER) -> Case:
    return done(  # type: ignore[no-any-return]
        lambda: service.close(case.id, closed_by, "已核实", actor=actor, now=now)  # type: ignore[arg-type]
    )


def not_solved(case: Case, days: int = 2, place: int = 0) -> Case:
    origin = origin_of(case, place)
    done(lambda: service.follow_up(origin.id, False, "没有解决", now=NOON + days * DAY))
    return fresh(case)


class TestTheRatedDepartment:
    """It has no say in closing, whatever else its people are."""

    def refused(self, case: Case, actor: Actor) -> str:
        with pytest.raises(Refusal) as refused:
            close(case, ClosedBy.SILENCE, actor)
        assert fresh(case).stage != Stage.CLOSED
        return refused.value.code

    def test_it_closes_no_case_of_its_own(self, city: City) -> None:
        case = answered(city, rated(city))
        for name in ("liaison", "head"):
            assert self.refused(case, city.actors[name]) == "not_allowed"

    def test_a_head_who_is_of_the_office_too_is_of_the_departments_side(self, city: City) -> None:
        case, place = answered(city, rated(city)), city.departments[0]
        both = Actor(
            ActorKind.ACCOUNT,
            city.accounts["head"].id,
            (
                Grant(Role.HEAD, place.id, place.path),
                Grant(Role.OFFICE, city.root.id, city.root.path),
                Grant(Role.INSPECTOR, place.id, place.path),
            ),
        )
        assert self.refused(case, both) == "case_not_yours_to_decide"
        for step in (
            lambda: service.refuse_closing(case.id, "不", actor=both, now=LONG_AFTER),
            lambda: service.transfer(
                case.id, city.departments[1].id, "错", actor=both, now=LONG_AFTER
            ),
            lambda: service.close(case.id, ClosedBy.INSPECTOR, "好", actor=both, now=LONG_AFTER),
        ):
            with pytest.raises(Refusal) as refused:
                step()
            assert refused.value.code == "case_not_yours_to_decide"

    def test_an_office_inside_the_department_is_its_own(self, city: City) -> None:
        case = answered(city, rated(city))
        assert (
            self.refused(case, actor_in(Role.OFFICE, city.departments[0]))
            == "case_not_yours_to_decide"
        )

    def test_who_answered_for_it_and_then_changed_to_the_office_stays_of_its_side(
        self, city: City
    ) -> None:
        case = answered(city, rated(city))
        changed = Actor(
            ActorKind.ACCOUNT,
            city.accounts["liaison"].id,
            (Grant(Role.OFFICE, city.root.id, city.root.path),),
        )
        assert self.refused(case, changed) == "case_not_yours_to_decide"

    def test_who_stands_in_for_its_head_is_of_its_side(self, city: City) -> None:
        case, place = answered(city, rated(city)), city.departments[0]
        delegate = Actor(
            ActorKind.ACCOUNT,
            city.accounts["office2"].id,
            (
                Grant(Role.OFFICE, city.root.id, city.root.path),
                Grant(Role.HEAD, place.id, place.path, lent_by=city.accounts["head"].id),
            ),
        )
        assert self.refused(case, delegate) == "case_not_yours_to_decide"

    def test_a_case_is_closed_on_no_account_before_an_answer(self, city: City) -> None:
        assert self.refused(rated(city), city.actors["office1"]) == "case_stage"


class TestTheOffice:
    """It closes on the raters' word or silence, the hotline's callback, or evidence."""

    def test_it_closes_after_the_raters_silence(self, city: City) -> None:
        case = answered(city, rated(city))
        office = city.actors["office1"]
        # Answered on the 26th: fifteen days of silence end with 11 December.
        with pytest.raises(Refusal) as refused:
            close(case, ClosedBy.SILENCE, office, at("2026-12-11 23:59:59"))
        assert refused.value.code == "case_silence_short"
        closed = close(case, ClosedBy.SILENCE, office, at("2026-12-12 00:00:00"))
        assert (closed.stage, closed.closed_by) == (Stage.CLOSED, "silence")
        assert told(city.accounts["liaison"].id)[-1] == "已销号"

    def test_the_silence_of_who_joined_later_counts_from_then(self, city: City) -> None:
        case = answered(city, rated(city))
        rated(city, "1:b", now=NOON + 10 * DAY)
        with pytest.raises(Refusal) as refused:
            close(case, ClosedBy.SILENCE, city.actors["office1"], at("2026-12-13 12:00"))
        assert refused.value.code == "case_silence_short"

    def test_it_needs_a_note_and_a_ground(self, city: City) -> None:
        case, office = answered(city, rated(city)), city.actors["office1"]
        with pytest.raises(InvalidInput):
            service.close(case.id, ClosedBy.SILENCE, " ", actor=office, now=LONG_AFTER)
        for ground, code in (
            (ClosedBy.EVIDENCE, "case_has_raters"),
            (ClosedBy.HOTLINE, "case_not_of_hotline"),
            (ClosedBy.RATER, "case_without_word"),
            (ClosedBy.WITHDRAWAL, "not_allowed"),
            (ClosedBy.APPEAL, "not_allowed"),
            (ClosedBy.INSPECTOR, "not_allowed"),
        ):
            with pytest.raises(Refusal) as refused:
                service.close(case.id, ground, "好", actor=office, now=LONG_AFTER)
            assert refused.value.code == code

    def test_an_imported_case_closes_after_the_hotlines_callback(self, city: City) -> None:
        case = rated(city, "7:rating", kind=CaseKind.HOTLINE_RATING, origin_kind=OriginKind.MATTER)
        closed = close(
            answered(city, case), ClosedBy.HOTLINE, city.actors["office1"], NOON + 2 * DAY
        )
        assert closed.closed_by == "hotline"

    def test_a_finding_closes_by_evidence(self, city: City) -> None:
        case = rated(
            city, "d", kind=CaseKind.PATROL, origin_kind=OriginKind.FINDING, basis="第一条"
        )
        assert close(answered(city, case), ClosedBy.EVIDENCE, city.actors["office1"], NOON + DAY)

    def test_a_refused_answer_has_to_be_given_again_with_three_days_for_it(
        self, city: City
    ) -> None:
        case = answered(city, rated(city), days=15)
        done(
            lambda: service.ask_closing(case.id, actor=city.actors["liaison"], now=NOON + 15 * DAY)
        )
        done(
            lambda: service.refuse_closing(
                case.id, "没有照片", actor=city.actors["office1"], now=NOON + 20 * DAY
            )
        )
        back = fresh(case)
        assert (back.stage, back.answered_at) == (Stage.ACCEPTED, None)
        assert back.rectify_due_at == at("2026-12-18 23:59:59")
        # What was refused is no answer in time.
        assert back.first_answered_at is None
        assert told(city.accounts["head"].id)[-1] == "销号未通过"

    def test_two_who_close_at_once_close_once(self, app: APIFlask, city: City) -> None:
        case = answered(city, rated(city))
        steps = [
            lambda name=name: service.close(
                case.id, ClosedBy.SILENCE, "好", actor=city.actors[name], now=LONG_AFTER
            )
            for name in ("office1", "office2")
        ]
        assert sorted(at_once(app, steps)) == ["case_closed", "done"]
        assert lines(case).count("closed") == 1


class TestFollowUp:
    """A rater's last word, once a round."""

    def test_solved_closes_the_case_on_the_raters_word(self, city: City) -> None:
        case = answered(city, rated(city))
        origin = origin_of(case)
        done(lambda: service.follow_up(origin.id, True, "谢谢", now=NOON + 3 * DAY))
        closed = fresh(case)
        assert (closed.stage, closed.closed_by) == (Stage.CLOSED, "rater")
        # The day is told, not the time.
        assert closed.closed_at == at("2026-11-28 00:00")

    def test_it_closes_only_when_all_raters_say_so(self, city: City) -> None:
        case = rated(city)
        rated(city, "1:b")
        answered(city, case)
        first, second = origin_of(case), origin_of(case, 1)
        done(lambda: service.follow_up(first.id, True, now=NOON + 2 * DAY))
        assert fresh(case).stage == Stage.ANSWERED
        done(lambda: service.follow_up(second.id, True, now=NOON + 2 * DAY))
        assert fresh(case).closed_by == "rater"

    def test_any_raters_not_solved_reopens_once_then_it_goes_to_the_inspector(
        self, city: City
    ) -> None:
        case = rated(city)
        rated(city, "1:b")
        answered(city, case)
        first = origin_of(case)
        done(lambda: service.follow_up(first.id, True, now=NOON + 2 * DAY))
        reopened = not_solved(case, place=1)
        assert (reopened.stage, reopened.round) == (Stage.REOPENED, 2)
        assert reopened.rectify_due_at == at("2026-12-12 23:59:59")
        answered(city, case, days=5)
        with_inspector = not_solved(case, days=6, place=1)
        assert with_inspector.stage == Stage.WITH_INSPECTOR
        assert "两次办理仍未解决，转派驻纪检组" in told(city.accounts["inspector"].id)

    def test_a_second_tap_changes_nothing_and_a_changed_mind_is_refused(self, city: City) -> None:
        case = answered(city, rated(city))
        not_solved(case)
        # The answer to the tap was lost; the phone sends it again.
        again = not_solved(case)
        assert again.round == 2
        assert lines(case).count("not_solved") == 1
        answered(city, case, days=4)
        rated(city, "1:b", now=NOON + 5 * DAY)
        origin = origin_of(case)
        done(lambda: service.follow_up(origin.id, True, now=NOON + 6 * DAY))
        with pytest.raises(Refusal) as refused:
            service.follow_up(origin.id, False, now=NOON + 6 * DAY)
        assert refused.value.code == "case_followed_up"

    def test_two_raters_not_solved_at_once_reopen_once(self, app: APIFlask, city: City) -> None:
        case = rated(city)
        rated(city, "1:b")
        answered(city, case)
        ids = [origin_of(case, place).id for place in (0, 1)]
        outcomes = at_once(
            app,
            [lambda one=one: service.follow_up(one, False, now=NOON + 2 * DAY) for one in ids],
        )
        assert sorted(outcomes) == ["case_not_answered", "done"]
        assert fresh(case).stage == Stage.REOPENED

    def test_nothing_is_said_before_an_answer(self, city: City) -> None:
        origin = origin_of(rated(city))
        with pytest.raises(Refusal) as refused:
            service.follow_up(origin.id, False, now=NOON)
        assert refused.value.code == "case_not_answered"

    def test_who_was_closed_over_can_take_it_up_for_thirty_days(self, city: City) -> None:
        case = answered(city, rated(city))
        close(case, ClosedBy.SILENCE, city.actors["office1"])
        origin = origin_of(case)
        with pytest.raises(Refusal):
            service.follow_up(origin.id, False, now=LONG_AFTER + 31 * DAY)
        done(lambda: service.follow_up(origin.id, False, now=LONG_AFTER + 29 * DAY))
        assert (fresh(case).stage, fresh(case).closed_at) == (Stage.REOPENED, None)

    def test_a_closed_case_stays_closed_where_the_matter_was_opened_anew(self, city: City) -> None:
        case = answered(city, rated(city))
        close(case, ClosedBy.SILENCE, city.actors["office1"])
        rated(city, "1:b", now=LONG_AFTER)
        origin = origin_of(case)
        done(lambda: service.follow_up(origin.id, False, now=LONG_AFTER + DAY))
        assert fresh(case).stage == Stage.CLOSED
        assert lines(case)[-1] == "not_solved"

    def test_the_inspector_sends_back_or_closes(self, city: City) -> None:
        case = answered(city, rated(city))
        not_solved(case)
        answered(city, case, days=4)
        not_solved(case, days=5)
        inspector = city.actors["inspector"]
        with pytest.raises(Refusal):
            close(case, ClosedBy.SILENCE, city.actors["office1"])
        done(lambda: service.send_back(case.id, "请当面道歉", actor=inspector, now=NOON + 6 * DAY))
        assert fresh(case).stage == Stage.REOPENED
        answered(city, case, days=7)
        with pytest.raises(Refusal):
            # The inspector closes what is with him, and it isn't any more.
            close(case, ClosedBy.INSPECTOR, inspector, NOON + 8 * DAY)
        close(case, ClosedBy.SILENCE, city.actors["office1"])

    def test_the_inspector_closes_what_is_with_him(self, city: City) -> None:
        case = answered(city, rated(city))
        not_solved(case)
        answered(city, case, days=4)
        not_solved(case, days=5)
        assert close(case, ClosedBy.INSPECTOR, city.actors["inspector"]).closed_by == "inspector"
