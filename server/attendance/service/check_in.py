"""A member's own check-in: by the rotating code, the place or a photo."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.activities import queries as activities
from server.activities.rules import EvidenceKind
from server.attendance import cases, codes, keys, place
from server.attendance.answers import Answer, answer, refuse_unless_open
from server.attendance.cases import Case
from server.attendance.place import Where
from server.attendance.rules import (
    COARSE_M,
    OUTSIDE_MESSAGE,
    PICTURE_KEPT_DAYS,
    Doubt,
    Outcome,
    Phase,
    Shown,
    doubt_of_claim,
    doubt_of_step,
)
from server.attendance.service import standing
from server.attendance.service.standing import NO_DETAILS, Details
from server.core.errors import Refusal
from server.pictures import service as pictures
from server.pictures.rules import Purpose

PICTURE_SUBJECT = "check_in"


@dataclass(frozen=True)
class Position:
    """Where a phone says it is (GCJ-02 degrees, metres), or, without network, only its verdict.

    It lives as long as the request: nothing below keeps it, and its text form shows nothing.
    """

    longitude: float | None = None
    latitude: float | None = None
    accuracy: float | None = None
    inside: bool | None = None
    mock: bool = False

    def __repr__(self) -> str:
        """Hide the coordinates from any message or trace."""
        return "<Position>"


@dataclass(frozen=True)
class Claim:
    """What a phone sends: exactly one of code, position and picture, by ``kind``."""

    id: UUID
    kind: EvidenceKind
    phase: Phase
    happened_at: datetime
    code: str = ""
    position: Position | None = None
    picture_id: UUID | None = None


def check_in_at_once(
    activity_id: int, claim: Claim, *, member_id: UUID, now: datetime
) -> Answer | None:
    """Take in the common check-in: a participant's first evidence, the rotating code.

    Two statements outside the session, the second atomic by itself, in half the time of the long
    way. Everything else returns None and is for ``check_in``.
    """
    if claim.kind is not EvidenceKind.CODE:
        return None
    _refuse_bad_code(activity_id, claim.code)
    case = cases.untouched(activity_id, member_id)
    if case is None or not case.takes_part:
        return None
    refuse_unless_open(case, claim.kind, claim.phase, now)
    piece, _ = _by_code(case, claim, member_id, now)
    written = standing.write_first(case, piece, now=now)
    return None if written is None else answer(written, claim.phase)


def check_in(activity_id: int, claim: Claim, *, member_id: UUID, now: datetime) -> Answer:
    """Take in a member's own evidence; the same again gets the same answer and changes nothing.

    ``now`` is when it arrived. Raises Refusal for what is no evidence at all: a forged or foreign
    code, a kind that the activity does not take. What is merely doubtful is kept as a question;
    so is who has no place, and nothing of the places is touched before the organiser's yes.
    """
    if claim.kind is EvidenceKind.CODE:
        _refuse_bad_code(activity_id, claim.code)
    outside = False

    def make(case: Case) -> tuple[Shown, Details] | None:
        nonlocal outside
        refuse_unless_open(case, claim.kind, claim.phase, now)
        found = _MAKERS[claim.kind](case, claim, member_id, now)
        outside = found is None
        return found

    case = standing.add(lambda: cases.of_member(activity_id, member_id), make, now=now)
    return answer(case, claim.phase, OUTSIDE_MESSAGE if outside else "")


def _refuse_bad_code(activity_id: int, text: str) -> None:
    code = codes.read_rotating(text)
    if code is None:
        # The commonest mistake: a member scans another member's code.
        other = codes.read_member_code(text) or codes.read_proof(text)
        raise Refusal("code_not_rotating" if other else "code_malformed", 422, field="code")
    if not codes.is_signed(keys.of_activity(code.activity_id), text):
        raise Refusal("code_forged", 422, field="code")
    if code.activity_id != activity_id:
        raise Refusal("code_of_other_activity", 409, field="code")


def _piece(case: Case, claim: Claim, moment: datetime, doubt: Doubt | None) -> Shown:
    doubt = case.doubt_of(claim.kind, doubt)
    return Shown(
        id=claim.id,
        kind=claim.kind,
        phase=claim.phase,
        outcome=Outcome.DOUBTFUL if doubt else Outcome.GOOD,
        doubt=doubt,
        happened_at=moment,
    )


def _by_code(case: Case, claim: Claim, _member: UUID, now: datetime) -> tuple[Shown, Details]:
    code = codes.read_rotating(claim.code)
    assert code is not None  # noqa: S101 refused before
    begins = codes.moment_of(code.step)
    doubt = doubt_of_step(begins, case.asked, now)
    # A good code is shown while it is scanned: the step is within a minute of the truth.
    return _piece(case, claim, min(begins, now), doubt), NO_DETAILS


def _by_place(
    case: Case, claim: Claim, _member: UUID, now: datetime
) -> tuple[Shown, Details] | None:
    position = claim.position or Position()
    where, judged_by_phone = _where(case.activity_id, position)
    if where is Where.OUTSIDE:
        return None
    # A position is of this moment, whatever time comes with it; the phone's verdict may be old.
    claimed = claim.happened_at if judged_by_phone else now
    moment, doubt = doubt_of_claim(claimed, case.asked, now)
    if doubt is None and judged_by_phone:
        doubt = Doubt.JUDGED_BY_PHONE
    if doubt is None and where is Where.EDGE:
        doubt = Doubt.EDGE_OF_PLACE
    accuracy = None if position.accuracy is None else round(position.accuracy)
    details = Details(
        accuracy_m=accuracy,
        coarse=accuracy is not None and accuracy > COARSE_M,
        mock=position.mock,
    )
    return _piece(case, claim, moment, doubt), details


def _where(activity_id: int, position: Position) -> tuple[Where, bool]:
    if position.longitude is None or position.latitude is None:
        if position.inside is None:
            raise Refusal("position_missing", 422, field="inside")
        return (Where.INSIDE if position.inside else Where.OUTSIDE), True
    fences = activities.activity(activity_id).fences
    accuracy = position.accuracy or 0.0
    return place.judge(fences, position.longitude, position.latitude, accuracy), False


def _by_photo(case: Case, claim: Claim, member: UUID, now: datetime) -> tuple[Shown, Details]:
    if claim.picture_id is None:
        raise Refusal("picture_unknown", 422, field="picture")
    moment, doubt = doubt_of_claim(claim.happened_at, case.asked, now)
    piece = _piece(case, claim, moment, doubt)
    if any(piece.says_the_same_as(one) for one in case.shown):
        return piece, NO_DETAILS
    pictures.take_up(
        [claim.picture_id],
        purpose=Purpose.CHECK_IN,
        # The claim's id is the phone's: alone it could name, and let go, another's picture.
        subject=(PICTURE_SUBJECT, f"{case.activity_id}/{case.person_id}/{claim.id}"),
        uploaded_by=member,
        keep_days=PICTURE_KEPT_DAYS,
        now=now,
    )
    return piece, Details(picture_id=claim.picture_id)


_MAKERS = {
    EvidenceKind.CODE: _by_code,
    EvidenceKind.PLACE: _by_place,
    EvidenceKind.PHOTO: _by_photo,
}
