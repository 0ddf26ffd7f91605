"""The rush for places: many at once, never one too many, and the order is fair."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server.activities import queries, service
from server.activities.models import ActivityPlaces, Participation
from server.core import clock
from server.core.access import SYSTEM, ActorKind
from server.core.database import db
from server.core.transaction import transaction
from server.identity import service as identity
from server.identity import tokens
from server.identity.models import Organisation
from server.membership import queries as membership
from server.membership import service as membership_service
from tests.factories.activities import ActivityFactory, content
from tests.factories.identity import at_once

Crowd = list[tuple[UUID, str]]
Taken = Future[tuple[int, dict[str, object]]]
WAITING_LOCKS = text("""
    SELECT count(*) FROM pg_locks
    WHERE NOT granted AND pid IN (
        SELECT pid FROM pg_stat_get_activity(NULL) WHERE datid =
            (SELECT oid FROM pg_database WHERE datname = current_database())
    )
""")


@pytest.fixture
def crowd(branch: Organisation) -> Callable[[int], Crowd]:
    """Make persons with bound phones: their ids and tokens."""

    def make(size: int) -> Crowd:
        now = clock.now()
        made = []
        with transaction():
            for place in range(size):
                person = membership_service.add_person(
                    branch_id=branch.id, name=f"党员{place}", actor=SYSTEM, now=now
                )
                member = identity.member_of_openid(f"crowd-{place}", now=now)
                person.member_id, person.bound_on = member.id, clock.local_date(now)
                made.append((person.id, tokens.issue(ActorKind.MEMBER, member.id)[0]))
        return made

    return make


def rows(activity_id: int) -> list[Participation]:
    db.session.expire_all()
    return list(
        db.session.scalars(
            select(Participation)
            .where(Participation.activity_id == activity_id)
            .order_by(Participation.number)
        )
    )


def taken(activity_id: int) -> int:
    places = db.session.get(ActivityPlaces, activity_id)
    assert places is not None
    return places.taken


def assert_fair(activity_id: int, capacity: int) -> None:
    """Nobody with a higher number holds a place while a lower one waits; the count is right."""
    found = rows(activity_id)
    holders = [row.number for row in found if row.standing == "joined"]
    waiting = [row.number for row in found if row.standing == "waiting"]
    assert len(holders) == taken(activity_id) <= capacity
    assert len({row.number for row in found}) == len(found)
    if waiting:
        assert len(holders) == capacity
        assert max(holders) < min(waiting)


def test_a_hundred_and_twenty_phones_for_twelve_places_get_exactly_twelve(
    app: APIFlask,
    branch: Organisation,
    crowd: Callable[[int], Crowd],
    activity: ActivityFactory,
) -> None:
    held = activity(branch.id, capacity=12).id
    people = crowd(120)

    def tap(token: str) -> tuple[int, str, int]:
        answer = app.test_client().post(
            f"/api/v1/activities/{held}/participation",
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code, answer.json["standing"], answer.json["number"]

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(tap, [token for _, token in people]))
    assert {status for status, _, _ in answers} == {201}
    assert sorted(number for _, _, number in answers) == list(range(1, 121))
    assert {number for _, standing, number in answers if standing == "joined"} == set(range(1, 13))
    assert_fair(held, 12)


def test_twenty_taps_of_one_phone_take_one_place(
    app: APIFlask,
    branch: Organisation,
    crowd: Callable[[int], Crowd],
    activity: ActivityFactory,
) -> None:
    held = activity(branch.id, capacity=5).id
    ((person, _),) = crowd(1)
    outcomes = at_once(app, [partial(service.join, held, person, clock.now()) for _ in range(20)])
    assert set(outcomes) == {"done"}
    assert (len(rows(held)), taken(held)) == (1, 1)


def test_leaving_and_joining_at_once_keeps_count_and_order(
    app: APIFlask,
    branch: Organisation,
    crowd: Callable[[int], Crowd],
    activity: ActivityFactory,
) -> None:
    held = activity(branch.id, capacity=6).id
    people = [person for person, _ in crowd(20)]
    with transaction():
        for person in people[:14]:
            service.join(held, person, clock.now())
    now = clock.now()
    leaving = [partial(service.leave, held, person, now) for person in people[:9]]
    joining = [partial(service.join, held, person, now) for person in people[14:]]
    steps: list[Callable[[], object]] = [*leaving[:5], *joining, *leaving[5:]]
    assert set(at_once(app, steps)) == {"done"}
    assert_fair(held, 6)
    assert sum(row.standing == "left" for row in rows(held)) == 9


def test_a_raised_capacity_and_joins_at_once_stay_fair(
    app: APIFlask,
    branch: Organisation,
    crowd: Callable[[int], Crowd],
    activity: ActivityFactory,
) -> None:
    held = activity(branch.id, capacity=2)
    identifier, starts_at = held.id, held.starts_at
    people = [person for person, _ in crowd(16)]
    now = clock.now()
    with transaction():
        for person in people[:8]:
            service.join(identifier, person, now)
    wider = content(branch.id, starts_at=starts_at, capacity=7)
    steps: list[Callable[[], object]] = [
        partial(service.change_activity, identifier, wider, revision=1, actor=SYSTEM, now=now),
        *(partial(service.join, identifier, person, now) for person in people[8:]),
    ]
    assert set(at_once(app, steps)) == {"done"}
    assert_fair(identifier, 7)
    assert taken(identifier) == 7


def tap_and_wait(app: APIFlask, pool: ThreadPoolExecutor, held: int, crowd: Crowd) -> list[Taken]:
    """Let phones ask for a place, and return once all of them wait for the lock."""

    def tap(token: str) -> tuple[int, dict[str, object]]:
        answer = app.test_client().post(
            f"/api/v1/activities/{held}/participation",
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code, answer.json

    taps = [pool.submit(tap, token) for _, token in crowd]
    for _ in range(500):
        db.session.execute(text("SELECT pg_stat_clear_snapshot()"))
        if db.session.scalar(WAITING_LOCKS) == len(crowd):
            return taps
        time.sleep(0.01)
    pytest.fail("the phones don't wait for the lock")


def test_a_common_join_is_one_statement_and_everything_else_takes_the_long_way(
    branch: Organisation,
    crowd: Callable[[int], Crowd],
    activity: ActivityFactory,
) -> None:
    now = clock.now()
    held = activity(branch.id, capacity=1).id
    members = membership.members_of([person for person, _ in crowd(3)])
    first, second, third = members.values()
    turns = [service.join_at_once(held, one, now) for one in (first, second, third)]
    assert [(one.standing, one.number, one.ahead, one.taken) for one in turns if one] == [
        ("joined", 1, 0, 1),
        ("waiting", 2, 0, 1),
        ("waiting", 3, 1, 1),
    ]
    assert service.join_at_once(held, first, now) is None
    assert service.join_at_once(held, uuid4(), now) is None
    assert service.join_at_once(held + 99, first, now) is None
    draft = activity(branch.id, announced=False).id
    assert service.join_at_once(draft, first, now) is None
    assert_fair(held, 1)


def test_who_waits_for_the_lock_while_the_activity_is_cancelled_is_refused(
    app: APIFlask,
    branch: Organisation,
    crowd: Callable[[int], Crowd],
    activity: ActivityFactory,
) -> None:
    held = activity(branch.id, capacity=3).id
    people = crowd(4)
    with ThreadPoolExecutor(len(people)) as pool:
        with transaction():
            queries.lock_places(held)
            taps = tap_and_wait(app, pool, held, people)
            # A join that held the activity before its turn would be a deadlock here.
            service.cancel(held, "台风", actor=SYSTEM, now=clock.now())
        answers = [one.result() for one in taps]
    assert {(status, body["code"]) for status, body in answers} == {(409, "activity_cancelled")}
    assert rows(held) == []
    assert taken(held) == 0


def test_who_waits_for_the_lock_while_the_capacity_rises_gets_the_new_places(
    app: APIFlask,
    branch: Organisation,
    crowd: Callable[[int], Crowd],
    activity: ActivityFactory,
) -> None:
    made = activity(branch.id, capacity=1)
    held, wider = made.id, content(branch.id, starts_at=made.starts_at, capacity=3)
    people = crowd(5)
    with ThreadPoolExecutor(len(people)) as pool:
        with transaction():
            queries.lock_places(held)
            taps = tap_and_wait(app, pool, held, people)
            service.change_activity(held, wider, revision=1, actor=SYSTEM, now=clock.now())
        answers = [one.result() for one in taps]
    assert {status for status, _ in answers} == {201}
    assert sorted(str(body["standing"]) for _, body in answers) == ["joined"] * 3 + ["waiting"] * 2
    assert_fair(held, 3)


def test_two_taps_that_wait_together_take_one_number(
    app: APIFlask,
    branch: Organisation,
    crowd: Callable[[int], Crowd],
    activity: ActivityFactory,
) -> None:
    held = activity(branch.id, capacity=3).id
    (one,) = crowd(1)
    with ThreadPoolExecutor(4) as pool:
        with transaction():
            queries.lock_places(held)
            taps = tap_and_wait(app, pool, held, [one] * 4)
        answers = [tap.result() for tap in taps]
    assert [status for status, _ in answers] == [201] * 4
    assert {body["number"] for _, body in answers} == {1}
    places = db.session.get(ActivityPlaces, held)
    assert places is not None
    assert (places.taken, places.next_number) == (1, 2)
