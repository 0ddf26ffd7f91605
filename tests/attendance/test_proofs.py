"""Without network on both sides: the proof, whoever delivers it, whenever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.activities import queries as activities
from server.attendance import codes, keys
from server.attendance.models import Evidence
from server.attendance.rules import DOUBT_MESSAGES, Doubt, Phase
from server.core import clock
from server.core.database import db
from tests.attendance.conftest import Hall, HallFactory
from tests.factories.rating import Phone


def stored() -> list[Evidence]:
    db.session.rollback()
    return list(db.session.scalars(select(Evidence)))


@pytest.mark.parametrize("member_first", [True, False])
def test_whichever_phone_gets_network_first_delivers_and_the_other_changes_nothing(
    hall: Hall, *, member_first: bool
) -> None:
    ben = hall.guest("ben")
    proof = hall.proof(hall.own_code(ben))
    first, second = (ben, hall.organiser) if member_first else (hall.organiser, ben)
    one, other = hall.deliver(proof, first), hall.deliver(proof, second)
    assert one.status_code == 200, one.text
    assert (one.json["presence"], one.json["kinds"]) == ("present", ["code"])
    # The times are the member's own to see, whoever delivered first.
    untold = {"came_at": None, "left_at": None}
    assert {**other.json, **untold} == {**one.json, **untold}
    assert len(stored()) == 1


def test_a_proof_counts_hours_later_as_of_when_it_was_signed(hall: Hall) -> None:
    ben = hall.guest("ben")
    signed = clock.now() - timedelta(hours=24)
    proof = hall.proof(hall.own_code(ben, signed), signed)
    hall.ended(timedelta(hours=23))
    answer = hall.deliver(proof, ben)
    assert (answer.json["presence"], answer.json["doubts"]) == ("present", [])
    db.session.rollback()
    assert abs(stored()[0].happened_at - signed) < timedelta(seconds=15)


def test_a_proof_that_comes_over_a_day_after_the_end_is_a_question(hall: Hall) -> None:
    ben = hall.guest("ben")
    signed = clock.now() - timedelta(hours=26)
    proof = hall.proof(hall.own_code(ben, signed), signed)
    hall.ended(timedelta(hours=25))
    answer = hall.deliver(proof, hall.organiser)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["proof_late"])
    assert hall.decide(ben).json["presence"] == "present"
    assert abs(stored()[0].happened_at - signed) < timedelta(seconds=15)


def test_a_nonce_that_another_used_up_keeps_nobody_from_checking_in(hall: Hall) -> None:
    for key in ("anna", "ben"):
        guest = hall.guest(key)
        part = activities.participation(hall.id, guest.id)
        assert part is not None
        code = codes.member_code(
            keys.of_ticket(hall.id, part.ticket),
            activity_id=hall.id,
            ticket=part.ticket,
            phase=Phase.IN,
            step=codes.step_of(clock.now()),
            nonce=b"54321",
        )
        assert hall.deliver(hall.proof(code), guest).json["presence"] == "present"


def test_clocks_hours_apart_are_a_question(hall: Hall) -> None:
    ben = hall.guest("ben")
    proof = hall.proof(hall.own_code(ben, clock.now() - timedelta(hours=7)))
    answer = hall.deliver(proof, ben)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["clock_wrong"])
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.CLOCK_WRONG]


def test_clocks_minutes_apart_are_no_matter(hall: Hall) -> None:
    ben = hall.guest("ben")
    proof = hall.proof(hall.own_code(ben, clock.now() - timedelta(minutes=40)))
    assert hall.deliver(proof, ben).json["presence"] == "present"


def test_a_proof_from_the_future_is_a_question(hall: Hall) -> None:
    ben = hall.guest("ben")
    ahead = clock.now() + timedelta(minutes=30)
    answer = hall.deliver(hall.proof(hall.own_code(ben, ahead), ahead), hall.organiser)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["from_future"])


def test_a_proof_signed_outside_the_times_is_a_question(hall: Hall) -> None:
    ben = hall.guest("ben")
    before = clock.now() - timedelta(days=1)
    answer = hall.deliver(hall.proof(hall.own_code(ben, before), before), ben)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["outside_times"])


def test_a_member_cant_deliver_somebody_elses_proof(hall: Hall) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    answer = hall.deliver(hall.proof(hall.own_code(ben)), anna)
    assert (answer.status_code, answer.json["code"]) == (403, "proof_of_somebody_else")
    assert stored() == []


def test_a_stranger_delivers_nothing(hall: Hall) -> None:
    proof = hall.proof(hall.own_code(hall.guest("ben")))
    stranger = Phone.of(hall.client, "stranger")
    answer = hall.client.post(
        f"{hall.address}/proofs", json={"proof": proof}, headers=stranger.headers
    )
    assert (answer.status_code, answer.json["code"]) == (403, "proof_of_somebody_else")
    assert hall.client.post(f"{hall.address}/proofs", json={"proof": proof}).status_code == 401
    assert stored() == []


def test_a_proof_of_another_activity_is_named_as_such(make_hall: HallFactory) -> None:
    one, other = make_hall(), make_hall()
    ben = other.guest("ben")
    proof = other.proof(other.own_code(ben))
    answer = one.deliver(proof, ben)
    assert (answer.status_code, answer.json["code"]) == (409, "code_of_other_activity")


def test_neither_signature_can_be_forged(hall: Hall) -> None:
    ben = hall.guest("ben")
    code = hall.own_code(ben)
    wrong_member = code[:-1] + ("0" if code[-1] != "0" else "1")
    proof = hall.proof(code)
    wrong_organiser = proof[:-1] + ("0" if proof[-1] != "0" else "1")
    for text in (hall.proof(wrong_member), wrong_organiser):
        answer = hall.deliver(text, hall.organiser)
        assert (answer.status_code, answer.json["code"]) == (422, "code_forged")
    assert stored() == []


def test_a_member_cant_sign_its_own_proof(hall: Hall) -> None:
    ben = hall.guest("ben")
    key = bytes.fromhex(hall.mine(ben)["ticket"]["key"])
    own = codes.proof(key, hall.own_code(ben), codes.step_of(clock.now()))
    assert hall.deliver(own, ben).json["code"] == "code_forged"


@pytest.mark.parametrize("text", ["RP1.1.2", "RM1.1.2", "x" * 199])
def test_what_is_no_proof_says_so(hall: Hall, text: str) -> None:
    answer = hall.deliver(text, hall.organiser)
    assert (answer.status_code, answer.json["code"]) == (422, "proof_malformed")


def test_a_ticket_that_nobody_holds_is_refused(hall: Hall) -> None:
    ben = hall.guest("ben")
    ticket = b"\1" * 8
    code = codes.member_code(
        keys.of_ticket(hall.id, ticket),
        activity_id=hall.id,
        ticket=ticket,
        phase=Phase.IN,
        step=codes.step_of(clock.now()),
        nonce=b"12345",
    )
    answer = hall.deliver(hall.proof(code), ben)
    assert (answer.status_code, answer.json["code"]) == (422, "ticket_unknown")


def test_one_code_signed_by_two_organisers_counts_once(hall: Hall) -> None:
    ben = hall.guest("ben")
    code = hall.own_code(ben)
    earlier = hall.proof(code, clock.now() - timedelta(minutes=1))
    assert hall.deliver(earlier, ben).json["presence"] == "present"
    assert hall.deliver(hall.proof(code), hall.organiser).json["presence"] == "present"
    assert len(stored()) == 1


def test_a_proof_with_the_right_clock_answers_the_question_of_a_wrong_one(hall: Hall) -> None:
    ben = hall.guest("ben")
    code = hall.own_code(ben)
    wrong = hall.proof(code, clock.now() + timedelta(hours=3))
    assert hall.deliver(wrong, ben).json["presence"] == "question"
    assert hall.deliver(hall.proof(code), hall.organiser).json["presence"] == "present"


def test_the_phone_gets_the_key_of_its_own_ticket_alone(hall: Hall) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    mine, other = hall.mine(anna)["ticket"], hall.mine(ben)["ticket"]
    assert mine["id"] != other["id"]
    assert mine["key"] != other["key"]
    stranger = hall.guest("eve", joined=False)
    assert hall.mine(stranger)["ticket"] is None


def test_only_organisers_get_the_activitys_key(hall: Hall) -> None:
    anna = hall.guest("anna")
    address = f"{hall.address}/code-key"
    assert hall.client.get(address, headers=anna.headers).status_code == 403
    given = hall.client.get(address, headers=hall.organiser.headers).json
    assert given["step_seconds"] == 15
    step = codes.step_of(clock.now())
    assert hall.code() == codes.rotating_code(bytes.fromhex(given["key"]), hall.id, step)
