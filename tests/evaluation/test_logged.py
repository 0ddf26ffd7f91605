"""Ratings in the log: every event a leaf, and nothing in it that says what or whose."""

import json
import secrets
from datetime import date
from hashlib import sha256

import pytest
from sqlalchemy import select, text

from server.campaigns.rules import Channel
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import adopting, bulk_review, tally_tasks, tallying, tasks
from server.evaluation.commitments import commitment_of, new_salt
from server.evaluation.models import Evaluation
from server.evaluation.rules import EvaluationState, ExclusionReason
from server.ledger import tallytree
from server.ledger.promises import open_promise
from server.ledger.queries import newest_tally
from server.ledger.rules import Event
from server.ledger.signing import signer
from server.publication import service as publication
from tests.evaluation.commitment_vectors import FILE, worked_out
from tests.evaluation.log_cases import People, findings, leaves, pending, rate_by, rows
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle, store_ratings
from tests.factories.excluding import exclude
from tests.factories.rating import Phone, key_of, new_receipt


def by_hand(salt: bytes, lines: list[object]) -> str:
    """The commitment as docs/ledger.md has it, without the program's own code."""
    return sha256(
        b"ronghe-rating-v1\n" + salt[:16] + "\n".join(map(str, lines)).encode()
    ).hexdigest()


def salt_by_hand(given: str, receipt: str, revision: int) -> bytes:
    drawn = bytes.fromhex(given) + bytes.fromhex(key_of(receipt)) + revision.to_bytes(2, "big")
    return sha256(b"ronghe-salt-v1\n" + drawn).digest()


def change(phone: Phone, campaign: int, receipt: str, body: object) -> dict[str, object]:
    answer = phone.client.put(
        f"/api/v1/campaigns/{campaign}/receipt", json=body, headers={"Receipt": receipt}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json
    return found


def test_the_phone_can_work_the_commitment_out_itself(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt, given = phone("anna"), new_receipt(), secrets.token_hex(32)
    body = anna.body(
        campaign, department, 2, salt=given, comment='等了\n一上午 \\ "', tags=["推诿拖延"]
    )
    answer = anna.send(campaign, body, receipt).json
    salt = salt_by_hand(given, receipt, 1)
    words = json.dumps([["推诿拖延"], body["comment"]], ensure_ascii=False, separators=(",", ":"))
    digest = sha256(b"ronghe-words-v1\n" + salt[16:] + words.encode()).hexdigest()
    levels = ",".join(str(level) for level in body["levels"].values())
    lines = [campaign, department, int(Channel.OPEN), 0, "-", answer["rated_on"], 2, levels, digest]
    assert answer["record"]["commitment"] == by_hand(salt, lines)
    assert [leaf.commitment.hex() for leaf in pending(campaign) if leaf.commitment] == [
        answer["record"]["commitment"]
    ]


def test_the_promise_is_signed_for_the_commitment_and_its_day(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    answer = phone("anna").rate(campaign, department).json
    found = open_promise(answer["record"]["promise"], signer().key)
    committed = bytes.fromhex(answer["record"]["commitment"])
    assert found == (campaign, committed, date.fromisoformat(answer["rated_on"]))


def test_a_retry_gets_the_same_record_and_leaves_no_second_leaf(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    body = anna.body(campaign, department, 3, salt=secrets.token_hex(32))
    first, second = (anna.send(campaign, body, receipt) for _ in range(2))
    assert first.json == second.json
    assert len(pending(campaign)) == 1
    close_and_settle(campaign)
    assert anna.send(campaign, body, receipt).json == first.json
    assert len(leaves(campaign, Event.ACCEPTED)) == 1


def test_a_rating_that_is_not_stored_leaves_no_leaf(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    assert anna.rate(campaign, department).status_code == 201
    assert anna.rate(campaign, department).status_code == 409
    assert len(pending(campaign)) == 1


def test_a_malformed_salt_is_refused(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    for salt in ("", "00", "zz" * 32, "AB" * 32, "00" * 33):
        answer = phone("anna").rate(campaign, department, salt=salt)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "salt")
    assert rows(campaign) == []


def test_two_raters_who_send_the_same_salt_have_two_commitments(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    for name in ("anna", "bert"):
        assert phone(name).rate(campaign, department, 4, salt="00" * 32).status_code == 201
    assert len({leaf.commitment for leaf in pending(campaign)}) == 2


def test_a_correction_that_goes_back_has_a_commitment_of_its_own(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    given = secrets.token_hex(32)
    commitments = [anna.rate(campaign, department, 5, receipt=receipt, salt=given).json["record"]]
    for level in (1, 5, 5):
        body = anna.body(campaign, department, level, salt=given)
        del body["department"]
        commitments.append(change(anna, campaign, receipt, body)["record"])
    named = [one["commitment"] for one in commitments]
    assert len(set(named)) == 4
    close_and_settle(campaign)
    chain = {
        leaf.previous.hex(): leaf.commitment.hex() for leaf in leaves(campaign, Event.CORRECTED)
    }
    assert [chain[one] for one in named[:-1]] == named[1:]
    assert findings(campaign) == []


def test_a_withdrawn_rating_can_be_opened_by_nobody(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    record = anna.rate(campaign, department, 1, receipt=receipt, comment="慢").json["record"]
    answer = anna.client.delete(
        f"/api/v1/campaigns/{campaign}/receipt", headers={"Receipt": receipt}
    )
    assert answer.json["record"] is None
    (row,) = rows(campaign)
    assert (row.salt, row.words_digest, row.levels) == (None, None, [])
    close_and_settle(campaign)
    (leaf,) = leaves(campaign, Event.WITHDRAWN)
    assert leaf.previous.hex() == record["commitment"]
    tally = newest_tally(campaign)
    assert (tally.counted, tally.withdrawn) == (0, 1)
    assert findings(campaign) == []


def test_a_rating_taken_up_again_is_a_new_one_in_the_log(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(campaign, department, 1, receipt=receipt)
    anna.client.delete(f"/api/v1/campaigns/{campaign}/receipt", headers={"Receipt": receipt})
    body = anna.body(campaign, department, 4)
    del body["department"]
    record = change(anna, campaign, receipt, body)["record"]
    close_and_settle(campaign)
    assert record["commitment"] in {
        leaf.commitment.hex() for leaf in leaves(campaign, Event.ACCEPTED)
    }
    tally = newest_tally(campaign)
    assert (tally.counted, tally.withdrawn) == (1, 1)
    assert findings(campaign) == []


def test_an_exclusion_is_in_the_log_with_its_reason(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    phone("anna").rate(campaign, department)
    (row,) = rows(campaign)
    committed = commitment_of(row)
    exclude(city, campaign, row.id, ExclusionReason.ABUSIVE)
    (note,) = [leaf for leaf in pending(campaign) if leaf.event == Event.EXCLUDED]
    assert (note.previous, note.reason) == (committed, "abusive")


def test_many_exclusions_in_one_act_are_each_in_the_log(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    rate_by(phone, campaign, department, 3)
    store_ratings(campaign, department, [1, 2])
    among = select(Evaluation.id).where(Evaluation.campaign_id == campaign)
    first, second, now = city.actors["office1"], city.actors["office2"], clock.now()
    about = ("campaign", campaign)
    with transaction():
        bulk_review.propose_exclusions(
            campaign, department, among, reason=ExclusionReason.ORGANISED, note="",
            subject=about, actor=first, now=now,
        )  # fmt: skip
        seen = bulk_review.open_proposals(campaign, department, among, actor=second)
        bulk_review.decide_exclusions(
            campaign, department, among, seen=seen, confirm=True,
            subject=about, actor=second, now=now,
        )  # fmt: skip
    set_apart = [leaf for leaf in pending(campaign) if leaf.event == Event.EXCLUDED]
    assert {leaf.previous for leaf in set_apart} == set(map(commitment_of, rows(campaign)))
    assert ({leaf.reason for leaf in set_apart}, len(set_apart)) == ({"organised"}, 5)
    close_and_settle(campaign)
    assert newest_tally(campaign).excluded == {"organised": 5}
    assert findings(campaign) == []


def test_an_exclusion_after_the_close_makes_a_new_edition(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    rate_by(phone, campaign, department, 3)
    close_and_settle(campaign)
    first = newest_tally(campaign)
    assert (first.edition, first.counted, first.excluded) == (1, 3, {})
    exclude(city, campaign, rows(campaign)[0].id, ExclusionReason.TEST)
    assert tallying.due() == [campaign]
    with transaction():
        tallying.bring_up_to_date(campaign, now=clock.now())
    second = newest_tally(campaign)
    assert (second.edition, second.counted, second.excluded) == (2, 2, {"test": 1})
    assert tallying.due() == []
    assert findings(campaign) == []


def test_what_is_published_again_has_an_edition_of_its_own(city: City) -> None:
    campaign = city.campaign()
    for department in city.departments:
        store_ratings(campaign.id, department.id, [5, 4, 3] * 5)
    close_and_settle(campaign.id)
    exclude(city, campaign.id, rows(campaign.id)[0].id, ExclusionReason.DUPLICATE)
    with transaction():
        office, now = city.actors["office1"], clock.now()
        publication.publish(campaign.id, note="更正", actor=office, now=now)
    tally = newest_tally(campaign.id)
    assert (tally.edition, tally.excluded) == (2, {"duplicate": 1})


def test_the_job_brings_a_tally_up_to_date(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    rate_by(phone, campaign, department, 2)
    close_and_settle(campaign)
    exclude(city, campaign, rows(campaign)[0].id, ExclusionReason.TEST)
    for _ in range(2):
        tally_tasks.bring_tallies_up_to_date(0)
    assert newest_tally(campaign).edition == 2


def test_the_tally_is_the_tree_over_the_counted_commitments(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    rate_by(phone, campaign, department, 4)
    exclude(city, campaign, rows(campaign)[0].id, ExclusionReason.TEST)
    close_and_settle(campaign)
    tasks.settle(campaign)
    counted = [row for row in rows(campaign) if row.state == EvaluationState.COUNTED]
    tally = newest_tally(campaign)
    assert (tally.edition, tally.counted, tally.excluded) == (1, 3, {"test": 1})
    assert list(tallytree.commitments_of(campaign, 1)) == sorted(map(commitment_of, counted))
    assert len(leaves(campaign, Event.TALLIED)) == 1


def test_ratings_from_before_the_log_are_adopted_at_the_close(city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    ids = store_ratings(campaign, department, [5, 1, 2], comment='等了 "很久" \\ \t 结束\n了 /')
    exclude(city, campaign, ids[1], ExclusionReason.DUPLICATE)
    unsalted = [row for row in rows(campaign) if row.salt is None]
    assert [row.id for row in unsalted] == sorted(set(ids) - {ids[1]})
    close_and_settle(campaign)
    tally = newest_tally(campaign)
    assert (tally.counted, tally.excluded) == (2, {"duplicate": 1})
    assert all(len(row.salt) == 32 for row in rows(campaign))
    assert findings(campaign) == []


def test_adopting_again_changes_nothing(city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    store_ratings(campaign, department, [5, 1, 2])
    close(campaign)
    for _ in range(2):
        with transaction():
            adopting.adopt(campaign, clock.now())
    assert len(pending(campaign)) == 3


def test_a_campaign_settled_before_the_log_stays_out_of_it(city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    ids = store_ratings(campaign, department, [5, 1, 2])
    close_and_settle(campaign)
    for table in ("ledger_tally_tile", "ledger_tally", "ledger_leaf", "ledger_tile", "ledger_head"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.execute(text("UPDATE evaluation SET salt = NULL, words_digest = NULL"))
    db.session.commit()
    exclude(city, campaign, ids[0], ExclusionReason.TEST)
    assert pending(campaign) == []
    assert tallying.due() == []
    assert findings(campaign) == []


def test_erased_words_leave_the_level_and_its_commitment(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    record = anna.rate(
        campaign,
        department,
        2,
        receipt=receipt,
        comment="排队三小时",
        tags=["推诿拖延"],
        contact={"name": "安", "phone": "13800000000"},
    ).json["record"]
    close_and_settle(campaign)
    address = f"/api/v1/campaigns/{campaign}/receipt"
    assert anna.client.get(address, headers={"Receipt": receipt}).json["may_erase"] is True
    answer = anna.client.delete(address + "/words", headers={"Receipt": receipt})
    assert answer.status_code == 200
    assert (answer.json["comment_state"], answer.json["may_erase"]) == ("none", False)
    assert answer.json["record"]["commitment"] == record["commitment"]
    (row,) = rows(campaign)
    assert (row.comment, row.tags, row.contact_sealed, row.overall) == (None, None, None, 2)
    assert len(row.salt) == 16
    assert row.words_digest is not None
    assert findings(campaign) == []
    again = anna.client.delete(address + "/words", headers={"Receipt": receipt})
    assert again.json == answer.json


def test_no_answer_about_a_receipt_holds_a_level_or_a_salt(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    answers = [anna.rate(campaign, department, 1, receipt=receipt)]
    address = f"/api/v1/campaigns/{campaign}/receipt"
    answers.append(anna.client.get(address, headers={"Receipt": receipt}))
    (row,) = rows(campaign)
    for answer in answers:
        assert row.salt.hex() not in answer.text
        assert "overall" not in answer.text
        assert "levels" not in answer.text


@pytest.mark.parametrize("vector", json.loads(FILE.read_text()), ids=lambda one: one["name"])
def test_the_server_gives_the_vectors_that_the_phone_is_held_to(vector: dict[str, object]) -> None:
    assert worked_out(vector) == vector


def test_a_salt_has_its_second_half_for_words_alone() -> None:
    assert len(new_salt(None, bytes(16), 1, words=False)) == 16
    assert len(new_salt(bytes(32), bytes(16), 1, words=True)) == 32
