"""Joining and leaving through the API: places, turns, refusals with names."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.activities import queries, service
from server.activities.models import Activity, ActivityPlaces
from server.activities.rules import Audience
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import service as membership
from server.membership.rules import Post
from tests.activities.conftest import People, Told
from tests.factories.activities import ActivityFactory
from tests.factories.members import Comrade
from tests.factories.rating import Phone

HOUR = timedelta(hours=1)


def address(activity: Activity) -> str:
    return f"/api/v1/activities/{activity.id}/participation"


def join(client: FlaskClient, activity: Activity, who: Comrade) -> TestResponse:
    return client.post(address(activity), headers=who.headers)


def leave(client: FlaskClient, activity: Activity, who: Comrade) -> TestResponse:
    return client.delete(address(activity), headers=who.headers)


def taken(activity: Activity) -> int:
    db.session.expire_all()
    places = db.session.get(ActivityPlaces, activity.id)
    assert places is not None
    return places.taken


def test_a_second_tap_gets_the_first_answer(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    cleaning = activity(branch.id, capacity=2)
    first = join(client, cleaning, people.anna)
    assert (first.status_code, first.json) == (
        201,
        {"standing": "joined", "number": 1, "ahead": 0, "taken": 1, "capacity": 2},
    )
    again = join(client, cleaning, people.anna)
    assert (again.status_code, again.json) == (201, first.json)
    assert taken(cleaning) == 1


def test_who_comes_after_the_last_place_waits_and_moves_up(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    cleaning = activity(branch.id, capacity=1)
    join(client, cleaning, people.anna)
    waiting = join(client, cleaning, people.bo).json
    behind = join(client, cleaning, people.stranger).json
    assert (waiting["standing"], waiting["number"], waiting["ahead"]) == ("waiting", 2, 0)
    assert (behind["standing"], behind["number"], behind["ahead"]) == ("waiting", 3, 1)
    left = leave(client, cleaning, people.anna)
    assert (left.status_code, left.json["standing"], left.json["taken"]) == (200, "left", 1)
    assert join(client, cleaning, people.bo).json["standing"] == "joined"
    assert [kind for kind, _ in told(people.bo)] == ["place_given"]
    assert told(people.stranger) == []


def test_who_leaves_and_comes_again_goes_to_the_end(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    cleaning = activity(branch.id, capacity=1)
    for one in (people.anna, people.bo, people.stranger):
        join(client, cleaning, one)
    leave(client, cleaning, people.anna)
    back = join(client, cleaning, people.anna).json
    assert (back["standing"], back["number"], back["ahead"]) == ("waiting", 4, 1)
    leave(client, cleaning, people.bo)
    leave(client, cleaning, people.stranger)
    assert join(client, cleaning, people.anna).json["standing"] == "joined"
    assert [kind for kind, _ in told(people.anna)] == ["place_given"]


def test_leaving_twice_changes_nothing_and_a_waiting_one_frees_no_place(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    cleaning = activity(branch.id, capacity=1)
    for one in (people.anna, people.bo, people.stranger):
        join(client, cleaning, one)
    first = leave(client, cleaning, people.bo)
    assert leave(client, cleaning, people.bo).json == first.json
    assert taken(cleaning) == 1
    assert join(client, cleaning, people.stranger).json["standing"] == "waiting"


def test_without_a_capacity_everybody_has_a_place(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    cleaning = activity(branch.id)
    answers = [join(client, cleaning, one).json for one in (people.anna, people.bo)]
    assert [one["standing"] for one in answers] == ["joined", "joined"]
    assert answers[0]["capacity"] is None


def test_each_reason_against_joining_has_its_own_message(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    long_ago = clock.now() - timedelta(days=9)
    cancelled = activity(branch.id)
    with transaction():
        service.cancel(cancelled.id, "台风", actor=SYSTEM, now=clock.now())
    refused = {
        "activity_not_announced": activity(branch.id, announced=False),
        "activity_cancelled": cancelled,
        "activity_over": activity(branch.id, at=long_ago),
        "activity_join_closed": activity(branch.id, starts_in=-HOUR),
    }
    messages = set()
    for code, held in refused.items():
        answer = join(client, held, people.anna)
        assert (answer.status_code, answer.json["code"]) == (409, code)
        messages.add(answer.json["detail"])
    assert len(messages) == len(refused)
    unknown = client.post("/api/v1/activities/999/participation", headers=people.anna.headers)
    assert (unknown.status_code, unknown.json["code"]) == (404, "activity_unknown")


def test_a_second_tap_is_answered_after_the_end_of_joining_too(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    cleaning = activity(branch.id)
    first = join(client, cleaning, people.anna).json
    with transaction():
        row = db.session.get(Activity, cleaning.id)
        assert row is not None
        row.join_until = clock.now() - HOUR
    assert join(client, cleaning, people.anna).json == first
    assert join(client, cleaning, people.bo).json["code"] == "activity_join_closed"


def test_leaving_is_refused_once_the_activity_has_started(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    now = clock.now()
    running = activity(branch.id, starts_in=-HOUR / 2, join_until=now + HOUR)
    join(client, running, people.anna)
    answer = leave(client, running, people.anna)
    assert (answer.status_code, answer.json["code"]) == (409, "activity_started")


def test_leaving_what_one_never_joined_is_a_404(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    answer = leave(client, activity(branch.id), people.anna)
    assert (answer.status_code, answer.json["code"]) == (404, "not_joined")


def test_an_activity_of_partners_takes_their_people_alone(
    client: FlaskClient,
    branch: Organisation,
    other_branch: Organisation,
    people: People,
    activity: ActivityFactory,
) -> None:
    own = activity(branch.id, audience=Audience.PARTNERS)
    assert join(client, own, people.anna).status_code == 201
    refused = join(client, own, people.stranger)
    assert (refused.status_code, refused.json["code"]) == (403, "activity_not_for_you")
    above = other_branch.parent_id
    together = activity(branch.id, audience=Audience.PARTNERS, partner_ids=(above,))
    assert join(client, together, people.stranger).status_code == 201


def test_an_activity_of_a_group_takes_its_people_alone(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    with transaction():
        young = membership.add_group("年轻干部", actor=SYSTEM, now=clock.now()).id
        membership.change_person(
            people.anna.id,
            name="安娜",
            groups=[young],
            post=Post.MEMBER,
            actor=SYSTEM,
            now=clock.now(),
        )
    study = activity(branch.id, audience=Audience.GROUPS, audience_groups=(young,))
    assert join(client, study, people.anna).status_code == 201
    assert join(client, study, people.bo).json["code"] == "activity_not_for_you"


def test_a_phone_that_is_bound_to_nobody_can_not_join(
    client: FlaskClient, branch: Organisation, activity: ActivityFactory
) -> None:
    unbound = Phone.of(client, "unbound")
    held = activity(branch.id)
    for method, path in (
        ("post", address(held)),
        ("delete", address(held)),
        ("get", "/api/v1/activities"),
        ("get", f"/api/v1/activities/{held.id}"),
        ("get", f"/api/v1/activities/{held.id}/calendar.ics"),
    ):
        answer = getattr(client, method)(path, headers=unbound.headers)
        assert (answer.status_code, answer.json["code"]) == (403, "person_not_bound"), path
        assert getattr(client, method)(path).status_code == 401


def test_a_free_place_after_the_start_is_the_organisers_to_give(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    now = clock.now()
    held = activity(branch.id, capacity=1)
    with transaction():
        service.join(held.id, people.anna.id, now)
        service.join(held.id, people.bo.id, now)
    begun = held.starts_at + HOUR / 2
    with transaction():
        service.remove_participant(held.id, people.anna.id, SYSTEM, begun)
    waiting = queries.participation(held.id, people.bo.id)
    assert waiting is not None
    assert waiting.standing == "waiting"
    with transaction():
        service.add_participant(held.id, people.stranger.id, SYSTEM, begun)
    assert [row.person_id for row in queries.roster(held.id)] == [people.stranger.id, people.bo.id]


def test_a_walk_in_takes_no_place(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    now = clock.now()
    held = activity(branch.id, capacity=1)
    with transaction():
        service.join(held.id, people.anna.id, now)
        service.join(held.id, people.bo.id, now)
        came = service.walk_in(held.id, people.stranger.id, held.starts_at)
        assert service.walk_in(held.id, people.stranger.id, held.starts_at) is came
        assert service.walk_in(held.id, people.bo.id, held.starts_at).standing == "walk_in"
        assert service.walk_in(held.id, people.anna.id, held.starts_at).standing == "joined"
    places = queries.places([held.id])[held.id]
    assert (places.taken, places.waiting) == (1, 0)
    draft = activity(branch.id, announced=False)
    with pytest.raises(Refusal, match="activity_not_announced"):
        service.walk_in(draft.id, people.anna.id, now)
    db.session.rollback()
