"""Everything at once: what is about one person at one activity happens one after the other."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server.activities.models import Participation
from server.activities.rules import EvidenceKind
from server.attendance import cases, service
from server.attendance.models import Attendance, Evidence
from server.attendance.rules import Phase, Presence
from server.attendance.service import Claim, Confirmation, standing
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from tests.attendance.conftest import Hall
from tests.factories.identity import at_once
from tests.factories.members import Comrade

Step = Callable[[], object]


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def scan(hall: Hall, guest: Comrade) -> Step:
    """Deliver the code of this moment as a piece of its own, by the long way."""
    assert guest.member_id is not None
    claim = Claim(uuid4(), EvidenceKind.CODE, Phase.IN, clock.now(), code=hall.code())
    member = guest.member_id
    return lambda: service.check_in(hall.id, claim, member_id=member, now=clock.now())


def scan_at_once(hall: Hall, guest: Comrade) -> Step:
    """Deliver the code of this moment by the short way."""
    assert guest.member_id is not None
    claim = Claim(uuid4(), EvidenceKind.CODE, Phase.IN, clock.now(), code=hall.code())
    member = guest.member_id
    return lambda: service.check_in_at_once(hall.id, claim, member_id=member, now=clock.now())


def vouch(hall: Hall, peer: Comrade, guest: Comrade) -> Step:
    assert peer.member_id is not None
    confirmation = Confirmation(uuid4(), hall.own_code(guest), clock.now())
    member = peer.member_id
    return lambda: service.confirm(hall.id, confirmation, member_id=member, now=clock.now())


def test_many_deliveries_of_one_person_leave_one_piece(app: APIFlask, hall: Hall) -> None:
    anna = hall.guest("anna")
    ways = [scan(hall, anna), scan_at_once(hall, anna)] * 4
    assert at_once(app, ways) == ["done"] * len(ways)
    assert (count(Evidence), count(Attendance)) == (1, 1)


def test_who_holds_no_place_is_taken_in_once(app: APIFlask, hall: Hall) -> None:
    eve = hall.guest("eve", joined=False)
    actor = hall.organiser.actor

    def confirm() -> object:
        return service.decide(hall.id, eve.id, present=True, actor=actor, now=clock.now())

    ways = [scan(hall, eve), confirm] * 3
    assert at_once(app, ways) == ["done"] * 6
    assert (count(Participation), count(Attendance)) == (1, 1)
    assert hall.overview()["counts"]["present"] == 1


def test_both_phones_may_deliver_a_proof_at_the_same_moment(app: APIFlask, hall: Hall) -> None:
    ben = hall.guest("ben")
    proof = hall.proof(hall.own_code(ben))
    steps: list[Step] = [
        lambda actor=actor: service.deliver_proof(hall.id, proof, actor=actor, now=clock.now())
        for actor in (ben.actor, hall.organiser.actor) * 3
    ]
    assert at_once(app, steps) == ["done"] * 6
    assert count(Evidence) == 1


def test_two_peers_at_the_same_moment_are_both_counted(app: APIFlask, hall: Hall) -> None:
    peers = [hall.guest(key) for key in ("anna", "ben", "carl", "dan")]
    for peer in peers:
        hall.send(peer)
    cleo = hall.guest("cleo")
    assert at_once(app, [vouch(hall, peer, cleo) for peer in peers]) == ["done"] * 4
    assert hall.mine(cleo)["my"]["presence"] == "present"
    assert count(Evidence) == 2 * len(peers)


def test_two_who_confirm_each_other_at_the_same_moment_do_not_block(
    app: APIFlask, hall: Hall
) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    hall.send(anna)
    hall.send(ben)
    assert at_once(app, [vouch(hall, anna, ben), vouch(hall, ben, anna)]) == ["done", "done"]


def test_a_scan_and_the_organisers_word_at_the_same_moment_both_stand(
    app: APIFlask, hall: Hall
) -> None:
    anna = hall.guest("anna")
    actor = hall.organiser.actor

    def confirm() -> object:
        return service.decide(hall.id, anna.id, present=True, actor=actor, now=clock.now())

    assert at_once(app, [scan(hall, anna), confirm, scan(hall, anna)]) == ["done"] * 3
    mine = hall.mine(anna)["my"]
    assert mine["presence"] == "present"
    assert mine["kinds"] == ["code", "organiser"]


@pytest.mark.parametrize("_", range(3))
def test_who_turns_out_absent_while_confirming_has_confirmed_nobody(
    app: APIFlask, hall: Hall, _: int
) -> None:
    peers = [hall.guest("anna"), hall.guest("ben")]
    for peer in peers:
        hall.send(peer)
    cleo = hall.guest("cleo")
    hall.vouch(peers[1], hall.own_code(cleo))
    actor = hall.organiser.actor

    def no() -> object:
        return service.decide(hall.id, peers[0].id, present=False, actor=actor, now=clock.now())

    outcomes = at_once(app, [vouch(hall, peers[0], cleo), no])
    assert outcomes[1] == "done"
    assert outcomes[0] in {"done", "peer_not_present"}
    assert hall.mine(cleo)["my"]["presence"] != "present"


def test_what_was_read_before_somebody_else_wrote_is_not_written(hall: Hall) -> None:
    anna = hall.guest("anna")
    hall.send(anna)
    with transaction():
        before = cases.of_person(hall.id, anna.id)
        assert standing.write(before, now=clock.now()) is not None
        assert standing.write(before, now=clock.now()) is None


def test_a_writer_who_is_always_beaten_gives_up_and_says_so(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = hall.guest("anna")
    monkeypatch.setattr(standing, "write", lambda *_args, **_more: None)
    with pytest.raises(Refusal, match="conflict"), transaction():
        scan(hall, anna)()
    assert count(Evidence) == 0


def test_the_short_way_leaves_all_but_a_first_scan_to_the_long_one(hall: Hall) -> None:
    anna, eve = hall.guest("anna"), hall.guest("eve", joined=False)
    first = scan_at_once(hall, anna)()
    assert isinstance(first, service.Answer)
    assert first.presence is Presence.PRESENT
    assert scan_at_once(hall, anna)() is None
    assert scan_at_once(hall, eve)() is None
