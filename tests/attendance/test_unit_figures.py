"""Hours and turnout of units: withheld of few, of whole quarters that are over, and unmoved."""

from datetime import datetime, timedelta

from sqlalchemy import update

from server.activities import service as activity_service
from server.activities.rules import Quarter
from server.attendance import figures, queries
from server.attendance.figures import BranchTurnout
from server.attendance.models import Attendance
from server.attendance.queries import Hours
from server.attendance.rules import SMALLEST_GROUP
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import service as membership
from tests.attendance.conftest import Hall, HallFactory
from tests.factories.city import City
from tests.factories.members import PersonFactory

DAY = timedelta(days=1)


def quarter_of(begin: datetime | None = None) -> Quarter:
    """The quarter of an activity: of the one that runs, where none is named."""
    return Quarter.of(clock.local_date(begin or clock.now() - timedelta(hours=1)))


def hours_of(unit: Organisation, begin: datetime | None = None) -> Hours:
    """What is told a day after the quarter."""
    quarter = quarter_of(begin)
    return queries.hours_by_branch(quarter, unit.path, now=quarter.ends_at + DAY)


def turnout_of(unit: Organisation) -> list[BranchTurnout]:
    begins, ends = quarter_of().starts_at, quarter_of().ends_at
    return figures.turnout_by_branch(begins, ends, unit.path, now=ends + DAY)


def come(hall: Hall, count: int, begin: int = 0) -> None:
    for number in range(begin, begin + count):
        assert hall.decide(hall.guest(f"guest{number}")).status_code == 200


def test_a_units_hours_are_withheld_below_three_persons(hall: Hall, city: City) -> None:
    come(hall, SMALLEST_GROUP - 1)
    found = hours_of(city.root)
    assert [(one.branch, one.hours, one.withheld) for one in found.branches] == [
        ("第一党支部", None, True)
    ]
    come(hall, 1, begin=5)
    found = hours_of(city.root)
    assert not found.branches[0].withheld


def test_half_an_hour_is_rounded_up(hall: Hall, city: City) -> None:
    # Three persons of fifty minutes each gave two hours and a half.
    begin = quarter_of().starts_at + DAY
    come(hall, SMALLEST_GROUP)
    hall.change(
        starts_at=begin,
        join_until=begin + timedelta(minutes=50),
        ends_at=begin + timedelta(minutes=50),
    )
    with transaction():
        db.session.execute(update(Attendance).values(came_at=None, left_at=None))
    assert [one.hours for one in hours_of(city.root, begin).branches] == [3]


def test_one_person_who_came_often_is_withheld_as_well(
    hall: Hall, make_hall: HallFactory, city: City
) -> None:
    anna = hall.guest("anna")
    hall.decide(anna)
    for _ in range(4):
        other = make_hall()
        other.decide(anna)
    assert hours_of(city.root).branches[0].withheld


def test_a_withheld_unit_can_t_be_worked_out_from_the_sum(
    hall: Hall, city: City, other_branch: Organisation, person: PersonFactory
) -> None:
    come(hall, SMALLEST_GROUP)
    guest = person(other_branch.id, "外支部", key="outside")
    hall.send(guest)
    hall.decide(guest)
    found = hours_of(city.root)
    shown = [one.hours for one in found.branches if one.hours is not None]
    assert len(found.branches) == 2
    assert found.total == sum(shown)


def test_hours_run_within_the_scheduled_times_or_until_leaving(
    make_hall: HallFactory, city: City
) -> None:
    hall = make_hall(check_out=True)
    now = clock.now()
    hall.change(
        starts_at=now - timedelta(hours=9),
        ends_at=now - timedelta(hours=1),
        join_until=now - timedelta(hours=9),
    )
    begin = now - timedelta(hours=9)
    for number in range(SMALLEST_GROUP):
        guest = hall.guest(f"guest{number}", joined=False)
        with transaction():
            activity_service.walk_in(hall.id, guest.id, now)
            db.session.add(
                Attendance(
                    activity_id=hall.id,
                    person_id=guest.id,
                    branch_id=guest.branch_id,
                    presence="present",
                    came_at=begin - timedelta(minutes=30),
                    left_at=begin + timedelta(hours=2),
                    changed_at=now,
                )
            )
    found = hours_of(city.root, begin)
    assert found.branches[0].hours == 2 * SMALLEST_GROUP


def test_hours_are_those_below_the_asked_place(hall: Hall, other_branch: Organisation) -> None:
    come(hall, SMALLEST_GROUP)
    assert hours_of(other_branch).branches == []


def test_a_units_turnout_is_withheld_whole_below_three_persons(hall: Hall, city: City) -> None:
    come(hall, SMALLEST_GROUP - 1)
    (few,) = turnout_of(city.root)
    # Of one person, the number of the unit's activities would be that person's.
    assert (few.activities, few.people, few.comings) == (None, None, None)
    come(hall, 1, begin=5)
    (enough,) = turnout_of(city.root)
    assert (enough.activities, enough.people, enough.comings) == (1, 3, 3)


def test_a_move_shifts_nobodys_past_hours_or_turnout(
    hall: Hall, city: City, other_branch: Organisation, person: PersonFactory
) -> None:
    come(hall, SMALLEST_GROUP)
    for number in range(SMALLEST_GROUP):
        hall.decide(hall.guest(f"more{number}"))
        other = person(other_branch.id, f"外支部{number}", key=f"outside{number}")
        hall.send(other)
        hall.decide(other)
    before = (hours_of(city.root), turnout_of(city.root))
    assert [one.people for one in before[1]] == [SMALLEST_GROUP, 2 * SMALLEST_GROUP]
    with transaction():
        membership.move_person(hall.guests[0].id, other_branch.id, actor=SYSTEM, now=clock.now())
    assert (hours_of(city.root), turnout_of(city.root)) == before


def test_nothing_is_told_of_a_quarter_that_is_not_over_or_an_activity_that_goes_on(
    hall: Hall, city: City
) -> None:
    come(hall, SMALLEST_GROUP)
    quarter, path = quarter_of(), city.root.path
    within = quarter.ends_at - timedelta(seconds=1)
    assert queries.hours_by_branch(quarter, path, now=within) == Hours([], 0)
    assert figures.turnout_by_branch(quarter.starts_at, quarter.ends_at, path, now=within) == []
    assert hours_of(city.root).branches
    hall.change(ends_at=quarter.ends_at + 2 * DAY)
    assert hours_of(city.root).branches == []
    assert turnout_of(city.root) == []
