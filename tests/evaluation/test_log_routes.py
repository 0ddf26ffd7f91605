"""The API of the log: what it hands over can be checked by whoever asks, and joins nobody."""

import json
import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server.ledger.notes import VerifierKey, open_checkpoint
from server.ledger.rules import Event, read_entry, read_tally_body
from server.ledger.tree import leaf_hash, root_from_inclusion
from tests.evaluation.log_cases import People, append, leaves, rate_by, rows
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.rating import JSON, new_receipt

LOG = "/api/v1/log"


def evidence(client: FlaskClient, commitment: str, **query: object) -> JSON:
    answer = client.get(f"{LOG}/proofs/{commitment}", query_string=query)
    assert answer.status_code == 200, answer.text
    found: JSON = answer.json
    return found


def key(client: FlaskClient) -> VerifierKey:
    return VerifierKey.read(client.get(f"{LOG}/key").json["key"])


def proven(leaf: JSON, head: tuple[int, bytes]) -> bool:
    path = [bytes.fromhex(one) for one in leaf["path"]]
    size, root = head
    hashed = leaf_hash(leaf["entry"].encode())
    return root_from_inclusion(leaf["index"], size, hashed, path) == root


def test_a_counted_rating_can_be_checked_from_head_to_place(
    client: FlaskClient, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    commitment = phone("anna").rate(campaign, department).json["record"]["commitment"]
    rate_by(phone, campaign, department, 5)
    close_and_settle(campaign)
    found = evidence(client, commitment, campaign=campaign)
    head = open_checkpoint(found["head"], key(client))
    assert proven(found["leaf"], (head.size, head.root))
    entry = read_entry(found["leaf"]["entry"])
    assert (entry.event, entry.commitment.hex()) == (Event.ACCEPTED, commitment)
    assert proven(found["tally"]["leaf"], (head.size, head.root))
    tally = read_tally_body(read_entry(found["tally"]["leaf"]["entry"]).body)
    place = found["tally"]["place"]
    path = [bytes.fromhex(one) for one in place["path"]]
    hashed = leaf_hash(bytes.fromhex(commitment))
    assert root_from_inclusion(place["position"], tally.counted, hashed, path) == tally.root


def test_before_its_batch_a_rating_has_no_leaf(
    client: FlaskClient, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    commitment = phone("anna").rate(campaign, department).json["record"]["commitment"]
    found = evidence(client, commitment, campaign=campaign)
    assert (found["leaf"], found["tally"], found["consistency"]) == (None, None, None)
    rate_by(phone, campaign, department, 8)
    append()
    assert evidence(client, commitment, campaign=campaign)["leaf"] is None
    phone("bert").rate(campaign, department)
    append()
    assert evidence(client, commitment, campaign=campaign)["leaf"] is not None
    assert len(leaves(campaign)) == 10


def test_what_happened_later_is_told(client: FlaskClient, phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    receipt = new_receipt()
    answer = phone("anna").rate(campaign, department, receipt=receipt)
    client.delete(f"/api/v1/campaigns/{campaign}/receipt", headers={"Receipt": receipt})
    close_and_settle(campaign)
    found = evidence(client, answer.json["record"]["commitment"], campaign=campaign)
    assert read_entry(found["later"]["entry"]).event is Event.WITHDRAWN
    assert found["tally"]["place"] is None


def test_a_commitment_alone_finds_its_campaign_once_it_is_logged(
    client: FlaskClient, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    commitment = phone("anna").rate(campaign, department).json["record"]["commitment"]
    assert client.get(f"{LOG}/proofs/{commitment}").status_code == 404
    close_and_settle(campaign)
    assert evidence(client, commitment)["leaf"] is not None


def test_a_head_leads_on_from_the_one_seen_before(
    client: FlaskClient, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    rate_by(phone, campaign, department, 10)
    append()
    commitment = leaves(campaign)[0].commitment.hex()
    since = open_checkpoint(evidence(client, commitment)["head"], key(client)).size
    close_and_settle(campaign)
    found = evidence(client, commitment, since=since)
    now = open_checkpoint(found["head"], key(client)).size
    same = client.get(f"{LOG}/consistency", query_string={"old": since, "new": now}).json
    assert same == {"old": since, "new": now, "path": found["consistency"]}
    assert evidence(client, commitment, since=now + 1)["consistency"] is None


@pytest.mark.parametrize(
    "query",
    [{"old": 2, "new": 1}, {"old": -1, "new": 0}, {"old": 0, "new": 1}, {"old": 0, "new": 2**70}],
)
def test_sizes_that_the_log_never_had_have_no_proof(
    client: FlaskClient, city: City, query: dict[str, int]
) -> None:
    assert client.get(f"{LOG}/consistency", query_string=query).status_code == 404


@pytest.mark.parametrize("commitment", ["0" * 63, "G" * 64, "AB" * 32])
def test_what_is_no_commitment_is_not_found(
    client: FlaskClient, city: City, commitment: str
) -> None:
    assert client.get(f"{LOG}/proofs/{commitment}?campaign=1").status_code == 404


def test_asking_for_a_proof_leaves_no_line_and_tells_no_level(
    client: FlaskClient, phone: People, city: City, caplog: pytest.LogCaptureFixture
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    commitment = phone("anna").rate(campaign, department, 1).json["record"]["commitment"]
    close_and_settle(campaign)
    caplog.clear()
    with caplog.at_level(logging.INFO, "ronghe.access"):
        answer = client.get(f"{LOG}/proofs/{commitment}?campaign={campaign}")
    assert caplog.records == []
    (row,) = rows(campaign)
    for secret in (row.salt.hex(), str(row.id), "level", "department"):
        assert secret not in answer.text


def test_the_evidence_that_the_phone_is_held_to_is_good() -> None:
    """The same file is read by miniprogram/tests/domain/service-evidence.test.ts."""
    kept = json.loads((Path(__file__).parent / "evidence.json").read_text())
    signed_by = VerifierKey.read(kept["key"])
    assert signed_by.fingerprint == kept["fingerprint"]
    for name in ("logged", "settled", "apart"):
        found = kept[name]
        head = open_checkpoint(found["head"], signed_by)
        assert proven(found["leaf"], (head.size, head.root)), name
