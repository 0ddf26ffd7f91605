"""The first limit, which the rates go by: no refusal, extension, transfer or job launders it."""

from datetime import date, datetime, timedelta

import pytest

from server.core.errors import Refusal
from server.rectification import queries, service
from server.rectification.models import Case
from server.rectification.queries import Rates
from server.rectification.rules import CaseKind, ClosedBy, OriginKind, Stage
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, fresh, origin_of, rated

DAY = timedelta(days=1)
LONG_AFTER = NOON + 150 * DAY
# Of a case that is registered at noon: fifteen days.
FIRST = at("2026-12-10 23:59:59")


def answer(city: City, case: Case, now: datetime, text: str = "已整改") -> Case:
    done(lambda: service.answer(case.id, text, actor=city.actors["liaison"], now=now))
    return fresh(case)


def refuse(city: City, case: Case, now: datetime) -> Case:
    done(lambda: service.refuse_closing(case.id, "空话", actor=city.actors["office1"], now=now))
    return fresh(case)


def close(city: City, case: Case, now: datetime) -> Case:
    office = city.actors["office1"]
    done(lambda: service.close(case.id, ClosedBy.SILENCE, "未回应", actor=office, now=now))
    return fresh(case)


def recount(now: datetime) -> int:
    """Do what the job does; return how many cases it found."""
    found = service.to_recount(now)
    for case_id in found:
        done(lambda case_id=case_id: service.recount(case_id, now=now))
    return len(found)


def rates_of(case: Case, as_of: datetime = LONG_AFTER) -> Rates:
    return queries.rates(case.quarter, as_of=as_of)[case.department_id]


class TestARefusedAnswer:
    """It gives the department days to answer, and the rates nothing."""

    def test_a_late_one_is_not_made_timely_by_an_extension(self, city: City) -> None:
        case = rated(city)
        answer(city, case, NOON + 16 * DAY)
        refuse(city, case, NOON + 17 * DAY)
        with pytest.raises(Refusal) as refused:
            service.extend(case.id, "需要时间", actor=city.actors["liaison"], now=NOON + 17.5 * DAY)
        assert refused.value.code == "case_limit_passed"
        offered = queries.steps(fresh(case), city.actors["liaison"], now=NOON + 17.5 * DAY)
        assert queries.Step.EXTEND not in offered
        answer(city, case, NOON + 18 * DAY)
        closed = close(city, case, NOON + 60 * DAY)
        assert closed.first_due_at == FIRST
        assert (rates_of(case).answered_in_time, rates_of(case).closed_in_time) == (0, 0)

    def test_empty_words_again_and_again_are_no_answer_in_time(self, city: City) -> None:
        case = rated(city)
        answer(city, case, NOON + DAY, "已阅")
        for days in (20, 40, 60):
            refuse(city, case, NOON + days * DAY)
            answer(city, case, NOON + (days + 2) * DAY, "已阅")
        close(city, case, NOON + 100 * DAY)
        found = rates_of(case)
        assert (found.answered, found.answered_in_time, found.closed_in_time) == (1, 0, 0)

    def test_one_that_is_given_again_before_the_first_limit_is_in_time(self, city: City) -> None:
        case = rated(city)
        answer(city, case, NOON + DAY, "已阅")
        refuse(city, case, NOON + 3 * DAY)
        answer(city, case, NOON + 5 * DAY)
        close(city, case, NOON + 60 * DAY)
        assert (rates_of(case).answered_in_time, rates_of(case).closed_in_time) == (1, 1)

    def test_in_the_second_round_the_answer_of_the_first_still_counts(self, city: City) -> None:
        case = rated(city)
        answer(city, case, NOON + DAY)
        origin = origin_of(case)
        done(lambda: service.follow_up(origin.id, False, now=NOON + 2 * DAY))
        answer(city, case, NOON + 4 * DAY)
        again = refuse(city, case, NOON + 5 * DAY)
        assert again.first_answered_at == NOON + DAY
        assert again.first_due_at == FIRST

    def test_the_days_that_it_was_promised_outlast_the_job(self, city: City) -> None:
        case = rated(
            city, "7", kind=CaseKind.HOTLINE_COMMON, origin_kind=OriginKind.MATTER, matter="t"
        )
        first = case.first_due_at
        answer(city, case, NOON + 20 * DAY)
        promised = refuse(city, case, NOON + 21 * DAY).rectify_due_at
        assert promised > NOON + 23 * DAY
        assert recount(NOON + 21 * DAY + timedelta(minutes=10)) == 0
        assert (fresh(case).rectify_due_at, fresh(case).first_due_at) == (promised, first)

    def test_the_days_that_it_was_promised_outlast_an_extension(self, city: City) -> None:
        case = rated(city)
        answer(city, case, NOON + DAY)
        origin = origin_of(case)
        done(lambda: service.follow_up(origin.id, False, now=NOON + 2 * DAY))
        answer(city, case, NOON + 4 * DAY)
        # In the second round the limit is 12 December; the extension alone would be the 27th.
        promised = refuse(city, case, NOON + 40 * DAY).rectify_due_at
        head = city.actors["head"]
        done(lambda: service.extend(case.id, "会商", actor=head, now=NOON + 41 * DAY))
        assert fresh(case).rectify_due_at == promised
        assert fresh(case).first_due_at == FIRST


class TestGoingBack:
    """A transfer there and back begins no limit anew."""

    def there_and_back(self, city: City, case: Case, now: datetime) -> Case:
        here, there = case.department_id, city.departments[1].id
        for place in (there, here):
            done(
                lambda place=place: service.transfer(
                    case.id, place, "错了", actor=city.actors["office1"], now=now
                )
            )
        return fresh(case)

    def test_a_former_department_keeps_its_first_limit(self, city: City) -> None:
        case = rated(city, real_name=True)
        callback = origin_of(case).callback_due_at
        back = self.there_and_back(city, case, NOON + 30 * DAY)
        assert (back.first_due_at, back.stage) == (FIRST, Stage.REGISTERED)
        # To rectify it has the days of a new limit.
        assert back.rectify_due_at == at("2027-01-09 23:59:59")
        assert origin_of(back).callback_due_at == callback
        answer(city, case, NOON + 31 * DAY)
        assert rates_of(case).answered_in_time == 0
        assert queries.speed().longest == 31 * DAY

    def test_its_extension_is_not_lost_and_not_given_twice(self, city: City) -> None:
        case = rated(city)
        head = city.actors["head"]
        done(lambda: service.extend(case.id, "会商", actor=head, now=NOON + DAY))
        back = self.there_and_back(city, case, NOON + 5 * DAY)
        assert back.first_due_at == at("2026-12-15 23:59:59")
        with pytest.raises(Refusal) as refused:
            service.extend(case.id, "会商", actor=head, now=NOON + 6 * DAY)
        assert refused.value.code == "case_extended_already"


class TestAProvisionalLimit:
    """It is worked out again when the year becomes known, whatever became of the case."""

    REGISTERED = at("2026-12-28 10:00")
    KNOWN = at("2027-02-01 10:00")

    def register(self, city: City) -> Case:
        return rated(
            city,
            "7",
            kind=CaseKind.HOTLINE_COMMON,
            origin_kind=OriginKind.MATTER,
            matter="t",
            now=self.REGISTERED,
        )

    def enter(self, city: City, *holidays: date) -> None:
        days = [(day, False, "元旦") for day in holidays]
        office = city.actors["office1"]
        done(lambda: service.enter_year(2027, days, actor=office, now=self.KNOWN))

    def test_an_answer_that_was_in_time_by_the_real_holidays_counts_so(self, city: City) -> None:
        case = self.register(city)
        assert (case.provisional, case.first_due_at) == (True, at("2027-01-04 23:59:59"))
        answer(city, case, at("2027-01-05 10:00"))
        assert rates_of(case).answered_in_time == 0
        self.enter(city, date(2027, 1, 1), date(2027, 1, 4))
        assert recount(self.KNOWN) == 1
        found = fresh(case)
        assert (found.provisional, found.first_due_at) == (False, at("2027-01-06 23:59:59"))
        assert rates_of(case).answered_in_time == 1
        assert recount(self.KNOWN) == 0

    def test_a_closed_case_is_no_exception(self, city: City) -> None:
        case = self.register(city)
        answer(city, case, at("2027-01-05 10:00"))
        office = city.actors["office1"]
        done(
            lambda: service.close(
                case.id, ClosedBy.HOTLINE, "已回访", actor=office, now=at("2027-01-08 10:00")
            )
        )
        self.enter(city, date(2027, 1, 1), date(2027, 1, 4))
        assert recount(self.KNOWN) == 1
        found = fresh(case)
        assert (found.stage, found.provisional) == (Stage.CLOSED, False)
        assert (rates_of(case).answered_in_time, rates_of(case).closed_in_time) == (1, 1)

    def test_nobody_becomes_late_by_a_day_that_turns_out_to_be_worked(self, city: City) -> None:
        case = self.register(city)
        before = case.first_due_at
        answer(city, case, at("2027-01-04 10:00"))
        office = city.actors["office1"]
        days = [(date(2027, 1, 2), True, "调休"), (date(2027, 1, 3), True, "调休")]
        done(lambda: service.enter_year(2027, days, actor=office, now=self.KNOWN))
        recount(self.KNOWN)
        assert (fresh(case).provisional, fresh(case).first_due_at) == (False, before)
        assert rates_of(case).answered_in_time == 1
