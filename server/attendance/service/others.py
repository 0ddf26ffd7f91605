"""What others say of a member: the organiser's phone by a proof, two peers by a scan."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from server.activities import queries as activities
from server.activities.rules import EvidenceKind
from server.attendance import cases, codes, keys
from server.attendance.answers import Answer, answer, refuse_unless_open
from server.attendance.cases import Case
from server.attendance.rules import (
    CLOCK_TOLERANCE,
    CLOCKS_APART,
    Doubt,
    Outcome,
    Presence,
    Shown,
    doubt_of_claim,
    doubt_of_proof,
    rests_on_peers_alone,
)
from server.attendance.service import standing
from server.attendance.service.standing import NO_DETAILS, Details
from server.attendance.signing import person_of
from server.core.access import Actor
from server.core.errors import Refusal

UUID_BYTES = 16


def _refuse_other(code: codes.MemberCode, activity_id: int) -> None:
    if not codes.is_signed(keys.of_ticket(code.activity_id, code.ticket), code.text):
        raise Refusal("code_forged", 422, field="code")
    if code.activity_id != activity_id:
        raise Refusal("code_of_other_activity", 409, field="code")


def _outcome(doubt: Doubt | None) -> Outcome:
    return Outcome.DOUBTFUL if doubt else Outcome.GOOD


# The proof


def deliver_proof(activity_id: int, text: str, *, actor: Actor, now: datetime) -> Answer:
    """Take in a proof from the member's phone or an organiser's: whichever comes first stores it.

    It counts as the organiser's code (CODE), as good a day after the activity as at once.
    """
    proof = codes.read_proof(text)
    if proof is None:
        raise Refusal("proof_malformed", 422, field="proof")
    if not codes.is_signed(keys.of_activity(proof.code.activity_id), text):
        raise Refusal("code_forged", 422, field="proof")
    _refuse_other(proof.code, activity_id)

    def make(case: Case) -> tuple[Shown, Details]:
        _refuse_stranger(case, actor)
        refuse_unless_open(case, EvidenceKind.CODE, proof.code.phase, now)
        return _proven(case, proof, now), NO_DETAILS

    case = standing.add(lambda: cases.of_ticket(activity_id, proof.code.ticket), make, now=now)
    found = answer(case, proof.code.phase)
    return found if _is_own(case, actor) else found.for_others()


def _is_own(case: Case, actor: Actor) -> bool:
    return person_of(actor) == case.person_id


def _refuse_stranger(case: Case, actor: Actor) -> None:
    if _is_own(case, actor):
        return
    if not activities.may_manage(activities.activity(case.activity_id), actor):
        raise Refusal("proof_of_somebody_else", 403)


def _proven(case: Case, proof: codes.Proof, now: datetime) -> Shown:
    signed_at = codes.moment_of(proof.step)
    doubt = case.doubt_of(
        EvidenceKind.CODE,
        doubt_of_proof(codes.moment_of(proof.code.step), signed_at, case.asked, now),
    )
    return Shown(
        # Both phones deliver the same text: so it is the same piece, whoever is first.
        id=UUID(bytes=sha256(proof.text.encode()).digest()[:UUID_BYTES]),
        kind=EvidenceKind.CODE,
        phase=proof.code.phase,
        outcome=_outcome(doubt),
        doubt=doubt,
        happened_at=min(signed_at, now),
        nonce=proof.code.nonce,
    )


# Peers


@dataclass(frozen=True)
class Confirmation:
    """A member's one-time code as a peer scanned it, maybe long before it could be delivered."""

    id: UUID
    code: str
    happened_at: datetime


def confirm(
    activity_id: int, confirmation: Confirmation, *, member_id: UUID, now: datetime
) -> Answer:
    """Note that a present peer saw a member; two different ones count.

    The peer's own presence must rest on more than peers' word, so that a group can't vouch for
    itself from nothing.
    """
    code = codes.read_member_code(confirmation.code)
    if code is None:
        other = codes.read_rotating(confirmation.code)
        raise Refusal("code_not_members" if other else "code_malformed", 422, field="code")
    _refuse_other(code, activity_id)
    peer = cases.of_member(activity_id, member_id)
    person_id = cases.of_ticket(activity_id, code.ticket).person_id
    if peer.person_id == person_id:
        raise Refusal("own_check_in", 403)
    standing.lock(activity_id, [peer.person_id, person_id])
    _refuse_unless_present(cases.of_member(activity_id, member_id))

    def make(case: Case) -> tuple[Shown, Details]:
        refuse_unless_open(case, EvidenceKind.PEERS, code.phase, now)
        return _seen(case, code, confirmation, peer.person_id, now), NO_DETAILS

    case = standing.add(lambda: cases.of_ticket(activity_id, code.ticket), make, now=now)
    return answer(case, code.phase, _said_to_peer(case)).for_others()


def _refuse_unless_present(peer: Case) -> None:
    if peer.presence is not Presence.PRESENT:
        raise Refusal("peer_not_present", 409)
    if peer.decided is None and rests_on_peers_alone(peer.shown, peer.asked):
        raise Refusal("peer_only_vouched_for", 409)


def _seen(
    case: Case, code: codes.MemberCode, confirmation: Confirmation, peer: UUID, now: datetime
) -> Shown:
    moment, doubt = doubt_of_claim(confirmation.happened_at, case.asked, now)
    shown_at = codes.moment_of(code.step)
    if doubt is None and shown_at > now + CLOCK_TOLERANCE:
        doubt = Doubt.FROM_FUTURE
    if doubt is None and abs(shown_at - moment) > CLOCKS_APART:
        doubt = Doubt.CLOCK_WRONG
    doubt = case.doubt_of(EvidenceKind.PEERS, doubt)
    return Shown(
        id=confirmation.id,
        kind=EvidenceKind.PEERS,
        phase=code.phase,
        outcome=_outcome(doubt),
        doubt=doubt,
        happened_at=moment,
        given_by=peer,
    )


def _said_to_peer(case: Case) -> str:
    if case.presence is Presence.PRESENT:
        return "已为同伴确认，对方打卡成功。"
    if case.presence is Presence.QUESTION:
        return "已记录您的确认，对方的打卡还要由组织者确认。"
    return "已记录您的确认，对方还需要另一名同伴或其他方式确认。"
