"""The content check: what waits is marked in its row, and this sweep takes it up within seconds.

No transaction is open while the platform is asked. A verdict is written only where the text is
still the one that was asked about.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import CompoundSelect, select, union_all, update

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState, key_name
from server.core.crypto import SealBrokenError, unseal
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.core.transaction import transaction
from server.evaluation.models import Evaluation, Photo
from server.evaluation.rules import CommentState, PhotoState
from server.evaluation.submission import OPENID_PURPOSE
from server.wechat.platform import MediaVerdict, Platform, PlatformAway, PlatformRefused

BATCH = 100
MOST_ATTEMPTS = 5
LINK_SECONDS = 3600
LINK_SALT = "photo for the content check"


@dataclass(frozen=True)
class Waiting:
    """One rating with something to check."""

    campaign_id: int
    id: UUID
    comment: str | None
    revision: int
    openid: bytes | None


def sweep(platform: Platform) -> int:
    """Check what waits in every open campaign; return how many ratings were taken up."""
    taken = 0
    open_now = [campaign.id for campaign in campaigns.campaigns(states=[CampaignState.OPEN])]
    for campaign_id in open_now:
        while waiting := _waiting(campaign_id):
            for item in waiting:
                if not _check(item, platform):
                    _note_silence(waiting)
                    return taken
                taken += 1
    return taken


def _waiting(campaign_id: int) -> list[Waiting]:
    # Each half by an index of its own: with OR the whole partition would be read, every 3 seconds.
    waits: CompoundSelect[Any] = union_all(
        select(Evaluation.id)
        .where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.comment_state == CommentState.WAITING,
        )
        .limit(BATCH),
        select(Photo.evaluation_id)
        .where(Photo.campaign_id == campaign_id, Photo.state == PhotoState.WAITING)
        .limit(BATCH),
    )
    rows = db.session.scalars(
        select(Evaluation)
        .where(Evaluation.campaign_id == campaign_id, Evaluation.id.in_(waits))
        .limit(BATCH)
    )
    waiting = [
        Waiting(
            campaign_id=row.campaign_id,
            id=row.id,
            comment=row.comment if row.comment_state == CommentState.WAITING else None,
            revision=row.revision,
            openid=row.check_openid,
        )
        for row in rows
    ]
    db.session.rollback()
    return waiting


def _check(item: Waiting, platform: Platform) -> bool:
    """Ask the platform about one rating; return False when it does not answer."""
    openid = _openid(item)
    if openid is None:
        _finish(item, CommentState.HELD, asked={})
        return True
    photos = db.session.scalars(
        select(Photo.id).where(
            Photo.campaign_id == item.campaign_id,
            Photo.evaluation_id == item.id,
            Photo.state == PhotoState.WAITING,
        )
    ).all()
    db.session.rollback()
    asked: dict[UUID, str | None] = {}
    try:
        verdict = CommentState.PASSED
        if item.comment and not platform.check_text(openid, item.comment).passed:
            verdict = CommentState.HELD
        for photo_id in photos:
            asked[photo_id] = platform.check_media(openid, _link(item.campaign_id, photo_id))
    except PlatformAway:
        return False
    except PlatformRefused:
        # For instance an openid that was last seen too long ago: no later try can mend that.
        verdict = CommentState.HELD
        asked = dict.fromkeys(photos)
    _finish(item, verdict, asked=asked)
    return True


def _openid(item: Waiting) -> str | None:
    if item.openid is None:
        return None
    try:
        key = key_ring().get(key_name(item.campaign_id))
        return unseal(key, item.openid, OPENID_PURPOSE).decode()
    except (KeyMissingError, SealBrokenError):
        return None


def _finish(item: Waiting, verdict: CommentState, *, asked: dict[UUID, str | None]) -> None:
    with transaction():
        same = [
            Evaluation.campaign_id == item.campaign_id,
            Evaluation.id == item.id,
            Evaluation.revision == item.revision,
        ]
        if item.comment is not None:
            db.session.execute(
                update(Evaluation)
                .where(*same, Evaluation.comment_state == CommentState.WAITING)
                .values(comment_state=verdict)
            )
        for photo_id, trace in asked.items():
            db.session.execute(
                update(Photo)
                .where(Photo.campaign_id == item.campaign_id, Photo.id == photo_id)
                .values(state=PhotoState.ASKED if trace else PhotoState.HELD, trace_id=trace)
            )
        if not asked:
            _hold_waiting_photos(item)
        db.session.execute(update(Evaluation).where(*same).values(check_openid=None))


def _hold_waiting_photos(item: Waiting) -> None:
    db.session.execute(
        update(Photo)
        .where(
            Photo.campaign_id == item.campaign_id,
            Photo.evaluation_id == item.id,
            Photo.state == PhotoState.WAITING,
        )
        .values(state=PhotoState.HELD)
    )


def _note_silence(waiting: list[Waiting]) -> None:
    """Count an unanswered try; after five the texts wait for a person instead."""
    with transaction():
        for item in waiting:
            mine = (Evaluation.campaign_id == item.campaign_id, Evaluation.id == item.id)
            attempts = db.session.scalar(
                update(Evaluation)
                .where(*mine)
                .values(check_attempts=Evaluation.check_attempts + 1)
                .returning(Evaluation.check_attempts)
            )
            if (attempts or 0) < MOST_ATTEMPTS:
                continue
            db.session.execute(
                update(Evaluation)
                .where(*mine, Evaluation.comment_state == CommentState.WAITING)
                .values(comment_state=CommentState.HELD)
            )
            _hold_waiting_photos(item)
            db.session.execute(update(Evaluation).where(*mine).values(check_openid=None))


def take_verdict(verdict: MediaVerdict) -> None:
    """Write WeChat's answer about a photo; an unknown or repeated one changes nothing."""
    state = PhotoState.PASSED if verdict.passed else PhotoState.HELD
    db.session.execute(
        update(Photo)
        .where(Photo.trace_id == verdict.trace_id, Photo.state == PhotoState.ASKED)
        .values(state=state)
    )


def hold_unanswered(before: date) -> None:
    """Hand photos to a person whose verdict did not come by the end of the next day."""
    db.session.execute(
        update(Photo)
        .where(Photo.state == PhotoState.ASKED, Photo.uploaded_on < before)
        .values(state=PhotoState.HELD)
    )


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=LINK_SALT)


def _link(campaign_id: int, photo_id: UUID) -> str:
    token = _signer().dumps([campaign_id, str(photo_id)])
    base: str = current_app.config["CONFIGURATION"].public_url
    return f"{base}/media/{token}"


def photo_of_link(token: str) -> tuple[int, UUID]:
    """Return campaign and photo of a signed address; refuse one that is wrong or an hour old."""
    try:
        campaign_id, photo_id = _signer().loads(token, max_age=LINK_SECONDS)
        return int(campaign_id), UUID(photo_id)
    except (BadSignature, ValueError, TypeError) as error:
        raise Refusal("not_found", 404) from error
