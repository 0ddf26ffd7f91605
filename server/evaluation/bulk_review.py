"""Setting many ratings of one department apart in one act, by the same two persons as a single one.

The ratings are locked before their proposals, in the order of their ids, as in ``review``
(docs/locking.md). One audit entry tells of the act: how many, why, a digest of the ratings' ids;
each proposal keeps its own two persons.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Select, Uuid, exists, func, insert, literal, select, update

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.evaluation import logged, registering
from server.evaluation.models import Evaluation, Exclusion
from server.evaluation.rules import EvaluationState, ExclusionReason, ExclusionState
from server.identity import queries as identity

Subject = tuple[str, object]
DIGEST_LENGTH = 16


def propose_exclusions(
    campaign_id: int,
    department_id: int,
    among: Select[UUID],
    *,
    reason: ExclusionReason,
    note: str,
    subject: Subject,
    actor: Actor,
    now: datetime,
) -> int:
    """Propose not to count those ``among`` a department's ratings that count; return how many.

    What is proposed already, or counts no longer, is passed over. ``subject`` is what the act was
    about, for the audit log.
    """
    proposer = _person(actor, department_id)
    wanted = _to_propose(campaign_id, department_id, among)
    if not wanted:
        raise Refusal("exclusions_none", 409)
    db.session.execute(
        insert(Exclusion),
        [
            {
                "id": uuid4(),
                "campaign_id": campaign_id,
                "evaluation_id": identifier,
                "department_id": department_id,
                "channel": channel,
                "reason": reason.value,
                "note": note,
                "state": ExclusionState.PROPOSED.value,
                "proposed_by": proposer,
                "proposed_at": now,
            }
            for identifier, channel in wanted.items()
        ],
    )
    audit.record(
        actor,
        "exclusion.proposed",
        subject,
        at=now,
        campaign=campaign_id,
        reason=reason.value,
        size=len(wanted),
        digest=_digest(list(wanted)),
    )
    return len(wanted)


@dataclass(frozen=True)
class Seen:
    """Which open proposals somebody was shown: how many, and a digest of their ids."""

    number: int
    digest: str


def open_proposals(
    campaign_id: int, department_id: int, among: Select[UUID], *, actor: Actor
) -> Seen:
    """Return the open proposals ``among`` a department's ratings that ``actor`` may decide."""
    query = _open(campaign_id, department_id, among)
    return _seen(
        [row.id for row in db.session.execute(query) if not actor.counts_as(row.proposed_by)]
    )


def _open(campaign_id: int, department_id: int, among: Select[UUID]) -> Select[UUID, UUID, UUID]:
    return (
        select(Exclusion.id, Exclusion.evaluation_id, Exclusion.proposed_by)
        .where(
            Exclusion.campaign_id == campaign_id,
            Exclusion.department_id == department_id,
            Exclusion.evaluation_id.in_(among),
            Exclusion.state == ExclusionState.PROPOSED.value,
        )
        .order_by(Exclusion.evaluation_id)
    )


def _seen(proposals: Sequence[UUID]) -> Seen:
    return Seen(len(proposals), _digest(sorted(proposals)))


def decide_exclusions(
    campaign_id: int,
    department_id: int,
    among: Select[UUID],
    *,
    seen: Seen,
    confirm: bool,
    subject: Subject,
    actor: Actor,
    now: datetime,
) -> int:
    """Confirm or reject, as a second person, all open proposals ``among`` a department's ratings.

    The actor's own are passed over, and refused where there are no others; a rating that was
    withdrawn meanwhile can't be confirmed and keeps its proposal. Returns how many were decided.
    ``seen`` are those that the actor was shown: where there are others by now, nothing is decided.
    """
    person = _person(actor, department_id)
    decided = _to_decide(campaign_id, department_id, among, seen=seen, actor=actor, confirm=confirm)
    if not decided:
        raise Refusal("exclusions_none", 409)
    _decide(campaign_id, decided, confirm=confirm, person=person, now=now)
    audit.record(
        actor,
        "exclusion.confirmed" if confirm else "exclusion.rejected",
        subject,
        at=now,
        campaign=campaign_id,
        size=len(decided),
        digest=_digest(sorted(decided.values())),
    )
    return len(decided)


def _to_propose(campaign_id: int, department_id: int, among: Select[UUID]) -> dict[UUID, int]:
    """Lock the ratings that count; return the channel of each that nobody has proposed."""
    counted = db.session.execute(
        select(Evaluation.id, Evaluation.channel)
        .where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.department_id == department_id,
            Evaluation.state == EvaluationState.COUNTED,
            Evaluation.id.in_(among),
        )
        .order_by(Evaluation.id)
        .with_for_update()
    ).all()
    proposed = set(
        db.session.scalars(
            select(Exclusion.evaluation_id).where(
                Exclusion.campaign_id == campaign_id,
                Exclusion.evaluation_id.in_(among),
                Exclusion.state == ExclusionState.PROPOSED.value,
            )
        )
    )
    return {row.id: row.channel for row in counted if row.id not in proposed}


def _to_decide(
    campaign_id: int,
    department_id: int,
    among: Select[UUID],
    *,
    seen: Seen,
    actor: Actor,
    confirm: bool,
) -> dict[UUID, UUID]:
    """Lock ratings, then their open proposals; return the rating of each that can be decided."""
    states = _locked_states(campaign_id, department_id, among)
    proposals = db.session.execute(_open(campaign_id, department_id, among).with_for_update()).all()
    others = [row for row in proposals if not actor.counts_as(row.proposed_by)]
    if proposals and not others:
        raise Refusal("exclusion_same_person", 409)
    if others and _seen([row.id for row in others]) != seen:
        raise Refusal("exclusions_changed", 409)
    return {
        row.id: row.evaluation_id
        for row in others
        # Proposed after the ratings were locked: not seen by whoever decides.
        if row.evaluation_id in states
        and not (confirm and states[row.evaluation_id] != EvaluationState.COUNTED)
    }


def _locked_states(campaign_id: int, department_id: int, among: Select[UUID]) -> dict[UUID, int]:
    waiting = exists().where(
        Exclusion.campaign_id == Evaluation.campaign_id,
        Exclusion.evaluation_id == Evaluation.id,
        Exclusion.state == ExclusionState.PROPOSED.value,
    )
    rows = db.session.execute(
        select(Evaluation.id, Evaluation.state)
        .where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.department_id == department_id,
            Evaluation.id.in_(among),
            waiting,
        )
        .order_by(Evaluation.id)
        .with_for_update()
    )
    return {row.id: row.state for row in rows}


def _decide(
    campaign_id: int, decided: dict[UUID, UUID], *, confirm: bool, person: UUID, now: datetime
) -> None:
    proposals = list(decided)
    state = ExclusionState.CONFIRMED if confirm else ExclusionState.REJECTED
    db.session.execute(
        update(Exclusion)
        .where(Exclusion.id.in_(_listed(proposals)))
        .values(state=state.value, decided_by=person, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    if confirm:
        db.session.execute(
            update(Evaluation)
            .where(
                Evaluation.campaign_id == campaign_id,
                Evaluation.id.in_(_listed(list(decided.values()))),
            )
            .values(state=int(EvaluationState.EXCLUDED))
            .execution_options(synchronize_session=False)
        )
        logged.excluded_many(campaign_id, _by_reason(decided))
        registering.release(campaign_id, decided.values(), by_rater=False, now=now)
    db.session.expire_all()


def _by_reason(decided: dict[UUID, UUID]) -> dict[ExclusionReason, list[UUID]]:
    found: dict[ExclusionReason, list[UUID]] = defaultdict(list)
    for row in db.session.execute(
        select(Exclusion.id, Exclusion.reason).where(Exclusion.id.in_(_listed(list(decided))))
    ):
        found[ExclusionReason(row.reason)].append(decided[row.id])
    return found


def _listed(ids: Sequence[UUID]) -> Select[UUID]:
    """Return ids as rows of one array: an IN of so many would run out of parameters."""
    return select(func.unnest(literal(list(ids), ARRAY(Uuid))))


def _person(actor: Actor, department_id: int) -> UUID:
    actor.require(identity.organisation(department_id).path, Role.OFFICE)
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    return actor.id


def _digest(ids: Sequence[UUID]) -> str:
    return sha256(b"".join(one.bytes for one in ids)).hexdigest()[:DIGEST_LENGTH]
