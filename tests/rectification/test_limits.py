"""When limits pass: calendar and working days, real holidays, years that nobody knows yet."""

from datetime import date, datetime, timedelta

import pytest

from server.core.clock import SHANGHAI
from server.rectification.calendar import LIBRARY, Calendar
from server.rectification.limits import due_at, overdue_before, red_at, yellow_at
from server.rectification.rules import Unit
from tests.factories.desk_cases import at


@pytest.mark.parametrize(
    ("begins", "days", "unit", "last"),
    [
        ("2026-11-23 10:00", 15, Unit.CALENDAR, "2026-12-08"),
        ("2026-11-23 23:59", 1, Unit.CALENDAR, "2026-11-24"),
        # Friday: the weekend isn't worked.
        ("2026-11-20 10:00", 1, Unit.WORKING, "2026-11-23"),
        # The National Day of 2026 is off from 1 to 7 October, and 10 October is worked.
        ("2026-09-30 10:00", 3, Unit.WORKING, "2026-10-10"),
        # The spring festival of 2020 was prolonged to 2 February by the epidemic.
        ("2020-01-23 10:00", 1, Unit.WORKING, "2020-02-03"),
    ],
)
def test_a_limit_ends_with_its_last_day(begins: str, days: int, unit: Unit, last: str) -> None:
    due = due_at(at(begins), days, unit, LIBRARY)
    assert due.at == at(f"{last} 23:59:59")
    assert not due.provisional


def test_an_anonymous_rating_has_the_last_day_of_one_with_a_contact() -> None:
    """Its limit counts from the end of its day, so the limit tells no difference."""
    for unit in Unit:
        signed = due_at(at("2026-11-23 10:00"), 5, unit, LIBRARY)
        anonymous = due_at(at("2026-11-24 00:00"), 5, unit, LIBRARY)
        assert signed == anonymous


def test_a_year_that_nobody_knows_counts_weekends_and_is_provisional() -> None:
    due = due_at(at("2026-12-30 10:00"), 5, Unit.WORKING, LIBRARY)
    assert due.at == at("2027-01-06 23:59:59")
    assert due.provisional
    assert not due_at(at("2026-12-30 10:00"), 5, Unit.CALENDAR, LIBRARY).provisional


def test_what_the_office_entered_goes_before_the_library() -> None:
    new_year = Calendar(
        {date(2027, 1, 1): False, date(2027, 1, 4): False, date(2026, 12, 31): False},
        frozenset({2027}),
    )
    due = due_at(at("2026-12-30 10:00"), 2, Unit.WORKING, new_year)
    assert due.at == at("2027-01-06 23:59:59")
    assert not due.provisional


def test_yellow_comes_with_the_day_before_and_red_a_day_after() -> None:
    sunday, monday = at("2026-11-22 23:59:59"), at("2026-11-23 23:59:59")
    assert yellow_at(sunday, Unit.CALENDAR, LIBRARY) == at("2026-11-21 00:00")
    # Nobody is first told of Monday's limit on a Sunday.
    assert yellow_at(monday, Unit.WORKING, LIBRARY) == at("2026-11-20 00:00")
    assert red_at(monday) == monday + timedelta(days=1)


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("days", [1, 5, 90])
def test_what_is_overdue_agrees_with_when_limits_pass(unit: Unit, days: int) -> None:
    moment = datetime(2026, 10, 9, 15, tzinfo=SHANGHAI)
    bound = overdue_before(moment, days, unit, LIBRARY)
    assert due_at(bound, days, unit, LIBRARY).at < moment
    assert due_at(bound + timedelta(seconds=1), days, unit, LIBRARY).at >= moment


def test_working_days_between_are_those_that_a_limit_would_have_counted() -> None:
    for days in range(12):
        last = LIBRARY.working_days_on(date(2026, 9, 28), days)
        assert LIBRARY.working_days_between(date(2026, 9, 28), last) == days
