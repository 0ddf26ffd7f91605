"""Sealing, keyed hashes and the key ring."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.crypto import Macs, SealBrokenError, Sealer, mac, new_key, seal, unseal
from server.core.keyring import FileKeyRing, KeyMissingError


@given(st.binary(max_size=200))
def test_what_was_sealed_opens_again(plain: bytes) -> None:
    key = new_key()
    assert unseal(key, seal(key, plain, "a"), "a") == plain


def test_a_seal_opens_neither_for_another_purpose_nor_after_a_change() -> None:
    key = new_key()
    sealed = seal(key, b"openid", "member")
    with pytest.raises(SealBrokenError):
        unseal(key, sealed, "contact")
    with pytest.raises(SealBrokenError):
        unseal(key, sealed[:-1] + bytes([sealed[-1] ^ 1]), "member")


def test_equal_texts_are_sealed_differently() -> None:
    key = new_key()
    assert seal(key, b"same", "a") != seal(key, b"same", "a")


def test_the_borders_of_hashed_parts_count() -> None:
    key = new_key()
    assert mac(key, b"ab", b"c") != mac(key, b"a", b"bc")
    assert len(mac(key, b"x")) == 16


@given(
    st.binary(min_size=1, max_size=200),
    st.binary(max_size=80),
    st.lists(st.binary(max_size=200), max_size=4),
)
def test_prepared_hashes_are_the_ones_that_are_made_alone(
    key: bytes, first: bytes, parts: list[bytes]
) -> None:
    prepared = Macs(key, first)
    for _ in range(2):
        assert prepared.mac(*parts) == mac(key, first, *parts)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 200])
def test_keys_up_to_and_beyond_a_block_are_prepared_alike(size: int) -> None:
    key = bytes(range(size))
    assert Macs(key, b"rater").mac(b"x", b"") == mac(key, b"rater", b"x", b"")


def test_a_sealer_seals_as_seal_does_and_uses_no_nonce_twice() -> None:
    key = new_key()
    sealer = Sealer(key, "contact")
    sealed = [sealer.seal(b"138") for _ in range(600)]
    assert {unseal(key, one, "contact") for one in sealed} == {b"138"}
    assert len({one[:12] for one in sealed}) == len(sealed)


def test_a_key_is_made_once_and_read_back(tmp_path: Path) -> None:
    ring = FileKeyRing(tmp_path / "ring")
    ring.create("campaign-1")
    key = ring.get("campaign-1")
    ring.create("campaign-1")
    assert FileKeyRing(tmp_path / "ring").get("campaign-1") == key
    assert (tmp_path / "ring").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "ring" / "campaign-1.key").stat().st_mode & 0o777 == 0o600


def test_a_destroyed_key_is_gone_and_may_be_destroyed_again(tmp_path: Path) -> None:
    ring = FileKeyRing(tmp_path)
    ring.create("campaign-1")
    ring.get("campaign-1")
    ring.destroy("campaign-1")
    ring.destroy("campaign-1")
    with pytest.raises(KeyMissingError):
        ring.get("campaign-1")


def test_a_name_can_not_leave_the_ring(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="passwd"):
        FileKeyRing(tmp_path).get("../passwd")


def test_what_is_prepared_for_many_values_equals_what_is_made_for_one() -> None:
    key = new_key()
    assert Macs(key, b"rater").mac(b"a", b"bc") == mac(key, b"rater", b"a", b"bc")
    assert Macs(key, b"rater").mac(b"ab", b"c") != mac(key, b"rater", b"a", b"bc")
    sealer = Sealer(key, "source.contact")
    one, other = sealer.seal(b"138"), sealer.seal(b"138")
    assert one != other
    assert unseal(key, one, "source.contact") == b"138"
    with pytest.raises(SealBrokenError):
        unseal(key, other, "source.secret")
