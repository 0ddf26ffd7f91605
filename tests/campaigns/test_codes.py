"""Rating codes: form, misreading, guessing."""

from hypothesis import given
from hypothesis import strategies as st

from server.campaigns import codes
from server.core.crockford import from_bytes


@given(st.binary(min_size=16, max_size=32))
def test_a_code_survives_being_printed_and_typed(raw: bytes) -> None:
    code = from_bytes(raw, codes.LENGTH)
    assert codes.is_code(code)
    assert codes.normal(codes.shown(code).lower()) == code


def test_misread_letters_are_taken_for_what_they_look_like() -> None:
    assert codes.normal("o1il-0000-0000") == "01110000" + "0000"


def test_codes_of_a_batch_differ_and_follow_from_the_seed() -> None:
    seed = bytes(32)
    issued = codes.codes_of_seed(seed, 5000)
    assert len(set(issued)) == 5000
    assert issued == codes.codes_of_seed(seed, 5000)


def test_what_is_no_code_is_told_apart() -> None:
    assert not codes.is_code("d12")
    assert not codes.is_code("ABCD-EFGH-JKM*")
