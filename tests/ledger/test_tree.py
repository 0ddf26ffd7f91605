"""The tree: the reference vectors of RFC 6962, and a naive tree for every other shape."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.ledger import tree
from server.ledger.tiles import (
    WIDTH,
    Growth,
    ReadTiles,
    TileId,
    TileMissingError,
    edge,
    number_path,
    range_hashes,
    read_path,
    tile_path,
    width,
)
from tests.factories import naive_tree

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
# Index from 0, size, path: those of the reference implementation, which counts from 1.
PATHS = [
    (0, 1, []),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[3]]),
    (2, 3, [ROOTS[1]]),
    (1, 5, [ROOTS[0], B, D]),
]
PROOFS = [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[3]]), (2, 5, [B, D])]


def grown(entries: Collection[bytes]) -> tuple[Growth, dict[TileId, bytes]]:
    """Let a tree grow in one go; return it with all its tiles."""
    growth = Growth(0, {})
    for entry in entries:
        growth.add(tree.leaf_hash(entry))
    tiles = {TileId(one.level, one.number): one.hashes for one in growth.take_full()}
    tiles |= {TileId(one.level, one.number): one.hashes for one in growth.partial()}
    return growth, tiles


def reader(tiles: Mapping[TileId, bytes]) -> ReadTiles:
    return lambda ids: {one: tiles[one] for one in ids if one in tiles}


def entries_of(size: int) -> list[bytes]:
    return [str(number).encode() for number in range(size)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_reference_trees_have_their_roots(size: int) -> None:
    assert grown(LEAVES[:size])[0].root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_the_reference_inclusion_proofs_come_out_and_hold(
    index: int, size: int, path: list[str]
) -> None:
    _, tiles = grown(LEAVES[:size])
    found = range_hashes(tree.inclusion_ranges(index, size), reader(tiles))
    assert [one.hex() for one in found] == path
    root = bytes.fromhex(ROOTS[size - 1])
    tree.check_inclusion(index, size, tree.leaf_hash(LEAVES[index]), found, root)


@pytest.mark.parametrize(("old", "new", "path"), PROOFS)
def test_the_reference_consistency_proofs_come_out_and_hold(
    old: int, new: int, path: list[str]
) -> None:
    _, tiles = grown(LEAVES[:new])
    found = range_hashes(tree.consistency_ranges(old, new), reader(tiles))
    assert [one.hex() for one in found] == path
    before, after = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1])
    tree.check_consistency(old, new, before, after, found)


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Growth(0, {}).root() == naive_tree.root([]) == tree.EMPTY_ROOT


sizes = st.one_of(
    st.integers(1, 40), st.sampled_from([255, 256, 257, 511, 512, 513, 767, 768, 1100])
)


@given(sizes, st.data())
def test_any_tree_gives_the_proofs_of_the_naive_one_and_they_hold(
    size: int, data: st.DataObject
) -> None:
    entries = entries_of(size)
    growth, tiles = grown(entries)
    root = naive_tree.root(entries)
    assert growth.root() == root
    index = data.draw(st.integers(0, size - 1), label="index")
    path = range_hashes(tree.inclusion_ranges(index, size), reader(tiles))
    assert path == naive_tree.path(index, entries)
    tree.check_inclusion(index, size, tree.leaf_hash(entries[index]), path, root)
    old = data.draw(st.integers(1, size), label="old")
    proof = range_hashes(tree.consistency_ranges(old, size), reader(tiles))
    assert proof == naive_tree.proof(old, entries)
    tree.check_consistency(old, size, naive_tree.root(entries[:old]), root, proof)


@given(st.lists(st.integers(1, 600), min_size=1, max_size=6))
def test_a_tree_that_grows_by_batches_is_the_one_that_grew_at_once(batches: list[int]) -> None:
    stored: dict[TileId, bytes] = {}
    size = 0
    for batch in batches:
        growth = Growth(size, {one: stored[one] for one in edge(size)})
        for number in range(size, size + batch):
            growth.add(tree.leaf_hash(str(number).encode()))
        for tile in [*growth.take_full(), *growth.partial()]:
            place = TileId(tile.level, tile.number)
            assert tile.hashes.startswith(stored.get(place, b"")), "a tile has changed"
            stored[place] = tile.hashes
        size += batch
    at_once, tiles = grown(entries_of(size))
    assert stored == tiles
    assert growth.root() == at_once.root()


@given(sizes, st.data())
def test_a_proof_with_any_bit_changed_does_not_hold(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    root = naive_tree.root(entries)
    index = data.draw(st.integers(0, size - 1))
    path = naive_tree.path(index, entries)
    parts = [tree.leaf_hash(entries[index]), root, *path]
    place = data.draw(st.integers(0, len(parts) - 1))
    bit = data.draw(st.integers(0, 255))
    number = int.from_bytes(parts[place], "big") ^ (1 << bit)
    parts[place] = number.to_bytes(32, "big")
    leaf, wrong_root, *wrong = parts
    with pytest.raises(tree.ProofError):
        tree.check_inclusion(index, size, leaf, wrong, wrong_root)


@given(st.integers(2, 300), st.data())
def test_a_proof_of_another_length_or_place_does_not_hold(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    root = naive_tree.root(entries)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index))
    leaf, path = tree.leaf_hash(entries[index]), naive_tree.path(index, entries)
    for wrong_index, wrong in ((index, path[:-1]), (index, [*path, root]), (other, path)):
        with pytest.raises(tree.ProofError):
            tree.check_inclusion(wrong_index, size, leaf, wrong, root)


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_trees_that_part_before_the_old_size_are_not_consistent(
    old: int, more: int, data: st.DataObject
) -> None:
    honest = entries_of(old + more)
    forked = list(honest)
    forked[data.draw(st.integers(0, old - 1))] = b"something else"
    proof = naive_tree.proof(old, forked)
    with pytest.raises(tree.ProofError):
        tree.check_consistency(
            old, old + more, naive_tree.root(honest[:old]), naive_tree.root(forked), proof
        )


def test_two_roots_of_one_size_and_a_tree_that_shrinks_are_refused() -> None:
    first, second = (bytes.fromhex(ROOTS[3]), bytes.fromhex(ROOTS[4]))
    with pytest.raises(tree.ProofError, match="two different heads"):
        tree.check_consistency(4, 4, first, second, [])
    with pytest.raises(tree.ProofError, match="smaller"):
        tree.check_consistency(5, 4, second, first, [])


def test_a_missing_tile_is_named_and_never_made_up() -> None:
    _, tiles = grown(entries_of(300))
    del tiles[TileId(0, 1)]
    with pytest.raises(TileMissingError):
        range_hashes(tree.inclusion_ranges(299, 300), reader(tiles))
    with pytest.raises(TileMissingError):
        Growth(300, {TileId(1, 0): tiles[TileId(1, 0)]})


@pytest.mark.parametrize(
    ("number", "path"),
    [(0, "000"), (67, "067"), (1000, "x001/000"), (1234067, "x001/x234/067")],
)
def test_tiles_are_addressed_as_the_format_says(number: int, path: str) -> None:
    assert number_path(number) == path
    assert read_path(path) == (number, WIDTH)
    assert read_path(f"{path}.p/17") == (number, 17)
    assert tile_path(0, number, 17) == f"tile/0/{path}.p/17"
    assert tile_path("entries", number, WIDTH) == f"tile/entries/{path}"


@pytest.mark.parametrize(
    "path",
    [
        "0",
        "0000",
        "x000/001",
        "001/002",
        "000.p/0",
        "000.p/256",
        "000.p/01",
        "../000",
        "x999/x999/x999/x999/x999/999",
    ],
)
def test_other_spellings_of_an_address_lead_nowhere(path: str) -> None:
    assert read_path(path) is None


def test_a_tile_is_as_wide_as_the_tree_makes_it() -> None:
    assert [width(0, number, 600) for number in range(4)] == [256, 256, 88, 0]
    assert [width(1, 0, 600), width(2, 0, 600), width(1, 0, 65536)] == [2, 0, 256]
