"""Ratings that are taken back, set apart, or poor again: what the figures and the case keep."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from server.core.database import db
from server.core.transaction import transaction
from server.rectification import queries, service
from server.rectification.models import Case, CaseEvent, FollowUp
from server.rectification.queries import Rates
from server.rectification.rules import CallbackOutcome, ClosedBy, OriginKind, Stage
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, fresh, lines, origin_of, rated, told

DAY = timedelta(days=1)
LATER = NOON + 60 * DAY
REACHED = CallbackOutcome.REACHED


def taken_back(name: str = "1:a", *, now: datetime) -> None:
    """Have a rater withdraw or better a rating."""
    done(lambda: service.release_origin(OriginKind.EVALUATION, name, by_rater=True, now=now))


def call_back(city: City, case: Case, *, now: datetime, place: int = 0) -> None:
    origin = origin_of(case, place).id
    done(lambda: service.call_back(origin, REACHED, actor=city.actors["liaison"], now=now))


def answer(city: City, case: Case, *, now: datetime) -> None:
    done(lambda: service.answer(case.id, "已整改", actor=city.actors["liaison"], now=now))


def follow_up(case: Case, *, solved: bool, now: datetime) -> None:
    origin = origin_of(case).id
    done(lambda: service.follow_up(origin, solved, now=now))


def rates(city: City, as_of: datetime = LATER, **more: Any) -> Rates:
    return queries.rates("2026Q4", as_of=as_of, **more).get(city.departments[0].id, Rates())


class TestFigures:
    """No department betters its figures by pressing its raters."""

    def test_a_rating_that_is_withdrawn_after_the_callback_stays_in_every_rate_but_satisfaction(
        self, city: City
    ) -> None:
        case = rated(city, real_name=True)
        call_back(city, case, now=NOON + timedelta(hours=1))
        answer(city, case, now=NOON + 2 * DAY)
        before = rates(city, NOON + 2 * DAY)
        taken_back(now=NOON + 3 * DAY)
        assert fresh(case).closed_by == "withdrawal"
        after = rates(city)
        for name in ("registered", "real_name", "called_back", "called_back_in_time", "due"):
            assert getattr(after, name) == getattr(before, name) == 1, name
        assert (after.answered_in_time, after.closed, after.closed_in_time) == (1, 1, 1)
        assert (after.solved, after.not_solved) == (0, 0)

    def test_what_a_rater_said_of_the_answer_goes_with_the_rating(self, city: City) -> None:
        case = rated(city)
        answer(city, case, now=NOON + DAY)
        follow_up(case, solved=False, now=NOON + 2 * DAY)
        assert rates(city).not_solved == 1
        taken_back(now=NOON + 3 * DAY)
        after = rates(city)
        assert (after.registered, after.reopened, after.not_solved) == (1, 1, 0)

    def test_what_was_late_when_it_was_withdrawn_stays_late(self, city: City) -> None:
        case = rated(city, real_name=True)
        call_back(city, case, now=NOON + 3 * DAY)
        taken_back(now=NOON + 17 * DAY)
        found = rates(city)
        assert (found.real_name, found.called_back, found.called_back_in_time) == (1, 1, 0)
        assert (found.due, found.answered_in_time, found.closed_in_time) == (1, 0, 0)
        (fact,) = queries.case_facts(city.departments[0].id, "2026Q4", as_of=LATER)
        assert (fact.late, fact.closed_by) == (True, "withdrawal")

    def test_what_was_not_due_yet_is_neither_late_nor_in_time(self, city: City) -> None:
        case = rated(city, real_name=True)
        done(lambda: service.accept(case.id, actor=city.actors["liaison"], now=NOON))
        taken_back(now=NOON + timedelta(hours=3))
        found = rates(city)
        assert (found.registered, found.real_name, found.due) == (1, 0, 0)
        (fact,) = queries.case_facts(city.departments[0].id, "2026Q4", as_of=LATER)
        assert not fact.late

    @pytest.mark.parametrize("act", ["accept", "show_contact", "nothing"])
    def test_on_the_same_day_it_stays_only_if_the_department_has_done_anything(
        self, city: City, act: str
    ) -> None:
        case = rated(city, real_name=True)
        origin, liaison = origin_of(case).id, city.actors["liaison"]
        steps: dict[str, Callable[[], Any]] = {
            "accept": lambda: service.accept(case.id, actor=liaison, now=NOON),
            "show_contact": lambda: service.show_contact(origin, actor=liaison, now=NOON),
            "nothing": lambda: None,
        }
        done(steps[act])
        taken_back(now=NOON + timedelta(hours=1))
        assert rates(city).registered == (act != "nothing")

    def test_from_the_day_after_it_stays_though_the_department_did_nothing(
        self, city: City
    ) -> None:
        rated(city, counts_from=at("2026-11-26 00:00"), now=at("2026-11-26 00:05"))
        taken_back(now=at("2026-11-27 00:01"))
        assert rates(city).registered == 1

    def test_what_two_persons_set_apart_or_an_appeal_decided_is_in_no_figure(
        self, city: City
    ) -> None:
        for name, by in (("1:a", ClosedBy.WITHDRAWAL), ("1:b", ClosedBy.APPEAL)):
            case = rated(city, name, matter=name, real_name=True)
            call_back(city, case, now=NOON)
            done(
                lambda name=name, by=by: service.release_origin(
                    OriginKind.EVALUATION, name, closed_by=by, now=NOON + 3 * DAY
                )
            )
        assert rates(city) == Rates()
        assert queries.case_facts(city.departments[0].id, "2026Q4", as_of=LATER) == []

    def test_a_late_callback_stays_where_others_keep_the_case_open(self, city: City) -> None:
        case = rated(city, real_name=True)
        rated(city, "1:b")
        call_back(city, case, now=NOON + 3 * DAY)
        taken_back(now=NOON + 4 * DAY)
        found = rates(city)
        assert (found.real_name, found.called_back, found.called_back_in_time) == (1, 1, 0)

    def test_a_rating_of_a_withheld_group_is_left_out_also_when_it_is_taken_back(
        self, city: City
    ) -> None:
        case = rated(city, real_name=True)
        call_back(city, case, now=NOON)
        taken_back(now=NOON + 3 * DAY)
        assert rates(city, without={origin_of(case).id}) == Rates()

    def test_before_it_was_taken_back_the_figures_are_what_they_were(self, city: City) -> None:
        case = rated(city, real_name=True)
        call_back(city, case, now=NOON)
        moment = NOON + 2 * DAY
        before = rates(city, moment)
        taken_back(now=NOON + 3 * DAY)
        assert rates(city, moment) == before

    def test_what_was_let_go_before_this_rule_stays_out_of_the_figures(self, city: City) -> None:
        case = rated(city, real_name=True)
        call_back(city, case, now=NOON)
        taken_back(now=NOON + 3 * DAY)
        with transaction():
            db.session.execute(update(CaseEvent).values(detail={}))
        assert rates(city) == Rates()

    def test_how_fast_it_was_answered_counts_all_the_same(self, city: City) -> None:
        case = rated(city)
        answer(city, case, now=NOON + 2 * DAY)
        taken_back(now=NOON + 3 * DAY)
        assert (queries.speed().cases, queries.speed().answered) == (1, 1)

    def test_nobody_is_told_whether_the_rater_or_the_office_let_it_go(self, city: City) -> None:
        texts = set()
        for name, by_rater in (("1:a", True), ("1:b", False)):
            case = rated(city, name, matter=name)
            done(
                lambda name=name, by_rater=by_rater: service.release_origin(
                    OriginKind.EVALUATION, name, by_rater=by_rater, now=NOON + 3 * DAY
                )
            )
            texts.add(tuple((line.kind, line.text) for line in queries.timeline(case.id)))
        assert len(texts) == 1


def test_the_office_counts_what_ended_by_withdrawal_after_a_callback(city: City) -> None:
    for name, called in (("1:a", True), ("1:b", True), ("1:c", False)):
        case = rated(city, name, matter=name, real_name=True)
        if called:
            call_back(city, case, now=NOON)
        taken_back(name, now=NOON + 3 * DAY)
    apart = rated(city, "1:d", matter="1:d", real_name=True)
    call_back(city, apart, now=NOON)
    done(lambda: service.release_origin(OriginKind.EVALUATION, "1:d", now=NOON + 3 * DAY))
    first = city.departments[0].id
    assert queries.taken_back("2026Q4", as_of=LATER) == {first: 2}
    assert queries.taken_back("2026Q4", as_of=NOON + DAY) == {}
    assert queries.taken_back("2026Q3", as_of=LATER) == {}


class TestPoorAgain:
    """A rating has one case: poor again it goes back to that one."""

    def again(
        self, city: City, case: Case, *, now: datetime, matter: str = "indicator:A1:2026Q4"
    ) -> Case:
        """Have the rating be a poor one again, and tell that it made no second case."""
        found = rated(city, real_name=origin_of(case).real_name, matter=matter, now=now)
        assert found.id == case.id
        assert db.session.scalar(select(func.count()).select_from(Case)) == 1
        assert origin_of(case).released_at is None
        return fresh(case)

    def test_however_often_it_changes_it_makes_one_case_and_one_number(self, city: City) -> None:
        case = rated(city)
        for days in range(1, 8, 2):
            taken_back(now=NOON + days * DAY)
            self.again(city, case, now=NOON + (days + 1) * DAY)
        assert (fresh(case).stage, fresh(case).round) == (Stage.REGISTERED, 1)
        assert rates(city).registered == 1
        assert rated(city, "1:b", matter="other").number == "2026-00002"

    def test_also_where_another_question_is_now_the_worst(self, city: City) -> None:
        case = rated(city)
        taken_back(now=NOON + DAY)
        found = self.again(city, case, now=NOON + 2 * DAY, matter="indicator:B1:2026Q4")
        assert found.matter == "indicator:A1:2026Q4"

    def test_an_unanswered_case_goes_on_under_a_limit_from_the_end_of_that_day(
        self, city: City
    ) -> None:
        case = rated(city, real_name=True)
        done(lambda: service.accept(case.id, actor=city.actors["liaison"], now=NOON))
        taken_back(now=NOON + DAY)
        found = self.again(city, case, now=NOON + 20 * DAY)
        assert (found.stage, found.round) == (Stage.ACCEPTED, 1)
        assert found.counts_from == found.limit_from == at("2026-12-16 00:00")
        assert found.first_due_at == found.rectify_due_at == at("2026-12-30 23:59:59")
        assert origin_of(found).callback_due_at == at("2026-12-16 23:59:59")
        assert lines(found)[-2:] == ["reopened", "joined"]
        assert rates(city).reopened == 0
        assert told(city.accounts["liaison"].id)[-1] == "同一事项又有差评，请继续办理"

    def test_a_first_limit_that_had_passed_is_not_undone(self, city: City) -> None:
        case = rated(city)
        first = case.first_due_at
        taken_back(now=NOON + 16 * DAY)
        found = self.again(city, case, now=NOON + 20 * DAY)
        assert found.first_due_at == first
        assert found.rectify_due_at > first
        answer(city, found, now=NOON + 21 * DAY)
        assert rates(city).answered_in_time == 0

    def test_after_an_answer_it_is_reopened_once_and_then_the_inspectors(self, city: City) -> None:
        case = rated(city)
        for days, stage in ((1, Stage.REOPENED), (5, Stage.WITH_INSPECTOR)):
            answer(city, case, now=NOON + days * DAY)
            taken_back(now=NOON + (days + 1) * DAY)
            found = self.again(city, case, now=NOON + (days + 2) * DAY)
            assert (found.stage, found.round) == (stage, 2)

    def test_what_a_rater_said_was_solved_is_reopened(self, city: City) -> None:
        case = rated(city)
        answer(city, case, now=NOON + DAY)
        follow_up(case, solved=True, now=NOON + 2 * DAY)
        taken_back(now=NOON + 3 * DAY)
        found = self.again(city, case, now=NOON + 4 * DAY)
        assert (found.stage, found.round) == (Stage.REOPENED, 2)
        assert db.session.scalar(select(func.count()).select_from(FollowUp)) == 0

    def test_what_the_inspector_closed_stays_closed_and_keeps_the_rating(self, city: City) -> None:
        case = rated(city)
        for days in (1, 3):
            answer(city, case, now=NOON + days * DAY)
            follow_up(case, solved=False, now=NOON + (days + 1) * DAY)
        inspector = city.actors["inspector"]
        done(
            lambda: service.close(
                case.id, ClosedBy.INSPECTOR, "已核实", actor=inspector, now=NOON + 6 * DAY
            )
        )
        taken_back(now=NOON + 7 * DAY)
        before = lines(case)
        found = self.again(city, case, now=NOON + 8 * DAY)
        assert (found.stage, found.closed_by) == (Stage.CLOSED, "inspector")
        assert lines(found) == before

    def test_an_open_case_of_its_own_it_joins_again_and_is_told(self, city: City) -> None:
        case = rated(city)
        rated(city, "1:b")
        for days in (1, 3):
            taken_back(now=NOON + days * DAY)
            self.again(city, case, now=NOON + (days + 1) * DAY)
        titles = told(city.accounts["liaison"].id)
        assert titles.count("同一事项又有新的差评") == 3
        assert fresh(case).rectify_due_at == at("2026-12-10 23:59:59")

    def test_where_others_have_opened_the_matter_anew_it_joins_theirs(self, city: City) -> None:
        case = rated(city, real_name=True)
        taken_back(now=NOON + 3 * DAY)
        newer = rated(city, "1:b", now=NOON + 4 * DAY)
        assert newer.id != case.id
        again = rated(city, real_name=True, now=NOON + 5 * DAY)
        assert again.id == newer.id
        assert fresh(case).stage == Stage.CLOSED
        assert rates(city).registered == 1

    def test_set_apart_in_the_end_it_is_in_no_figure_whatever_came_before(self, city: City) -> None:
        case = rated(city)
        taken_back(now=NOON + 3 * DAY)
        self.again(city, case, now=NOON + 4 * DAY)
        done(lambda: service.release_origin(OriginKind.EVALUATION, "1:a", now=NOON + 4 * DAY))
        assert rates(city) == Rates()
