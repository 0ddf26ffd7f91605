"""The log's public files and page: laid out as programs for such logs expect them."""

import pytest
from flask.testing import FlaskClient

from server.ledger import queries, tree
from server.ledger.files import cut_bundle
from server.ledger.notes import VerifierKey, open_checkpoint
from server.ledger.tiles import cut
from tests.factories.city import City
from tests.factories.logged import append, entries, note_accepted, note_excluded, tally


@pytest.fixture
def log(city: City) -> int:
    """A log of 302 leaves, the last of which is a tally."""
    campaign = city.campaign().id
    commitments = note_accepted(campaign, 300)
    append()
    note_excluded(campaign, commitments[0])
    tally(campaign, commitments[1:], excluded={"test": 1})
    return campaign


def test_the_checkpoint_is_signed_with_the_published_key(client: FlaskClient, log: int) -> None:
    answer = client.get("/log/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    key = VerifierKey.read(client.get("/log/key").text)
    found = open_checkpoint(answer.text, key)
    assert (found.origin, found.size) == ("ronghe.test/log", 302)
    earlier = open_checkpoint(client.get("/log/checkpoint/300").text, key)
    assert earlier.size == 300
    assert client.get("/log/checkpoint/299").status_code == 404


def test_tiles_hold_the_hashes_of_the_entries_in_their_bundles(
    client: FlaskClient, log: int
) -> None:
    full, rest = client.get("/log/tile/0/000"), client.get("/log/tile/0/001.p/46")
    hashes = cut(full.data) + cut(rest.data)
    bundles = [client.get(f"/log/tile/entries/{part}").data for part in ("000", "001.p/46")]
    texts = [one for bundle in bundles for one in cut_bundle(bundle)]
    assert texts == list(entries())
    assert [tree.leaf_hash(one) for one in texts] == hashes
    assert full.content_type == "application/octet-stream"
    assert "immutable" in full.headers["Cache-Control"]
    assert len(client.get("/log/tile/1/000.p/1").data) == 32


def test_an_earlier_trees_part_of_a_tile_can_still_be_fetched(
    client: FlaskClient, log: int
) -> None:
    part, whole = (client.get(f"/log/tile/0/001.p/{width}").data for width in (44, 46))
    assert whole.startswith(part)
    assert len(part) == 44 * 32


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001",
        "tile/0/001.p/47",
        "tile/0/002.p/1",
        "tile/1/000",
        "tile/1/000.p/2",
        "tile/2/000.p/1",
        "tile/6/000",
        "tile/0/0",
        "tile/0/000.p/0",
        "tile/0/x999/x999/x999/x999/999",
        "tile/entries/001.p/47",
        "tile/entries/zzz",
        "tally/999/1.json",
        "tally/999/1/commitments/000",
        "audits/00000000-0000-0000-0000-000000000000",
        "audits/00000000-0000-0000-0000-000000000000.json",
    ],
)
def test_what_the_tree_has_not_is_not_found(client: FlaskClient, log: int, path: str) -> None:
    assert client.get(f"/log/{path}").status_code == 404


def test_a_tally_can_be_followed_to_its_leaf_and_its_commitments(
    client: FlaskClient, log: int
) -> None:
    told = client.get(f"/log/tally/{log}/1.json").get_json()
    assert (told["counted"], told["withdrawn"], told["excluded"]) == (299, 0, {"test": 1})
    assert told["leaf"] == 301
    parts = [client.get(f"/log/tally/{log}/1/commitments/{part}") for part in ("000", "001")]
    found = [one for part in parts for one in cut(part.data)]
    assert found == sorted(found)
    assert len(found) == 299
    assert client.get(f"/log/tally/{log}/1/commitments/002").status_code == 404
    position, path = queries.tally_place(log, 1, found[260]) or (0, [])
    assert position == 260
    root = bytes.fromhex(told["root"])
    tree.check_inclusion(260, 299, tree.leaf_hash(found[260]), path, root)
    assert queries.tally_place(log, 1, b"x" * 32) is None


def test_the_page_explains_and_shows_size_head_and_totals(client: FlaskClient, log: int) -> None:
    text = client.get("/log/").text
    assert "评价日志" in text
    assert queries.head().note.splitlines()[2] in text
    assert "302" in text
    assert "299 份" in text
    assert "python -m server.ledger verify" in text


def test_the_page_of_an_empty_log_says_so(client: FlaskClient, city: City) -> None:
    text = client.get("/log/").text
    assert "还没有已结束并汇总的活动" in text
    assert "还没有审计结论" in text
    assert client.get("/log/checkpoint").text.splitlines()[1] == "0"
