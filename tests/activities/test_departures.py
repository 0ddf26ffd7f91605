"""Places of persons who leave the register, or move to where an activity is not meant for them."""

from datetime import datetime, timedelta

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from server.activities import queries, service, tasks
from server.activities.models import Activity
from server.activities.rules import Audience, Standing
from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import service as membership
from server.membership.rules import Post
from tests.activities.conftest import People, Told
from tests.factories.activities import ActivityFactory
from tests.factories.identity import at_once
from tests.membership.files import table, take_in


def work() -> int:
    """Do the jobs that wait, as the worker does; return how many there were."""
    db.session.rollback()
    name = tasks.release_places.name
    jobs = db.session.execute(
        text("DELETE FROM procrastinate_jobs WHERE task_name = :name RETURNING args"),
        {"name": name},
    ).all()
    db.session.commit()
    for job in jobs:
        tasks.release_places(**job.args)
    return len(jobs)


def join(held: Activity, *persons: object, now: datetime | None = None) -> None:
    with transaction():
        for one in persons:
            service.join(held.id, one.id, now or clock.now())  # type: ignore[attr-defined]


def standing(held: Activity, person: object) -> str:
    db.session.expire_all()
    row = queries.participation(held.id, person.id)  # type: ignore[attr-defined]
    assert row is not None
    return row.standing


def leave_the_party(person: object) -> None:
    with transaction():
        membership.remove_person(person.id, actor=SYSTEM, now=clock.now())  # type: ignore[attr-defined]


def move(person: object, branch: Organisation) -> None:
    with transaction():
        membership.move_person(person.id, branch.id, actor=SYSTEM, now=clock.now())  # type: ignore[attr-defined]


def test_who_leaves_frees_each_coming_place_and_the_next_one_moves_up_and_is_told(
    branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    first, second = activity(branch.id, capacity=1), activity(branch.id, capacity=1)
    join(first, people.anna, people.bo)
    join(second, people.bo, people.anna)
    leave_the_party(people.anna)
    assert work() == 1
    assert (standing(first, people.anna), standing(second, people.anna)) == ("left", "left")
    assert (standing(first, people.bo), standing(second, people.bo)) == ("joined", "joined")
    assert queries.places([first.id])[first.id] == queries.Places(1, 1, 0)
    assert queries.places([second.id])[second.id] == queries.Places(1, 1, 0)
    assert [kind for kind, _ in told(people.bo)] == ["place_given"]
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "activity.place_released")
    ).first()
    assert entry is not None
    assert entry.detail == {"person": str(people.anna.id)}


def test_a_departure_that_is_taken_back_releases_nothing(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    join(held, people.anna)
    membership.remove_person(people.anna.id, actor=SYSTEM, now=clock.now())
    db.session.rollback()
    assert work() == 0
    assert standing(held, people.anna) == "joined"


def test_doing_the_job_twice_changes_nothing(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id, capacity=2)
    join(held, people.anna, people.bo)
    leave_the_party(people.anna)
    work()
    tasks.release_places([str(people.anna.id)])
    assert queries.places([held.id])[held.id] == queries.Places(2, 1, 0)


def test_who_moves_keeps_places_that_are_meant_for_it_still_and_is_told_of_the_others(
    branch: Organisation,
    other_branch: Organisation,
    people: People,
    activity: ActivityFactory,
    told: Told,
) -> None:
    own = activity(branch.id, audience=Audience.PARTNERS)
    shared = activity(branch.id, audience=Audience.PARTNERS, partner_ids=(other_branch.id,))
    open_to_all = activity(branch.id)
    for held in (own, shared, open_to_all):
        join(held, people.anna)
    move(people.anna, other_branch)
    work()
    assert [standing(held, people.anna) for held in (own, shared, open_to_all)] == [
        "left",
        "joined",
        "joined",
    ]
    ((kind, body),) = told(people.anna)
    assert (kind, "已转到其他支部" in body) == ("activity_changed", True)


def test_an_import_that_moves_people_releases_their_places(
    branch: Organisation, other_branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    with transaction():
        membership.change_person(
            people.anna.id, name="安娜", code="A1", post=Post.MEMBER, actor=SYSTEM, now=clock.now()
        )
    held = activity(branch.id, audience=Audience.PARTNERS)
    join(held, people.anna)
    take_in(table("姓名,支部,编号", f"安娜,{other_branch.name},A1"))
    assert work() == 1
    assert standing(held, people.anna) == "left"


def test_the_organisers_word_outlasts_a_move_and_not_the_membership(
    branch: Organisation, other_branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id, audience=Audience.PARTNERS)
    with transaction():
        service.add_participant(held.id, people.anna.id, SYSTEM, clock.now())
    move(people.anna, other_branch)
    work()
    assert standing(held, people.anna) == "joined"
    leave_the_party(people.anna)
    work()
    assert standing(held, people.anna) == "left"


def test_what_has_begun_or_was_cancelled_keeps_its_roster(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    ago = clock.now() - timedelta(days=2)
    running = activity(branch.id, at=ago, starts_in=timedelta(days=2) - timedelta(minutes=5))
    cancelled = activity(branch.id)
    join(running, people.anna, now=ago)
    join(cancelled, people.anna)
    with transaction():
        service.cancel(cancelled.id, "雨", actor=SYSTEM, now=clock.now())
    leave_the_party(people.anna)
    work()
    assert standing(running, people.anna) == standing(cancelled, people.anna) == "joined"


def test_an_erased_account_keeps_its_place(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    join(held, people.anna)
    assert client.delete("/api/v1/me", headers=people.anna.headers).status_code == 204
    assert work() == 0
    assert standing(held, people.anna) == Standing.JOINED


def test_joining_and_leaving_the_party_at_once_wait_for_each_other_in_one_direction(
    app: APIFlask, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    now = clock.now()
    outcomes = at_once(
        app,
        [
            lambda: service.join(held.id, people.anna.id, now),
            lambda: membership.remove_person(people.anna.id, actor=SYSTEM, now=now),
        ],
    )
    assert outcomes[1] == "done"
    assert outcomes[0] in {"done", "activity_not_for_you"}
    work()
    row = queries.participation(held.id, people.anna.id)
    assert row is None or row.standing == "left"
