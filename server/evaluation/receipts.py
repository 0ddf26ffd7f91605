"""Receipts: with the secret alone a rater sees the state, corrects or withdraws until the close.

No answer here ever holds a level. What an organisation rated is changed only by who represents it
today (``representation``). The row is locked before the campaign's state is read, so that a
correction either finishes before the close or sees it (docs/locking.md).
"""

import base64
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select, text

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import (
    CampaignKind,
    CampaignState,
    Channel,
    key_name,
    partition_name,
    refusal_of,
)
from server.core.database import PARTITION_SCHEMA, db
from server.core.errors import InvalidInput, Refusal
from server.core.keyring import key_ring
from server.evaluation import logged, photos, registering, wishes
from server.evaluation.commitments import Record, commitment_of, record_of
from server.evaluation.content import Content, levels_in_order, seal_contact
from server.evaluation.models import Evaluation, Exclusion, Photo
from server.evaluation.origin import UNKNOWN_ORIGIN, Origin
from server.evaluation.representation import OF_ORGANISATIONS, refuse_unless_representative
from server.evaluation.rules import (
    REASON_LABELS,
    RECEIPT,
    SIGNED_ALREADY,
    CommentState,
    EvaluationState,
    ExclusionReason,
    ExclusionState,
    PhotoState,
    receipt_state,
)
from server.evaluation.submission import comment_state, sealed_openid
from server.identity import queries as identity

KEY_BYTES = 16


@dataclass(frozen=True)
class ReceiptState:
    """What a receipt tells its holder."""

    campaign: Campaign
    department_id: int
    department_name: str
    channel: Channel
    rated_on: date
    state: str
    exclusion_reason: str | None
    revision: int
    comment_state: str
    may_change: bool
    signed_by: str | None
    cell: int
    organisation_id: int | None
    record: Record | None
    may_erase: bool

    @property
    def of_organisation(self) -> bool:
        """Tell whether only who represents the rating's organisation today may change it."""
        return self.channel in OF_ORGANISATIONS


def key_of(secret: str) -> bytes:
    """Return the 128 bits that the server knows a receipt by; refuse a malformed one."""
    if not RECEIPT.fullmatch(secret):
        raise Refusal("receipt_missing", 400, field="Receipt")
    return sha256(base64.urlsafe_b64decode(secret + "=")).digest()[:KEY_BYTES]


def state(campaign_id: int, secret: str, *, now: datetime) -> ReceiptState:
    """Return where the rating of this receipt stands."""
    evaluation = _find(campaign_id, secret, lock=False)
    return _state(campaigns.campaign(campaign_id), evaluation, now)


def correct(
    campaign_id: int,
    secret: str,
    content: Content,
    *,
    member_id: UUID | None,
    now: datetime,
    origin: Origin = UNKNOWN_ORIGIN,
) -> ReceiptState:
    """Replace a rating's levels and words; also takes a withdrawn one up again.

    A rating keeps the origin that it came with. One that was withdrawn has none left and takes the
    correction's, so that nobody gets rid of it in this way.
    """
    evaluation = _find(campaign_id, secret, lock=True)
    campaign = _still_open(campaign_id, evaluation, now)
    refuse_unless_representative(evaluation, member_id)
    if content.contact is not None and evaluation.organisation_id is not None:
        raise InvalidInput([{"field": "contact", "message": SIGNED_ALREADY}])
    row, _ = campaigns.department(campaign_id, evaluation.department_id)
    key = key_ring().get(key_name(campaign_id))
    previous = commitment_of(evaluation)
    if evaluation.state == EvaluationState.WITHDRAWN:
        evaluation.address_block = origin.block(key)
        evaluation.risk_rank = origin.risk_rank
    evaluation.levels = levels_in_order(content, row.leaves)
    evaluation.overall = content.overall
    evaluation.state = EvaluationState.COUNTED
    evaluation.tags = list(content.tags) or None
    evaluation.comment = content.comment or None
    evaluation.comment_state = comment_state(content, member_id)
    evaluation.check_attempts = 0
    evaluation.contact_sealed = seal_contact(campaign_id, content.contact)
    evaluation.check_openid = sealed_openid(content, member_id, key)
    evaluation.photo_count = len(content.photos)
    evaluation.revision += 1
    logged.corrected(evaluation, previous, content.salt)
    _replace_photos(campaign_id, evaluation.id, content.photos)
    evaluation.handle_now = wishes.after_correction(
        content,
        CampaignKind(campaign.kind),
        Channel(evaluation.channel),
        before=evaluation.handle_now,
    )
    db.session.flush()
    registering.follow_correction(evaluation, now=now)
    return _state(campaign, evaluation, now)


def withdraw(
    campaign_id: int, secret: str, *, member_id: UUID | None = None, now: datetime
) -> ReceiptState:
    """Take a rating back: levels, words, photos, contact, origin are erased; it counts no more."""
    evaluation = _find(campaign_id, secret, lock=True)
    campaign = _still_open(campaign_id, evaluation, now)
    refuse_unless_representative(evaluation, member_id)
    if evaluation.state != EvaluationState.WITHDRAWN:
        logged.withdrawn(evaluation, commitment_of(evaluation))
        evaluation.state = EvaluationState.WITHDRAWN
        evaluation.overall = None
        evaluation.levels = []
        evaluation.tags = None
        evaluation.comment = None
        evaluation.comment_state = CommentState.NONE
        evaluation.contact_sealed = None
        evaluation.check_openid = None
        evaluation.address_block = None
        evaluation.risk_rank = None
        evaluation.photo_count = 0
        evaluation.handle_now = False
        evaluation.revision += 1
        photos.let_go(campaign_id, evaluation.id)
        db.session.flush()
        registering.release(campaign_id, [evaluation.id], by_rater=True, now=now)
    return _state(campaign, evaluation, now)


def erase_words(
    campaign_id: int, secret: str, *, member_id: UUID | None = None, now: datetime
) -> ReceiptState:
    """Erase tags, comment, photos and contact; also after the close, and of an excluded rating.

    The level stays, and can be opened in the log as before; what the words were is told no more.
    """
    evaluation = _find(campaign_id, secret, lock=True)
    campaign = campaigns.campaign(campaign_id)
    refuse_unless_representative(evaluation, member_id)
    if _may_erase(evaluation):
        evaluation.tags = None
        evaluation.comment = None
        evaluation.comment_state = CommentState.NONE
        evaluation.contact_sealed = None
        evaluation.check_openid = None
        evaluation.photo_count = 0
        logged.erase_words(evaluation)
        photos.let_go(campaign_id, evaluation.id)
        db.session.flush()
        registering.follow_contact(evaluation, now=now)
    return _state(campaign, evaluation, now)


def _may_erase(evaluation: Evaluation) -> bool:
    kept = (evaluation.tags, evaluation.comment, evaluation.contact_sealed)
    return evaluation.photo_count > 0 or any(one is not None for one in kept)


def rating_of(campaign_id: int, secret: str) -> Evaluation:
    """Return the rating of a receipt; refuse with 400 or 404."""
    return _find(campaign_id, secret, lock=False)


def _find(campaign_id: int, secret: str, *, lock: bool) -> Evaluation:
    campaigns.public_campaign(campaign_id)
    key = key_of(secret)
    if lock:
        # Names the partition: the lock that the close waits for, and takes, is on it.
        db.session.execute(
            text(
                f"SELECT 1 FROM {PARTITION_SCHEMA}.{partition_name(campaign_id)}"
                " WHERE campaign_id = :campaign AND receipt_key = :key FOR UPDATE"
            ),
            {"campaign": campaign_id, "key": key},
        )
    found = db.session.scalar(
        select(Evaluation)
        .where(Evaluation.campaign_id == campaign_id, Evaluation.receipt_key == key)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Refusal("receipt_unknown", 404, field="Receipt")
    return found


def _reason(campaign: Campaign, now: datetime) -> str | None:
    return refusal_of(
        CampaignState(campaign.state),
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        paused=campaign.pause_reason is not None,
        now=now,
    )


def _still_open(campaign_id: int, evaluation: Evaluation, now: datetime) -> Campaign:
    campaign = campaigns.campaign(campaign_id)
    db.session.refresh(campaign)
    reason = _reason(campaign, now)
    if reason == "campaign_paused":
        raise Refusal(reason, 503, headers={"Retry-After": "300"})
    if reason:
        raise Refusal("receipt_closed", 409)
    if evaluation.state == EvaluationState.EXCLUDED:
        raise Refusal("receipt_excluded", 409)
    return campaign


def _replace_photos(campaign_id: int, evaluation_id: UUID, wanted: tuple[UUID, ...]) -> None:
    held = db.session.scalars(
        select(Photo)
        .where(Photo.campaign_id == campaign_id, Photo.id.in_(wanted))
        .with_for_update()
    ).all()
    usable = [item for item in held if item.evaluation_id in {None, evaluation_id}]
    if len(usable) != len(wanted):
        raise Refusal("photo_unknown", 422, field="photos")
    photos.let_go(campaign_id, evaluation_id)
    for item in usable:
        item.evaluation_id = evaluation_id
        item.position = wanted.index(item.id) + 1
        item.state = PhotoState.WAITING


def _state(campaign: Campaign, evaluation: Evaluation, now: datetime) -> ReceiptState:
    excluded = evaluation.state == EvaluationState.EXCLUDED
    return ReceiptState(
        campaign=campaign,
        department_id=evaluation.department_id,
        department_name=identity.organisation(evaluation.department_id).name,
        channel=Channel(evaluation.channel),
        rated_on=evaluation.rated_on,
        state=EvaluationState(evaluation.state).name.lower(),
        exclusion_reason=_exclusion_reason(evaluation) if excluded else None,
        revision=evaluation.revision,
        comment_state=receipt_state(CommentState(evaluation.comment_state)),
        may_change=_reason(campaign, now) is None and not excluded,
        signed_by=(
            None
            if evaluation.organisation_id is None
            else identity.organisation(evaluation.organisation_id).name
        ),
        cell=evaluation.cell,
        organisation_id=evaluation.organisation_id,
        record=record_of(evaluation),
        may_erase=_may_erase(evaluation),
    )


def _exclusion_reason(evaluation: Evaluation) -> str | None:
    reason = db.session.scalar(
        select(Exclusion.reason).where(
            Exclusion.campaign_id == evaluation.campaign_id,
            Exclusion.evaluation_id == evaluation.id,
            Exclusion.state == ExclusionState.CONFIRMED.value,
        )
    )
    return REASON_LABELS[ExclusionReason(reason)] if reason else None
