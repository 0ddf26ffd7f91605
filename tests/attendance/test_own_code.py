"""Who holds the activity's key can sign any code: his own is for somebody else to answer."""

import pytest

from server.activities import service as activity_service
from server.attendance import queries, service
from server.attendance.rules import DOUBT_LABELS, DOUBT_MESSAGES, Doubt, Presence
from server.core import clock
from server.core.transaction import transaction
from server.membership.rules import Post
from tests.attendance.conftest import Hall
from tests.factories.city import City


@pytest.fixture
def joined(hall: Hall) -> Hall:
    """An activity whose organiser takes part himself."""
    with transaction():
        activity_service.join(hall.id, hall.organiser.id, clock.now())
    return hall


def test_an_organisers_scan_of_his_own_code_is_a_question_to_another(
    joined: Hall, city: City
) -> None:
    answer = joined.send(joined.organiser)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["own_code"])
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.OWN_CODE]
    (item,) = joined.overview()["items"]
    assert item["doubt_labels"] == [DOUBT_LABELS[Doubt.OWN_CODE]]
    assert joined.decide(joined.organiser).json["code"] == "own_check_in"
    staff, now = city.actors["party"], clock.now()
    assert [one.doubts for one in queries.questions(staff, now=now)] == [[Doubt.OWN_CODE]]
    with transaction():
        found = service.decide(joined.id, joined.organiser.id, present=True, actor=staff, now=now)
    assert found.presence is Presence.PRESENT


def test_a_proof_that_an_organiser_signed_for_himself_is_one_too(joined: Hall) -> None:
    proof = joined.proof(joined.own_code(joined.organiser))
    answer = joined.deliver(proof, joined.organiser)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["own_code"])


def test_whoever_reaches_the_activity_holds_its_key(joined: Hall) -> None:
    second = joined.person(joined.branch.id, "副书记", key="second", post=Post.DEPUTY_SECRETARY)
    with transaction():
        activity_service.join(joined.id, second.id, clock.now())
    assert joined.send(second).json["doubts"] == ["own_code"]
    assert joined.decide(second).json["presence"] == "present"


def test_peers_and_the_place_serve_an_organiser_as_anybody(joined: Hall) -> None:
    for key in ("anna", "ben"):
        peer = joined.guest(key)
        joined.send(peer)
        answer = joined.vouch(peer, joined.own_code(joined.organiser))
    assert answer.json["presence"] == "present"
