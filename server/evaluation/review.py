"""Review 审核: releasing or refusing held words and pictures, and setting a rating apart.

Review deletes nothing. Setting apart takes two persons of the office: one proposes with a reason
from the list, another confirms or rejects. Every step leaves an audit entry, with nothing of the
rating's content in it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.evaluation import logged, registering
from server.evaluation.models import Evaluation, Exclusion, Photo
from server.evaluation.rules import (
    CommentState,
    EvaluationState,
    ExclusionReason,
    ExclusionState,
    PhotoState,
)
from server.identity import queries as identity


def release_comment(
    campaign_id: int, evaluation_id: UUID, *, actor: Actor, now: datetime
) -> Evaluation:
    """Let a held comment be shown."""
    return _decide_comment(campaign_id, evaluation_id, CommentState.RELEASED, actor, now)


def refuse_comment(
    campaign_id: int, evaluation_id: UUID, *, actor: Actor, now: datetime
) -> Evaluation:
    """Keep a held comment from being shown; it stays stored, and the scores count."""
    return _decide_comment(campaign_id, evaluation_id, CommentState.REFUSED, actor, now)


def release_photo(campaign_id: int, photo_id: UUID, *, actor: Actor, now: datetime) -> Photo:
    """Let a held photo be shown."""
    return _decide_photo(campaign_id, photo_id, PhotoState.RELEASED, actor, now)


def refuse_photo(campaign_id: int, photo_id: UUID, *, actor: Actor, now: datetime) -> Photo:
    """Keep a held photo from being shown; it stays stored."""
    return _decide_photo(campaign_id, photo_id, PhotoState.REFUSED, actor, now)


def propose_exclusion(
    campaign_id: int,
    evaluation_id: UUID,
    *,
    reason: ExclusionReason,
    note: str,
    actor: Actor,
    now: datetime,
) -> Exclusion:
    """Propose not to count a rating; a rejected proposal may be followed by a new one."""
    evaluation = _evaluation_for_update(campaign_id, evaluation_id, actor)
    if evaluation.state != EvaluationState.COUNTED:
        raise Refusal("evaluation_not_counted", 409)
    if _is_proposed(campaign_id, evaluation_id):
        raise Refusal("exclusion_open", 409)
    proposer = _person(actor)
    exclusion = Exclusion(
        campaign_id=campaign_id,
        evaluation_id=evaluation_id,
        department_id=evaluation.department_id,
        channel=evaluation.channel,
        reason=reason.value,
        note=note,
        proposed_by=proposer,
        proposed_at=now,
    )
    db.session.add(exclusion)
    db.session.flush()
    _record(actor, "exclusion.proposed", exclusion, now)
    return exclusion


def decide_exclusion(
    exclusion_id: UUID, *, confirm: bool, actor: Actor, now: datetime
) -> Exclusion:
    """Confirm or reject a proposal, as a second person.

    The rating is locked before the proposal, as in ``propose_exclusion``, so that the two steps
    wait for each other and never both (docs/locking.md).
    """
    exclusion = db.session.get(Exclusion, exclusion_id)
    if exclusion is None:
        raise Refusal("not_found", 404)
    evaluation = _evaluation_for_update(exclusion.campaign_id, exclusion.evaluation_id, actor)
    db.session.refresh(exclusion, with_for_update=True)
    if exclusion.state != ExclusionState.PROPOSED:
        raise Refusal("exclusion_not_open", 409)
    person = _person(actor)
    if actor.counts_as(exclusion.proposed_by):
        raise Refusal("exclusion_same_person", 409)
    if confirm:
        if evaluation.state != EvaluationState.COUNTED:
            raise Refusal("evaluation_not_counted", 409)
        evaluation.state = EvaluationState.EXCLUDED
        logged.excluded(evaluation, ExclusionReason(exclusion.reason))
        registering.release(evaluation.campaign_id, [evaluation.id], by_rater=False, now=now)
    exclusion.state = (ExclusionState.CONFIRMED if confirm else ExclusionState.REJECTED).value
    exclusion.decided_by = person
    exclusion.decided_at = now
    db.session.flush()
    _record(actor, f"exclusion.{exclusion.state}", exclusion, now)
    return exclusion


def _decide_comment(
    campaign_id: int, evaluation_id: UUID, verdict: CommentState, actor: Actor, now: datetime
) -> Evaluation:
    evaluation = _evaluation_for_update(campaign_id, evaluation_id, actor)
    if evaluation.comment_state != CommentState.HELD:
        raise Refusal("comment_not_held", 409)
    evaluation.comment_state = verdict
    audit.record(
        actor,
        f"comment.{verdict.name.lower()}",
        ("evaluation", evaluation_id),
        at=now,
        campaign=campaign_id,
    )
    return evaluation


def _decide_photo(
    campaign_id: int, photo_id: UUID, verdict: PhotoState, actor: Actor, now: datetime
) -> Photo:
    # The rating is locked before its photo, as everywhere (docs/locking.md); then the photo may
    # have left it for a correction.
    found = db.session.get(Photo, (campaign_id, photo_id))
    if found is None or found.evaluation_id is None:
        raise Refusal("not_found", 404)
    rating = _evaluation_for_update(campaign_id, found.evaluation_id, actor)
    photo = db.session.get(
        Photo, (campaign_id, photo_id), with_for_update=True, populate_existing=True
    )
    if photo is None or photo.evaluation_id != rating.id:
        raise Refusal("photo_not_held", 409)
    if photo.state != PhotoState.HELD:
        raise Refusal("photo_not_held", 409)
    photo.state = verdict
    audit.record(
        actor, f"photo.{verdict.name.lower()}", ("photo", photo_id), at=now, campaign=campaign_id
    )
    return photo


def _evaluation_for_update(campaign_id: int, evaluation_id: UUID, actor: Actor) -> Evaluation:
    _allowed(actor, _department_of(campaign_id, evaluation_id))
    found = db.session.get(
        Evaluation, (campaign_id, evaluation_id), with_for_update=True, populate_existing=True
    )
    if found is None:
        raise Refusal("evaluation_unknown", 404)
    return found


def _department_of(campaign_id: int, evaluation_id: UUID) -> int:
    department_id = db.session.scalar(
        select(Evaluation.department_id).where(
            Evaluation.campaign_id == campaign_id, Evaluation.id == evaluation_id
        )
    )
    if department_id is None:
        raise Refusal("evaluation_unknown", 404)
    return department_id


def _allowed(actor: Actor, department_id: int) -> None:
    actor.require(identity.organisation(department_id).path, Role.OFFICE)


def _person(actor: Actor) -> UUID:
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    return actor.id


def _is_proposed(campaign_id: int, evaluation_id: UUID) -> bool:
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Exclusion.campaign_id == campaign_id,
                    Exclusion.evaluation_id == evaluation_id,
                    Exclusion.state == ExclusionState.PROPOSED.value,
                )
            )
        )
    )


def _record(actor: Actor, action: str, exclusion: Exclusion, now: datetime) -> None:
    audit.record(
        actor,
        action,
        ("exclusion", exclusion.id),
        at=now,
        campaign=exclusion.campaign_id,
        evaluation=str(exclusion.evaluation_id),
        reason=exclusion.reason,
    )
