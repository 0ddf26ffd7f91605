"""The evidence for a receipt: everything leads to the signed head, whatever the server says."""

from collections.abc import Mapping
from typing import Any

import pytest
from apiflask import APIFlask

from server.ledger import proofs, queries, tree
from server.ledger.notes import open_checkpoint
from server.ledger.rules import read_entry, read_tally_body
from server.ledger.signing import signer
from tests.factories.city import City
from tests.factories.logged import append, note_accepted, note_excluded, tally


def hashes(path: list[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in path]


def check_leaf(leaf: Mapping[str, Any], head: str) -> str:
    """Check a leaf as a phone does; return its entry."""
    found = open_checkpoint(head, signer().key)
    entry: str = leaf["entry"]
    tree.check_inclusion(
        leaf["index"],
        found.size,
        tree.leaf_hash(entry.encode()),
        hashes(leaf["path"]),
        found.root,
    )
    return entry


@pytest.mark.parametrize("count", [12, 300, 700])
def test_a_counted_rating_is_proven_from_head_to_tally(city: City, count: int) -> None:
    campaign = city.campaign().id
    commitments = note_accepted(campaign, count)
    append()
    seen = queries.head()
    note_accepted(campaign + 1, 270)
    append()
    tally(campaign, commitments)
    mine = commitments[count // 2]
    found = proofs.evidence(campaign, mine, since=seen.size)
    assert read_entry(check_leaf(found["leaf"], found["head"])).commitment == mine
    assert found["later"] is None
    head = open_checkpoint(found["head"], signer().key)
    tree.check_consistency(seen.size, head.size, seen.root, head.root, hashes(found["consistency"]))
    body = read_tally_body(read_entry(check_leaf(found["tally"]["leaf"], found["head"])).body or "")
    place = found["tally"]["place"]
    tree.check_inclusion(
        place["position"], body.counted, tree.leaf_hash(mine), hashes(place["path"]), body.root
    )
    assert sorted(commitments).index(mine) == place["position"]


def test_an_excluded_one_has_the_leaf_that_says_so_and_no_place(city: City) -> None:
    campaign = city.campaign().id
    commitments = note_accepted(campaign, 20)
    note_excluded(campaign, commitments[3], "duplicate")
    tally(campaign, [*commitments[:3], *commitments[4:]], excluded={"duplicate": 1})
    found = proofs.evidence(campaign, commitments[3])
    later = read_entry(check_leaf(found["later"], found["head"]))
    assert (later.event.code, later.reason) == ("excluded", "duplicate")
    assert found["tally"]["place"] is None
    assert found["consistency"] is None


def test_one_that_waits_has_no_leaf_yet(city: City) -> None:
    campaign = city.campaign().id
    (waiting, *_) = note_accepted(campaign, 3)
    found = proofs.evidence(campaign, waiting, since=0)
    assert (found["leaf"], found["later"], found["tally"]) == (None, None, None)
    assert open_checkpoint(found["head"], signer().key).size == 0
    note_accepted(campaign + 1, 10)
    append()
    found = proofs.evidence(campaign, waiting, since=0)
    assert (found["leaf"], found["consistency"]) == (None, [])


def test_another_campaigns_commitment_is_not_found_by_mistake(app: APIFlask) -> None:
    one, *_ = note_accepted(1, 10)
    append()
    assert proofs.evidence(2, one)["leaf"] is None
    assert proofs.evidence(1, one)["leaf"] is not None


def test_a_head_that_was_never_reached_gives_no_consistency_proof(app: APIFlask) -> None:
    note_accepted(1, 10)
    append()
    assert proofs.evidence(1, b"x" * 32, since=11)["consistency"] is None
    assert proofs.evidence(1, b"x" * 32, since=-1)["consistency"] is None
    assert proofs.evidence(1, b"x" * 32, since=10)["consistency"] == []
