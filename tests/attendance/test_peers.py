"""Two peers: present themselves, different ones, nobody for himself."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from server.attendance.models import Evidence
from server.attendance.rules import Doubt
from server.core import clock
from server.core.database import db
from tests.attendance.conftest import Hall, HallFactory
from tests.factories.members import Comrade


@pytest.fixture
def peers(hall: Hall) -> list[Comrade]:
    """Three who are present by the organiser's code."""
    made = [hall.guest(key) for key in ("anna", "ben", "carl")]
    for one in made:
        assert hall.send(one).json["presence"] == "present"
    return made


def test_two_present_peers_suffice(hall: Hall, peers: list[Comrade]) -> None:
    cleo = hall.guest("cleo")
    first = hall.vouch(peers[0], hall.own_code(cleo))
    assert first.status_code == 200, first.text
    assert first.json["presence"] == "incomplete"
    assert "另一名同伴" in first.json["message"]
    assert "还需要另一名同伴" in hall.mine(cleo)["my"]["message"]
    second = hall.vouch(peers[1], hall.own_code(cleo))
    assert second.json["presence"] == "present"
    assert hall.mine(cleo)["my"]["kinds"] == ["peers"]


def test_one_peer_counts_once_however_often(hall: Hall, peers: list[Comrade]) -> None:
    cleo = hall.guest("cleo")
    for _ in range(3):
        answer = hall.vouch(peers[0], hall.own_code(cleo))
        assert answer.json["presence"] == "incomplete"


def test_both_may_scan_the_same_showing(hall: Hall, peers: list[Comrade]) -> None:
    cleo = hall.guest("cleo")
    code = hall.own_code(cleo)
    hall.vouch(peers[0], code)
    assert hall.vouch(peers[1], code).json["presence"] == "present"


def test_nobody_confirms_himself(hall: Hall, peers: list[Comrade]) -> None:
    answer = hall.vouch(peers[0], hall.own_code(peers[0]))
    assert (answer.status_code, answer.json["code"]) == (403, "own_check_in")


def test_who_is_not_present_confirms_nobody(hall: Hall) -> None:
    anna, cleo = hall.guest("anna"), hall.guest("cleo")
    answer = hall.vouch(anna, hall.own_code(cleo))
    assert (answer.status_code, answer.json["code"]) == (409, "peer_not_present")
    hall.send(anna, code=hall.code(clock.now() - timedelta(minutes=5)))
    assert hall.vouch(anna, hall.own_code(cleo)).json["code"] == "peer_not_present"


def test_who_is_present_by_peers_alone_confirms_nobody(hall: Hall, peers: list[Comrade]) -> None:
    cleo, dora = hall.guest("cleo"), hall.guest("dora")
    for peer in peers[:2]:
        hall.vouch(peer, hall.own_code(cleo))
    answer = hall.vouch(cleo, hall.own_code(dora))
    assert (answer.status_code, answer.json["code"]) == (409, "peer_only_vouched_for")
    hall.send(cleo)
    assert hall.vouch(cleo, hall.own_code(dora)).status_code == 200


def test_who_was_confirmed_by_the_organiser_may_confirm(hall: Hall) -> None:
    anna, cleo = hall.guest("anna"), hall.guest("cleo")
    hall.decide(anna)
    assert hall.vouch(anna, hall.own_code(cleo)).status_code == 200


def test_confirmations_count_late_from_an_outbox(hall: Hall, peers: list[Comrade]) -> None:
    cleo = hall.guest("cleo")
    then = clock.now() - timedelta(days=2, hours=1)
    hall.ended(timedelta(days=2))
    for peer in peers[:2]:
        answer = hall.vouch(peer, hall.own_code(cleo, then), happened_at=then.isoformat())
    assert answer.json["presence"] == "present"


@pytest.mark.parametrize(
    ("shown", "scanned", "doubt"),
    [
        (timedelta(), timedelta(hours=-5), Doubt.OUTSIDE_TIMES),
        (timedelta(hours=-4), timedelta(), Doubt.CLOCK_WRONG),
        (timedelta(minutes=20), timedelta(), Doubt.FROM_FUTURE),
        (timedelta(), timedelta(hours=5), Doubt.CLOCK_WRONG),
    ],
)
def test_doubtful_times_are_questions(
    hall: Hall, peers: list[Comrade], shown: timedelta, scanned: timedelta, doubt: Doubt
) -> None:
    cleo, now = hall.guest("cleo"), clock.now()
    answer = hall.vouch(
        peers[0], hall.own_code(cleo, now + shown), happened_at=(now + scanned).isoformat()
    )
    assert answer.json["presence"] == "question"
    assert hall.mine(cleo)["my"]["doubts"] == [doubt.value]


def test_a_peers_scan_of_the_wrong_code_says_which_to_scan(
    hall: Hall, peers: list[Comrade]
) -> None:
    assert hall.vouch(peers[0], hall.code()).json["code"] == "code_not_members"
    assert hall.vouch(peers[0], "hello").json["code"] == "code_malformed"
    code = hall.own_code(hall.guest("cleo"))
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert hall.vouch(peers[0], forged).json["code"] == "code_forged"


def test_another_activitys_member_code_is_named(make_hall: HallFactory) -> None:
    one, other = make_hall(), make_hall()
    anna = one.guest("anna")
    one.send(anna)
    answer = one.vouch(anna, other.own_code(other.guest("cleo")))
    assert (answer.status_code, answer.json["code"]) == (409, "code_of_other_activity")


def test_the_same_confirmation_again_changes_nothing(hall: Hall, peers: list[Comrade]) -> None:
    cleo = hall.guest("cleo")
    body = {"id": str(uuid4()), "happened_at": clock.now().isoformat()}
    code = hall.own_code(cleo)
    assert hall.vouch(peers[0], code, **body).json == hall.vouch(peers[0], code, **body).json


def test_an_activity_may_take_no_peers(make_hall: HallFactory) -> None:
    hall = make_hall(evidence=["code"])
    anna, cleo = hall.guest("anna"), hall.guest("cleo")
    hall.send(anna)
    assert hall.vouch(anna, hall.own_code(cleo)).json["code"] == "evidence_not_accepted"


def test_who_turns_out_absent_has_confirmed_nobody(hall: Hall, peers: list[Comrade]) -> None:
    cleo = hall.guest("cleo")
    for peer in peers[:2]:
        hall.vouch(peer, hall.own_code(cleo))
    assert hall.mine(cleo)["my"]["presence"] == "present"
    assert hall.decide(peers[0], present=False).json["presence"] == "absent"
    assert hall.mine(cleo)["my"]["presence"] == "incomplete"
    notices = hall.client.get("/api/v1/me/notices", headers=cleo.headers).json["items"]
    assert any("同伴" in notice["body"] for notice in notices)
    assert hall.vouch(peers[2], hall.own_code(cleo)).json["presence"] == "present"


def test_the_word_of_everybody_who_falls_is_taken_back(make_hall: HallFactory) -> None:
    hall = make_hall(evidence_needed=2)
    first = [hall.guest(key) for key in ("anna", "ben")]
    for peer in first:
        hall.decide(peer)
    seconds = [hall.guest(key) for key in ("carl", "dan")]
    for one in seconds:
        hall.send(one)
        for peer in first:
            assert hall.vouch(peer, hall.own_code(one)).status_code == 200
    last = hall.guest("eve")
    hall.send(last)
    for one in seconds:
        assert hall.vouch(one, hall.own_code(last)).status_code == 200
    presences = [hall.mine(one)["my"]["presence"] for one in (*seconds, last)]
    assert presences == ["present"] * 3
    hall.decide(first[0], present=False)
    presences = [hall.mine(one)["my"]["presence"] for one in (*seconds, last)]
    assert presences == ["incomplete"] * 3


def test_who_turns_out_present_after_all_has_confirmed_again(
    hall: Hall, peers: list[Comrade]
) -> None:
    cleo, dora = hall.guest("cleo"), hall.guest("dora")
    for one in (cleo, dora):
        for peer in peers[:2]:
            hall.vouch(peer, hall.own_code(one))
    hall.decide(peers[0], present=False)
    hall.decide(peers[1], present=False)
    assert hall.mine(cleo)["my"]["presence"] == "incomplete"
    said = hall.mine(cleo)["my"]["message"]
    assert said.startswith("还没有有效的打卡记录。")
    assert "“”" not in said
    assert said.count("组织者") == 1
    hall.decide(dora, present=False)
    hall.decide(peers[0])
    assert hall.mine(cleo)["my"]["message"] == "已有一名同伴确认，还需要另一名同伴确认。"
    hall.decide(peers[1])
    assert hall.mine(cleo)["my"]["presence"] == "present"
    assert hall.mine(dora)["my"]["presence"] == "absent"
    notices = hall.client.get("/api/v1/me/notices", headers=cleo.headers).json["items"]
    assert any("更正为到场" in notice["body"] for notice in notices)


def test_the_words_of_those_who_fell_count_again_too(make_hall: HallFactory) -> None:
    hall = make_hall(evidence_needed=2)
    first = [hall.guest(key) for key in ("anna", "ben")]
    for peer in first:
        hall.decide(peer)
    seconds = [hall.guest(key) for key in ("carl", "dan")]
    last = hall.guest("eve")
    for one, givers in ((seconds[0], first), (seconds[1], first), (last, seconds)):
        hall.send(one)
        for giver in givers:
            assert hall.vouch(giver, hall.own_code(one)).status_code == 200
    hall.decide(first[0], present=False)
    assert hall.mine(last)["my"]["presence"] == "incomplete"
    hall.decide(first[0])
    presences = [hall.mine(one)["my"]["presence"] for one in (*seconds, last)]
    assert presences == ["present"] * 3


def test_a_doubtful_word_that_was_answered_no_stays_rejected(
    hall: Hall, peers: list[Comrade]
) -> None:
    cleo, later = hall.guest("cleo"), clock.now() + timedelta(minutes=20)
    hall.vouch(peers[0], hall.own_code(cleo, later))
    hall.decide(cleo, present=False)
    for present in (False, True):
        hall.decide(peers[0], present=present)
    assert hall.mine(cleo)["my"]["presence"] == "absent"
    db.session.rollback()
    words = select(Evidence.outcome).where(Evidence.kind == "peers")
    assert db.session.scalars(words).all() == ["rejected"]


def test_the_list_names_peers_only_where_two_of_them_stand(
    hall: Hall, peers: list[Comrade]
) -> None:
    cleo = hall.guest("cleo")
    for peer, kinds in zip(peers, ([], ["peers"]), strict=False):
        hall.vouch(peer, hall.own_code(cleo))
        [line] = [one for one in hall.overview()["items"] if one["person"] == str(cleo.id)]
        assert line["kinds"] == kinds
