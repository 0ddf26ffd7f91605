"""Who holds no place: asked about, and taken in by nothing but the organiser's yes."""

from datetime import timedelta

import pytest

from server.activities import queries as activities
from server.activities import service as activity_service
from server.activities.rules import Quarter
from server.attendance.rules import DOUBT_MESSAGES, Doubt
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from tests.attendance.conftest import Hall, HallFactory
from tests.factories.city import City
from tests.factories.members import Comrade


@pytest.fixture
def soon(make_hall: HallFactory) -> Hall:
    """An activity with one place that begins in an hour."""
    begin = clock.now() + timedelta(hours=1)
    hall = make_hall(
        starts_at=begin, join_until=begin + timedelta(hours=1), ends_at=begin + timedelta(hours=2)
    )
    with transaction():
        _, places = activities.lock_places(hall.id)
        places.capacity = 1
    return hall


def standing(hall: Hall, guest: Comrade) -> str | None:
    db.session.rollback()
    found = activities.participation(hall.id, guest.id)
    return found.standing if found else None


def test_who_has_no_place_is_a_question_and_no_participant(hall: Hall) -> None:
    eve = hall.guest("eve", joined=False)
    answer = hall.send(eve)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["not_joined"])
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.NOT_JOINED]
    assert standing(hall, eve) is None
    (item,) = hall.overview()["items"]
    assert (item["name"], item["standing"], item["number"]) == (eve.name, None, None)
    assert hall.decide(eve).json["presence"] == "present"
    assert standing(hall, eve) == "walk_in"
    assert hall.send(eve).json["doubts"] == []


def test_who_waits_keeps_the_turn_whatever_he_scans_before_the_start(soon: Hall) -> None:
    anna, ben = soon.guest("anna"), soon.guest("ben")
    for answer in (soon.send(ben), soon.at_place(ben), soon.vouch(anna, soon.own_code(ben))):
        assert answer.status_code in {200, 409}, answer.text
        assert standing(soon, ben) == "waiting"
    early = soon.decide(ben)
    assert (early.status_code, early.json["code"]) == (409, "walk_in_not_begun")
    assert standing(soon, ben) == "waiting"
    with transaction():
        activity_service.leave(soon.id, anna.id, clock.now())
    assert standing(soon, ben) == "joined"
    # The place makes the question moot: a fresh scan answers it.
    assert soon.send(ben).json["presence"] == "present"


def test_who_waits_still_waits_after_a_doubtful_scan_at_the_activity(hall: Hall) -> None:
    with transaction():
        _, places = activities.lock_places(hall.id)
        places.capacity = 1
    hall.guest("anna")
    ben = hall.guest("ben")
    assert hall.send(ben).json["presence"] == "question"
    assert standing(hall, ben) == "waiting"
    hall.decide(ben)
    assert standing(hall, ben) == "walk_in"


def test_who_was_removed_does_not_come_back_by_a_code(hall: Hall) -> None:
    anna = hall.guest("anna")
    code = hall.own_code(anna)
    with transaction():
        activity_service.remove_participant(hall.id, anna.id, hall.organiser.actor, clock.now())
    assert hall.send(anna).json["doubts"] == ["not_joined"]
    hall.deliver(hall.proof(code), anna)
    assert standing(hall, anna) == "removed"


def test_the_organisers_no_takes_a_walk_in_back_and_coverage_does_not_count_it(
    hall: Hall, city: City
) -> None:
    eve = hall.guest("eve", joined=False)
    hall.decide(eve)
    assert standing(hall, eve) == "walk_in"
    hall.decide(eve, present=False)
    assert standing(hall, eve) == "left"
    hall.send(eve)
    assert standing(hall, eve) == "left"
    hall.ended(timedelta(hours=1))
    quarter = Quarter.of(clock.local_date(clock.now() - timedelta(hours=3)))
    found = activities.coverage(quarter, city.root.path, now=clock.now())
    assert not [one for one in found.groups if one.covered]
    hall.decide(eve)
    assert standing(hall, eve) == "walk_in"


def test_who_is_present_already_neither_leaves_nor_is_taken_out(soon: Hall) -> None:
    anna = soon.guest("anna")
    assert soon.send(anna).json["presence"] == "present"
    address = f"{soon.address}/participation"
    answer = soon.client.delete(address, headers=anna.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "present_already")
    removal = f"{soon.address}/participants/{anna.id}"
    answer = soon.client.delete(removal, headers=soon.organiser.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "participant_came")
    soon.decide(anna, present=False)
    assert soon.client.delete(address, headers=anna.headers).status_code == 200
