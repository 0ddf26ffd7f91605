"""A rating that its department contests: whether it counts, and how it is set apart by a verdict.

The verdict is an adjudicator's (``appeals``), who is of neither side; here it takes the place of
the two persons of the office: the department proposed, the adjudicator decided.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, union

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.evaluation import logged
from server.evaluation.models import Evaluation, Exclusion
from server.evaluation.rules import (
    SHOWN_COMMENTS,
    CommentState,
    EvaluationState,
    ExclusionReason,
    ExclusionState,
)
from server.identity import queries as identity

NOTE = "申诉成立"


def counts(campaign_id: int, evaluation_id: UUID) -> bool:
    """Tell whether a rating counts: neither withdrawn nor set apart."""
    state = db.session.scalar(
        select(Evaluation.state).where(
            Evaluation.campaign_id == campaign_id, Evaluation.id == evaluation_id
        )
    )
    return state == EvaluationState.COUNTED


@dataclass(frozen=True)
class Unshown:
    """Words that nobody but the office sees, for whoever has to decide about them."""

    comment: str
    state: CommentState


def unshown_words(campaign_id: int, evaluation_id: UUID) -> Unshown | None:
    """Return a rating's words that did not pass their check, or have not yet; None without any.

    Its caller has asked that the reader decides an appeal against the rating: a claim that words
    are unlawful can't be judged without them.
    """
    found = db.session.execute(
        select(Evaluation.comment, Evaluation.comment_state).where(
            Evaluation.campaign_id == campaign_id, Evaluation.id == evaluation_id
        )
    ).one_or_none()
    if found is None or not found.comment:
        return None
    state = CommentState(found.comment_state)
    return None if state in SHOWN_COMMENTS else Unshown(found.comment, state)


def hands(campaign_id: int, evaluation_id: UUID) -> set[UUID]:
    """Return the accounts that proposed or decided to set a rating apart."""
    mine = (Exclusion.campaign_id == campaign_id, Exclusion.evaluation_id == evaluation_id)
    found = db.session.scalars(
        union(select(Exclusion.proposed_by).where(*mine), select(Exclusion.decided_by).where(*mine))
    )
    return {one for one in found if one is not None}


def exclude_on_appeal(
    campaign_id: int,
    evaluation_id: UUID,
    *,
    reason: ExclusionReason,
    contested_by: UUID,
    contested_at: datetime,
    actor: Actor,
    now: datetime,
) -> Exclusion:
    """Set a rating apart on an adjudicator's verdict, counted by its reason like any other.

    A proposal of the office that is still open is settled with it: a rating is set apart once.
    """
    evaluation = _counted_for_update(campaign_id, evaluation_id)
    actor.require(identity.organisation(evaluation.department_id).path, Role.ADJUDICATOR)
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    _settle_open_proposal(campaign_id, evaluation_id, actor.id, now)
    exclusion = Exclusion(
        campaign_id=campaign_id,
        evaluation_id=evaluation_id,
        department_id=evaluation.department_id,
        channel=evaluation.channel,
        reason=reason.value,
        note=NOTE,
        state=ExclusionState.CONFIRMED.value,
        proposed_by=contested_by,
        proposed_at=contested_at,
        decided_by=actor.id,
        decided_at=now,
    )
    db.session.add(exclusion)
    evaluation.state = EvaluationState.EXCLUDED
    logged.excluded(evaluation, reason)
    db.session.flush()
    audit.record(
        actor,
        "exclusion.confirmed",
        ("exclusion", exclusion.id),
        at=now,
        campaign=campaign_id,
        evaluation=str(evaluation_id),
        reason=reason.value,
    )
    return exclusion


def _counted_for_update(campaign_id: int, evaluation_id: UUID) -> Evaluation:
    found = db.session.get(
        Evaluation, (campaign_id, evaluation_id), with_for_update=True, populate_existing=True
    )
    if found is None:
        raise Refusal("evaluation_unknown", 404)
    if found.state != EvaluationState.COUNTED:
        raise Refusal("evaluation_not_counted", 409)
    return found


def _settle_open_proposal(
    campaign_id: int, evaluation_id: UUID, decided_by: UUID, now: datetime
) -> None:
    proposal = db.session.scalar(
        select(Exclusion)
        .where(
            Exclusion.campaign_id == campaign_id,
            Exclusion.evaluation_id == evaluation_id,
            Exclusion.state == ExclusionState.PROPOSED.value,
        )
        .with_for_update()
    )
    if proposal is not None:
        proposal.state = ExclusionState.REJECTED.value
        proposal.decided_by, proposal.decided_at = decided_by, now
        db.session.flush()
