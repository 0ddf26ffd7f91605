"""Reminders: a day and two hours before, made up, never doubled, nothing for who left."""

from datetime import timedelta

from server.activities import service, tasks
from server.activities.models import Activity
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.identity.models import Organisation
from tests.activities.conftest import People, Told
from tests.factories.activities import ActivityFactory, content

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def remind(held: Activity, before: timedelta) -> int:
    """Run the job at a time before the activity's start."""
    with transaction():
        return service.remind(held.starts_at - before)


def test_a_day_and_two_hours_before_who_holds_a_place_is_reminded_once_each(
    branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    held = activity(branch.id, capacity=1)
    now = clock.now()
    with transaction():
        service.join(held.id, people.anna.id, now)
        service.join(held.id, people.bo.id, now)
    runs = [25 * HOUR, 24 * HOUR, 23 * HOUR, 2 * HOUR, HOUR, timedelta(0), -HOUR]
    assert [remind(held, before) for before in runs] == [0, 1, 0, 1, 0, 0, 0]
    assert [kind for kind, _ in told(people.anna)] == ["activity_reminder"] * 2
    assert told(people.bo) == []
    assert "江滨公园东门" in told(people.anna)[0][1]


def test_a_missed_reminder_is_made_up_until_the_start(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    with transaction():
        service.join(held.id, people.anna.id, clock.now())
    assert remind(held, 3 * HOUR) == 1
    assert remind(held, MINUTE) == 1


def test_who_left_or_was_removed_hears_nothing(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    now = clock.now()
    with transaction():
        service.join(held.id, people.anna.id, now)
        service.join(held.id, people.bo.id, now)
        service.leave(held.id, people.anna.id, now)
        service.remove_participant(held.id, people.bo.id, SYSTEM, now)
    assert remind(held, 5 * HOUR) == remind(held, HOUR) == 0


def test_who_joins_when_a_reminder_is_due_is_spared_that_one(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    with transaction():
        service.join(held.id, people.anna.id, held.starts_at - 20 * HOUR)
    assert remind(held, 19 * HOUR) == 0
    assert remind(held, HOUR) == 1


def test_a_moved_activity_is_reminded_of_anew_and_a_cancelled_one_not(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    now = clock.now()
    with transaction():
        service.join(held.id, people.anna.id, now)
    assert remind(held, 20 * HOUR) == 1
    with transaction():
        moved = content(branch.id, starts_at=held.starts_at + 48 * HOUR)
        service.change_activity(held.id, moved, revision=1, actor=SYSTEM, now=now)
    assert remind(held, 20 * HOUR) == 1
    with transaction():
        service.cancel(held.id, "台风", actor=SYSTEM, now=now)
    assert remind(held, HOUR) == 0


def test_the_job_reminds_by_the_clock(
    branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    now = clock.now()
    held = activity(branch.id, at=now - 48 * HOUR, starts_in=58 * HOUR)
    with transaction():
        service.join(held.id, people.anna.id, now - 40 * HOUR)
    tasks.remind(timestamp=0)
    tasks.remind(timestamp=0)
    assert [kind for kind, _ in told(people.anna)] == ["activity_reminder"]
