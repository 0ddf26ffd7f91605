"""The organiser's roster: candidates, last-minute additions, removals."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.activities import queries, service
from server.activities.models import Activity
from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import service as membership
from tests.activities.conftest import People, Told
from tests.factories.activities import ActivityFactory, make_agreement
from tests.factories.members import Comrade


def address(held: Activity) -> str:
    return f"/api/v1/activities/{held.id}"


def add(client: FlaskClient, held: Activity, who: object, by: Comrade) -> TestResponse:
    return client.post(
        f"{address(held)}/participants", json={"person": str(who)}, headers=by.headers
    )


def remove(client: FlaskClient, held: Activity, who: object, by: Comrade) -> TestResponse:
    return client.delete(f"{address(held)}/participants/{who}", headers=by.headers)


def test_an_addition_takes_a_place_is_told_and_recorded_without_a_name(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    held = activity(branch.id, capacity=2)
    answer = add(client, held, people.anna.id, people.secretary)
    assert (answer.status_code, answer.json["standing"], answer.json["taken"]) == (
        201,
        "joined",
        1,
    )
    again = add(client, held, people.anna.id, people.secretary)
    assert (again.status_code, again.json) == (201, answer.json)
    assert [kind for kind, _ in told(people.anna)] == ["added"]
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "activity.participant_added")
    ).one()
    assert entry.detail == {"person": str(people.anna.id)}


def test_a_full_activity_asks_the_organiser_to_raise_its_capacity(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id, capacity=1)
    add(client, held, people.anna.id, people.secretary)
    answer = add(client, held, people.bo.id, people.secretary)
    assert (answer.status_code, answer.json["code"]) == (409, "activity_full")
    assert "先增加名额" in answer.json["detail"]
    assert queries.places([held.id])[held.id] == queries.Places(1, 1, 0)


def test_the_organiser_adds_after_the_end_of_joining_and_not_after_the_end(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id, join_until=clock.now() - timedelta(hours=1))
    with transaction():
        added = service.add_participant(held.id, people.anna.id, SYSTEM, held.starts_at)
        assert (added.standing, added.by_organiser) == ("joined", True)
    with pytest.raises(Refusal, match="activity_over"), transaction():
        service.add_participant(held.id, people.bo.id, SYSTEM, held.ends_at)


def test_only_people_in_reach_or_of_a_partner_under_agreement_can_be_added(
    client: FlaskClient,
    branch: Organisation,
    other_branch: Organisation,
    people: People,
    activity: ActivityFactory,
) -> None:
    alone = activity(branch.id)
    refused = add(client, alone, people.stranger.id, people.secretary)
    assert (refused.status_code, refused.json["code"]) == (422, "person_no_candidate")
    together = activity(branch.id, partner_ids=(other_branch.id,))
    named = add(client, together, people.stranger.id, people.secretary)
    assert (named.status_code, named.json["code"]) == (422, "person_no_candidate")
    make_agreement(other_branch.id, (branch.id,))
    assert add(client, together, people.stranger.id, people.secretary).status_code == 201
    unknown = add(client, together, uuid4(), people.secretary)
    assert (unknown.status_code, unknown.json["code"]) == (404, "person_unknown")
    with transaction():
        membership.remove_person(people.bo.id, actor=SYSTEM, now=clock.now())
    left = add(client, together, people.bo.id, people.secretary)
    assert (left.status_code, left.json["code"]) == (422, "person_no_candidate")


def test_who_is_removed_frees_the_place_and_can_not_join_again_by_itself(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    held = activity(branch.id, capacity=1)
    now = clock.now()
    with transaction():
        service.join(held.id, people.anna.id, now)
        service.join(held.id, people.bo.id, now)
    answer = remove(client, held, people.anna.id, people.secretary)
    assert (answer.status_code, answer.json["standing"]) == (200, "removed")
    assert remove(client, held, people.anna.id, people.secretary).json == answer.json
    assert [kind for kind, _ in told(people.anna)] == ["activity_changed"]
    assert [kind for kind, _ in told(people.bo)] == ["place_given"]
    back = client.post(f"{address(held)}/participation", headers=people.anna.headers)
    assert (back.status_code, back.json["code"]) == (403, "activity_removed_from")
    assert remove(client, held, people.bo.id, people.secretary).status_code == 200
    assert add(client, held, people.anna.id, people.secretary).json["standing"] == "joined"


def test_removing_who_is_not_on_the_roster_is_a_404(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    answer = remove(client, held, people.anna.id, people.secretary)
    assert (answer.status_code, answer.json["code"]) == (404, "participant_unknown")


def test_who_came_can_not_be_removed(
    branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    with transaction():
        service.walk_in(held.id, people.anna.id, held.starts_at)
        service.join(held.id, people.bo.id, clock.now())
    for who, now in ((people.anna, held.starts_at), (people.bo, held.ends_at)):
        with pytest.raises(Refusal, match="participant_came"), transaction():
            service.remove_participant(held.id, who.id, SYSTEM, now)


@pytest.mark.parametrize("wrong", [None, 5, "x", ""])
def test_a_person_that_is_no_id_is_named(
    client: FlaskClient,
    branch: Organisation,
    people: People,
    activity: ActivityFactory,
    wrong: object,
) -> None:
    held = activity(branch.id)
    answer = client.post(
        f"{address(held)}/participants",
        json={"person": wrong},
        headers=people.secretary.headers,
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["person"]
