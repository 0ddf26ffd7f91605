"""Tallies: what counts as a tree, editions, and that making one again changes nothing."""

import secrets

import pytest
from apiflask import APIFlask
from hypothesis import given
from hypothesis import strategies as st

from server.ledger import checker, queries, tallyroot, tree
from server.ledger.rules import read_entry, read_tally_body
from tests.factories import naive_tree
from tests.factories.city import City
from tests.factories.logged import entries, note_accepted, note_excluded, tally


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=600))
def test_the_root_is_that_of_the_naive_tree_over_the_sorted_commitments(
    commitments: list[bytes],
) -> None:
    ordered = sorted(commitments)
    assert tallyroot.root_over(ordered) == (len(ordered), naive_tree.root(ordered))


def test_commitments_out_of_order_are_refused() -> None:
    with pytest.raises(tallyroot.UnsortedError):
        tallyroot.root_over([b"b" * 32, b"a" * 32])


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 700])
def test_every_commitment_has_its_place_and_proof(city: City, count: int) -> None:
    campaign = city.campaign().id
    commitments = sorted(note_accepted(campaign, count))
    made = tally(campaign, commitments)
    assert (made.counted, made.root) == (count, naive_tree.root(commitments))
    for position in {0, 1, count // 2, count - 1} & set(range(count)):
        found = queries.tally_place(campaign, 1, commitments[position])
        assert found is not None
        assert found[0] == position
        leaf = tree.leaf_hash(commitments[position])
        tree.check_inclusion(position, count, leaf, found[1], made.root)
    assert queries.tally_place(campaign, 1, secrets.token_bytes(32)) is None


def test_the_same_tally_again_is_the_same_edition(city: City) -> None:
    campaign = city.campaign().id
    commitments = note_accepted(campaign, 12)
    first = tally(campaign, commitments)
    again = tally(campaign, commitments)
    assert (again.edition, again.leaf_index) == (first.edition, first.leaf_index)
    assert sum(b"tallied" in entry for entry in entries()) == 1
    assert checker.check() == []


def test_an_exclusion_after_the_close_makes_a_new_edition_behind_it(city: City) -> None:
    campaign = city.campaign().id
    commitments = note_accepted(campaign, 12)
    tally(campaign, commitments, withdrawn=2)
    note_excluded(campaign, commitments[0], "duplicate")
    second = tally(campaign, commitments[1:], excluded={"duplicate": 1, "test": 0}, withdrawn=2)
    assert second.edition == 2
    last = read_entry(list(entries())[-1].decode())
    body = read_tally_body(last.body or "")
    assert (body.edition, body.counted, body.withdrawn) == (2, 11, 2)
    assert body.excluded == {"duplicate": 1}
    newest = queries.newest_tally(campaign)
    assert newest is not None
    assert newest.edition == 2
    assert queries.tally(campaign, 1).counted == 12


def test_a_campaign_without_a_tally_has_none(app: APIFlask) -> None:
    assert queries.newest_tally(1) is None
