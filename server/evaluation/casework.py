"""The rating behind a case: what its department and the office may see, and how to call back.

A rating of an open survey is seen where its rater wished so, having been told; one that was
registered at a survey's close only where enough people rated in its group that it is nobody's in
particular. No reading tells the day. Words and pictures are shown after their check alone.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import SIGNED, CampaignKind, CampaignState, Channel, contact_key_name
from server.core.access import Actor, Role
from server.core.crypto import SealBrokenError, unseal
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.evaluation.content import CONTACT_PURPOSE, Contact
from server.evaluation.models import Evaluation, Exclusion, GroupSize, Photo
from server.evaluation.queries import questions
from server.evaluation.readings import Answer, PhotoReading
from server.evaluation.rules import (
    SHOWN_COMMENTS,
    CommentState,
    EvaluationState,
    ExclusionState,
    PhotoState,
    is_poor,
)
from server.identity import queries as identity
from server.rectification import queries as cases
from server.rectification import service as rectification
from server.rectification.models import CaseOrigin
from server.rectification.rules import OriginKind
from server.settings import queries as settings
from server.settings.rules import SMALLEST_GROUP

READERS = (Role.LIAISON, Role.HEAD, Role.OFFICE, Role.INSPECTOR, Role.ADJUDICATOR)
CALLERS = (Role.LIAISON, Role.HEAD)
SHOWN_PHOTOS = (PhotoState.PASSED, PhotoState.RELEASED)


@dataclass(frozen=True, kw_only=True)
class RatingBehind:
    """A rating as the people of its case see it.

    ``withheld``: too few rated for it to be shown; the case's indicator is all there is to know.
    ``standing``: False of a rating that was withdrawn, bettered or set apart since. In both cases
    nothing else is told, not even the channel. ``comment`` is None until its check has passed.
    """

    campaign_id: int
    campaign_title: str
    channel: Channel | None
    standing: bool
    withheld: bool
    real_name: bool
    wish: bool
    overall: int | None = None
    answers: tuple[Answer, ...] = ()
    tags: tuple[str, ...] = ()
    comment: str | None = None
    comment_state: CommentState = CommentState.NONE
    photos: tuple[PhotoReading, ...] = ()
    signed_by: str | None = None


def rating_behind(origin: CaseOrigin, actor: Actor) -> RatingBehind:
    """Return the rating that registered a case or joined it.

    Refuses who neither speaks for the case's department nor oversees it, and an origin that is no
    rating, with 404.
    """
    _require(origin, actor, *READERS)
    campaign_id, evaluation_id = rating_of(origin)
    campaign = campaigns.campaign(campaign_id)
    rating = db.session.get(Evaluation, (campaign_id, evaluation_id))
    if rating is None:
        raise Refusal("evaluation_unknown", 404)
    standing = (
        origin.released_at is None
        and rating.state == EvaluationState.COUNTED
        and is_poor(rating.overall)
    )
    withheld = standing and not _may_be_shown(campaign, rating)
    shown = standing and not withheld
    known = RatingBehind(
        campaign_id=campaign_id,
        campaign_title=campaign.title,
        # A channel of two persons would name them.
        channel=Channel(rating.channel) if shown else None,
        standing=standing,
        withheld=withheld,
        real_name=origin.real_name,
        wish=origin.wish,
    )
    return _in_full(known, campaign, rating) if shown else known


def photo_behind(origin: CaseOrigin, photo_id: UUID, actor: Actor) -> Photo:
    """Return a picture of the rating behind a case, for ``photos.read``; refuse with 404."""
    shown = rating_behind(origin, actor)
    photo = db.session.get(Photo, (shown.campaign_id, photo_id))
    if photo is None or photo_id not in {one.id for one in shown.photos}:
        raise Refusal("not_found", 404)
    return photo


def contact_of(origin: CaseOrigin, actor: Actor, now: datetime) -> Contact:
    """Have the look recorded, then unseal a rater's contact for calling back.

    Only for the case's own department and its office, and while the case is open. The caller
    commits before it shows anything.
    """
    _require(origin, actor, *CALLERS)
    campaign_id, evaluation_id = rating_of(origin)
    rectification.show_contact(origin.id, actor=actor, now=now)
    sealed = db.session.scalar(
        select(Evaluation.contact_sealed).where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.id == evaluation_id,
            Evaluation.state == EvaluationState.COUNTED,
        )
    )
    contact = None if sealed is None else _unsealed(campaign_id, sealed)
    if contact is None:
        raise Refusal("case_without_contact", 409)
    return contact


def rating_of(origin: CaseOrigin) -> tuple[int, UUID]:
    """Return campaign and id of the rating that an origin names; refuse another origin with 404."""
    if origin.kind != OriginKind.EVALUATION:
        raise Refusal("evaluation_unknown", 404)
    campaign_id, _, evaluation_id = origin.origin_id.partition(":")
    return int(campaign_id), UUID(evaluation_id)


def _require(origin: CaseOrigin, actor: Actor, *roles: Role) -> None:
    # Of the department that has the case today: after a transfer the former one sees it no more.
    department = cases.case(origin.case_id).department_id
    actor.require(identity.organisation(department).path, *roles)


def _may_be_shown(campaign: Campaign, rating: Evaluation) -> bool:
    if campaign.kind == CampaignKind.SERVICE or rating.handle_now:
        return True
    if campaign.state != CampaignState.CLOSED:
        return False
    # What an organisation says in its own name protects nobody.
    if Channel(rating.channel) in SIGNED:
        return True
    return _raters(rating) >= int(settings.value(SMALLEST_GROUP))


def _raters(rating: Evaluation) -> int:
    """Return how many persons stand at least behind the published figures of a rating's group."""
    group = (rating.campaign_id, rating.department_id, rating.channel)
    size = db.session.get(GroupSize, group)
    if size is None:
        return 0
    excluded = db.session.scalar(
        select(func.count())
        .select_from(Exclusion)
        .where(
            Exclusion.campaign_id == rating.campaign_id,
            Exclusion.department_id == rating.department_id,
            Exclusion.channel == rating.channel,
            Exclusion.state == ExclusionState.CONFIRMED.value,
        )
    )
    return size.raters - (excluded or 0)


def _in_full(known: RatingBehind, campaign: Campaign, rating: Evaluation) -> RatingBehind:
    state = CommentState(rating.comment_state)
    signer = rating.organisation_id
    return RatingBehind(
        campaign_id=known.campaign_id,
        campaign_title=known.campaign_title,
        channel=known.channel,
        standing=known.standing,
        withheld=known.withheld,
        real_name=known.real_name,
        wish=known.wish,
        overall=rating.overall,
        answers=tuple(
            Answer(question, level)
            for question, level in zip(
                questions(campaign, rating.department_id), rating.levels, strict=True
            )
        ),
        tags=tuple(rating.tags or ()),
        comment=rating.comment if state in SHOWN_COMMENTS else None,
        comment_state=state,
        photos=_photos(rating),
        signed_by=None if signer is None else identity.organisation(signer).name,
    )


def _photos(rating: Evaluation) -> tuple[PhotoReading, ...]:
    found = db.session.scalars(
        select(Photo)
        .where(
            Photo.campaign_id == rating.campaign_id,
            Photo.evaluation_id == rating.id,
            Photo.state.in_(SHOWN_PHOTOS),
        )
        .order_by(Photo.position)
    )
    return tuple(
        PhotoReading(one.id, one.width, one.height, PhotoState(one.state)) for one in found
    )


def _unsealed(campaign_id: int, sealed: bytes) -> Contact | None:
    try:
        key = key_ring().get(contact_key_name(campaign_id))
        name, phone = json.loads(unseal(key, sealed, CONTACT_PURPOSE))
    except (KeyMissingError, SealBrokenError):
        return None
    return Contact(name, phone)
