"""The codes themselves, against the vectors that the phone's tests read as well."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.attendance import codes
from server.attendance.rules import STEP_SECONDS, Phase

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "code_vectors.json").read_text())
STANDING = bytes.fromhex(VECTORS["standing_key"])
ACTIVITIES = pytest.mark.parametrize(
    "vector", VECTORS["activities"], ids=lambda vector: str(vector["activity"])
)
FURTHEST_STEP = 9_999_999_999


def test_the_vectors_are_of_the_standing_key_that_the_brief_names() -> None:
    assert bytes(range(32)) == STANDING
    assert VECTORS["step_seconds"] == STEP_SECONDS


@pytest.mark.parametrize("vector", VECTORS["steps"])
def test_a_step_is_unix_time_in_units_of_fifteen_seconds(vector: dict[str, int]) -> None:
    moment = datetime.fromtimestamp(vector["unix_seconds"], UTC)
    assert codes.step_of(moment) == vector["step"]
    assert codes.moment_of(vector["step"]) <= moment


@ACTIVITIES
def test_keys_are_derived_as_the_vectors_say(vector: dict[str, Any]) -> None:
    activity, ticket = vector["activity"], bytes.fromhex(vector["ticket"])
    assert codes.activity_key(STANDING, activity).hex() == vector["activity_key"]
    assert codes.ticket_key(STANDING, activity, ticket).hex() == vector["ticket_key"]


@ACTIVITIES
def test_rotating_codes_are_spelled_and_read_as_the_vectors_say(vector: dict[str, Any]) -> None:
    key = bytes.fromhex(vector["activity_key"])
    for one in vector["rotating"]:
        assert codes.rotating_code(key, vector["activity"], one["step"]) == one["code"]
        read = codes.read_rotating(one["code"])
        assert read == codes.RotatingCode(vector["activity"], one["step"], one["code"])
        assert codes.is_signed(key, one["code"])
        assert not codes.is_signed(b"\0" * 32, one["code"])


@ACTIVITIES
def test_member_codes_are_spelled_and_read_as_the_vectors_say(vector: dict[str, Any]) -> None:
    key = bytes.fromhex(vector["ticket_key"])
    for one in vector["member"]:
        spelled = codes.member_code(
            key,
            activity_id=vector["activity"],
            ticket=bytes.fromhex(vector["ticket"]),
            phase=Phase(one["phase"]),
            step=one["step"],
            nonce=bytes.fromhex(one["nonce"]),
        )
        assert spelled == one["code"]
        read = codes.read_member_code(spelled)
        assert read is not None
        assert (read.phase, read.step) == (Phase(one["phase"]), one["step"])
        assert codes.is_signed(key, spelled)


@ACTIVITIES
def test_a_proof_carries_the_members_code_whole(vector: dict[str, Any]) -> None:
    key = bytes.fromhex(vector["activity_key"])
    for one in vector["proofs"]:
        assert codes.proof(key, one["member_code"], one["step"]) == one["proof"]
        read = codes.read_proof(one["proof"])
        assert read is not None
        assert read.code == codes.read_member_code(one["member_code"])
        assert read.step == one["step"]
        assert codes.is_signed(key, one["proof"])


@pytest.mark.parametrize("text", VECTORS["malformed"])
def test_what_has_another_form_is_no_code(text: str) -> None:
    assert codes.read_rotating(text) is None
    assert codes.read_member_code(text) is None
    assert codes.read_proof(text) is None


def test_one_changed_digit_breaks_the_signature() -> None:
    vector = VECTORS["activities"][0]
    activity, ticket = bytes.fromhex(vector["activity_key"]), bytes.fromhex(vector["ticket_key"])
    rotating, member, proof = VECTORS["forged"]
    assert codes.read_rotating(rotating)
    assert not codes.is_signed(activity, rotating)
    assert codes.read_member_code(member)
    assert not codes.is_signed(ticket, member)
    assert codes.read_proof(proof)
    assert not codes.is_signed(activity, proof)


def test_a_code_of_one_kind_is_never_read_as_another() -> None:
    vector = VECTORS["activities"][0]
    assert codes.read_member_code(vector["rotating"][0]["code"]) is None
    assert codes.read_rotating(vector["member"][0]["code"]) is None
    assert codes.read_member_code(vector["proofs"][0]["proof"]) is None


def test_the_furthest_step_that_a_code_can_name_lies_in_the_calendar() -> None:
    assert codes.read_rotating(f"RH1.1.{FURTHEST_STEP}.{'0' * 20}")
    assert codes.read_rotating(f"RH1.1.{FURTHEST_STEP + 1}.{'0' * 20}") is None
    assert codes.moment_of(FURTHEST_STEP) < datetime.max.replace(tzinfo=UTC)
