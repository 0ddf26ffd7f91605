"""A contact that comes or goes while its case is open: who is to be called back, and until when."""

from datetime import date, timedelta

import pytest

from server.core.errors import Refusal
from server.rectification import queries, service
from server.rectification.limits import start_of
from server.rectification.models import Case
from server.rectification.queries import Rates
from server.rectification.rules import CallbackOutcome, CaseKind, OriginKind
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, lines, origin_of, rated, told

DAY = timedelta(days=1)
ERASED = "评价人删除了联系方式，不再需要回访。"


def follow(*, has_contact: bool, days: int = 2, name: str = "1:a") -> None:
    done(
        lambda: service.follow_contact(
            OriginKind.EVALUATION, name, has_contact=has_contact, now=NOON + days * DAY
        )
    )


def rates(city: City) -> Rates:
    return queries.rates("2026Q4", as_of=NOON + 60 * DAY)[city.departments[0].id]


def words(case: Case) -> list[str]:
    return [one.text for one in queries.timeline(case.id) if one.text]


def look(city: City, case: Case) -> None:
    done(
        lambda: service.show_contact(
            origin_of(case).id, actor=city.actors["liaison"], now=NOON + DAY
        )
    )


def test_who_adds_a_contact_is_to_be_called_back_from_that_day_on(city: City) -> None:
    case = rated(city)
    follow(has_contact=True)
    origin = origin_of(case)
    assert origin.real_name
    assert origin.callback_due_at is not None
    assert origin.callback_due_at == at("2026-11-28T23:59:59")
    assert rates(city).real_name == 1
    assert told(city.accounts["liaison"].id, "case_moved") == ["差评件的联系方式有变化"]


def test_an_added_contact_can_be_seen_and_called(city: City) -> None:
    case = rated(city)
    with pytest.raises(Refusal, match="case_without_contact"):
        look(city, case)
    follow(has_contact=True, days=0)
    look(city, case)
    assert lines(case)[-1] == "contact_shown"


def test_of_the_hour_nothing_is_told(city: City) -> None:
    case = rated(city)
    follow(has_contact=True)
    line = queries.timeline(case.id)[-1]
    assert line.at == start_of((NOON + 2 * DAY).date())
    assert line.account_id is None


def test_an_erased_contact_needs_no_callback(city: City) -> None:
    case = rated(city, real_name=True)
    follow(has_contact=False, days=0)
    origin = origin_of(case)
    assert not origin.real_name
    assert origin.callback_due_at is None
    assert rates(city).real_name == 0
    assert words(case) == [ERASED]


def test_an_erased_contact_that_the_department_has_looked_at_stays_owed(city: City) -> None:
    case = rated(city, real_name=True)
    look(city, case)
    follow(has_contact=False)
    assert (rates(city).real_name, rates(city).called_back) == (1, 0)


def test_a_callback_that_was_late_before_stays_late(city: City) -> None:
    rated(city, real_name=True)
    follow(has_contact=False, days=20)
    assert (rates(city).real_name, rates(city).called_back) == (1, 0)


def test_a_callback_that_was_made_stays_made(city: City) -> None:
    case = rated(city, real_name=True)
    liaison, origin = city.actors["liaison"], origin_of(case).id
    reached = CallbackOutcome.REACHED
    done(lambda: service.call_back(origin, reached, actor=liaison, now=NOON + DAY))
    follow(has_contact=False)
    assert (rates(city).real_name, rates(city).called_back) == (1, 1)


def test_the_same_again_writes_no_second_line(city: City) -> None:
    case = rated(city)
    follow(has_contact=True)
    follow(has_contact=True, days=3)
    assert len(words(case)) == 1


def test_added_again_it_counts_from_the_second_time(city: City) -> None:
    case = rated(city, real_name=True)
    follow(has_contact=False, days=0)
    follow(has_contact=True, days=9)
    due = origin_of(case).callback_due_at
    assert due == at("2026-12-05T23:59:59")


def test_new_holidays_move_an_added_contacts_limit_from_the_day_of_the_contact(city: City) -> None:
    case = rated(city, kind=CaseKind.HOTLINE_RATING)
    follow(has_contact=True, days=5)
    assert origin_of(case).callback_due_at == at("2026-12-01T23:59:59")
    office, day = city.actors["office1"], date(2026, 12, 1)
    done(lambda: service.set_day(day, working=False, actor=office, now=NOON))
    done(lambda: service.recount(case.id, now=NOON + 5 * DAY))
    assert origin_of(case).callback_due_at == at("2026-12-02T23:59:59")


def test_a_rating_without_a_case_and_a_closed_case_are_left_alone(city: City) -> None:
    case = rated(city, real_name=True)
    follow(has_contact=True, name="1:unknown")
    done(lambda: service.release_origin(OriginKind.EVALUATION, "1:a", by_rater=True, now=NOON))
    before = lines(case)
    follow(has_contact=False)
    assert lines(case) == before
