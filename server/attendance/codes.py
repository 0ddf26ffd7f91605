"""The codes that phones show each other (活动码, 我的打卡码, 打卡凭证): pure.

====  ==============================================================================
RH1   the organiser's rotating code: ``RH1.<activity>.<step>.<sig>``
RM1   a member's one-time code: ``RM1.<activity>.<ticket>.<i|o>.<step>.<nonce>.<sig>``
RP1   a proof, the member's code signed over by the organiser's phone:
      ``RP1.<activity>.<ticket>.<i|o>.<member step>.<nonce>.<member sig>.<step>.<sig>``
====  ==============================================================================

A step is Unix time in whole units of 15 s. A signature is the first 10 bytes of HMAC-SHA-256
(RFC 2104) over everything before the last dot, as lower-case hex: 80 bits that can be tried only
against the server, which counts the tries. ``tests/attendance/code_vectors.json`` holds the phone's
implementation to this one.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from server.attendance.rules import STEP_SECONDS, Phase

SIGNATURE_BYTES = 10
TICKET_BYTES = 8
NONCE_BYTES = 5
PHASE_LETTERS = {Phase.IN: "i", Phase.OUT: "o"}
PHASE_OF_LETTER = {letter: phase for phase, letter in PHASE_LETTERS.items()}

# No number has a second spelling, and no step lies beyond the calendar.
_ACTIVITY = r"([1-9][0-9]{0,9})"
_STEP = r"(0|[1-9][0-9]{0,9})"
_SIGNATURE = r"([0-9a-f]{20})"
_MEMBER = rf"{_ACTIVITY}\.([0-9a-f]{{16}})\.([io])\.{_STEP}\.([0-9a-f]{{10}})\.{_SIGNATURE}"
ROTATING_FORM = re.compile(rf"RH1\.{_ACTIVITY}\.{_STEP}\.{_SIGNATURE}")
MEMBER_FORM = re.compile(rf"RM1\.{_MEMBER}")
PROOF_FORM = re.compile(rf"RP1\.{_MEMBER}\.{_STEP}\.{_SIGNATURE}")
LONGEST_CODE = 200


@dataclass(frozen=True)
class RotatingCode:
    """What the organiser's phone or the console shows to everybody (活动码)."""

    activity_id: int
    step: int
    text: str


@dataclass(frozen=True)
class MemberCode:
    """What a member's phone shows, to be scanned by a peer or the organiser (我的打卡码)."""

    activity_id: int
    ticket: bytes
    phase: Phase
    step: int
    nonce: bytes
    text: str


@dataclass(frozen=True)
class Proof:
    """A member's code and the organiser's signature over it (打卡凭证)."""

    code: MemberCode
    step: int
    text: str


def activity_key(standing: bytes, activity_id: int) -> bytes:
    """Derive the key of an activity, which its organisers' phones hold."""
    return hmac.digest(standing, b"activity:%d" % activity_id, "sha256")


def ticket_key(standing: bytes, activity_id: int, ticket: bytes) -> bytes:
    """Derive the key of one participation, which the member's own phone holds."""
    text = f"ticket:{activity_id}:{ticket.hex()}"
    return hmac.digest(standing, text.encode(), "sha256")


def step_of(moment: datetime) -> int:
    """Return the step that a moment lies in."""
    return int(moment.timestamp()) // STEP_SECONDS


def moment_of(step: int) -> datetime:
    """Return when a step begins; ten digits reach to the year 6723."""
    return datetime.fromtimestamp(step * STEP_SECONDS, UTC)


def signature(key: bytes, signed: str) -> str:
    """Sign the part of a code before its last dot."""
    return hmac.digest(key, signed.encode("ascii"), sha256)[:SIGNATURE_BYTES].hex()


def is_signed(key: bytes, text: str) -> bool:
    """Tell whether a code ends in this key's signature."""
    signed, _, given = text.rpartition(".")
    return hmac.compare_digest(signature(key, signed), given)


def rotating_code(key: bytes, activity_id: int, step: int) -> str:
    """Spell the rotating code of a step."""
    return _with_signature(key, f"RH1.{activity_id}.{step}")


def member_code(
    key: bytes, *, activity_id: int, ticket: bytes, phase: Phase, step: int, nonce: bytes
) -> str:
    """Spell a member's one-time code; ``key`` is that of the ticket."""
    letter = PHASE_LETTERS[phase]
    return _with_signature(key, f"RM1.{activity_id}.{ticket.hex()}.{letter}.{step}.{nonce.hex()}")


def proof(key: bytes, code: str, step: int) -> str:
    """Sign a member's code over; ``key`` is that of the activity."""
    return _with_signature(key, f"RP1.{code.removeprefix('RM1.')}.{step}")


def _with_signature(key: bytes, signed: str) -> str:
    return f"{signed}.{signature(key, signed)}"


def read_rotating(text: str) -> RotatingCode | None:
    """Read a rotating code, or return None for what is none; its signature is not looked at."""
    found = ROTATING_FORM.fullmatch(text)
    return RotatingCode(int(found[1]), int(found[2]), text) if found else None


def read_member_code(text: str) -> MemberCode | None:
    """Read a member's code, or return None for what is none; its signature is not looked at."""
    found = MEMBER_FORM.fullmatch(text)
    return _member(found, text) if found else None


def read_proof(text: str) -> Proof | None:
    """Read a proof, or return None for what is none; its signatures are not looked at."""
    found = PROOF_FORM.fullmatch(text)
    if not found:
        return None
    inner = f"RM1.{text.removeprefix('RP1.').rsplit('.', 2)[0]}"
    return Proof(_member(found, inner), int(found[7]), text)


def _member(found: re.Match[str], text: str) -> MemberCode:
    return MemberCode(
        activity_id=int(found[1]),
        ticket=bytes.fromhex(found[2]),
        phase=PHASE_OF_LETTER[found[3]],
        step=int(found[4]),
        nonce=bytes.fromhex(found[5]),
        text=text,
    )
