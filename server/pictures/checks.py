"""The content check of pictures: asked of the platform within seconds, answered by its verdict.

No transaction is open while the platform is asked. A picture that can't be asked about waits for a
person (HELD): it is neither lost nor shown.
"""

from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select, update

from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import queries as identity
from server.pictures.models import Picture
from server.pictures.rules import PictureState, Purpose
from server.wechat.platform import Platform, PlatformAway, PlatformRefused

BATCH = 100
MOST_ATTEMPTS = 5
LINK_SECONDS = 3600
LINK_SALT = "picture for the content check"


def sweep(platform: Platform) -> int:
    """Ask about the waiting pictures that something took up; return how many were asked about.

    Never about photos of a check-in: they are shown to the activity's organisers alone, so nobody
    else need see who stood where, the platform least of all.
    """
    waiting = db.session.execute(
        select(Picture.id, Picture.uploaded_by)
        .where(
            Picture.state == PictureState.WAITING.value,
            Picture.subject_kind.is_not(None),
            Picture.purpose != Purpose.CHECK_IN.value,
        )
        .limit(BATCH)
    ).all()
    db.session.rollback()
    for number, (picture_id, member_id) in enumerate(waiting):
        if not _ask(picture_id, member_id, platform):
            return number
    return len(waiting)


def _ask(picture_id: UUID, member_id: UUID | None, platform: Platform) -> bool:
    """Ask about one picture; return False when the platform does not answer."""
    try:
        openid = identity.openid(member_id) if member_id else None
    except Refusal:
        openid = None
    db.session.rollback()
    if openid is None:
        # A console account's upload, or its uploader's account is erased: nobody to ask about.
        _write(picture_id, PictureState.PASSED if member_id is None else PictureState.HELD, None)
        return True
    try:
        trace = platform.check_media(openid, link(picture_id))
    except PlatformAway:
        _note_silence(picture_id)
        return False
    except PlatformRefused:
        _write(picture_id, PictureState.HELD, None)
        return True
    _write(picture_id, PictureState.ASKED, trace)
    return True


def _write(picture_id: UUID, state: PictureState, trace: str | None) -> None:
    with transaction():
        db.session.execute(
            update(Picture)
            .where(Picture.id == picture_id, Picture.state == PictureState.WAITING.value)
            .values(state=state.value, trace_id=trace)
        )


def _note_silence(picture_id: UUID) -> None:
    with transaction():
        attempts = db.session.scalar(
            update(Picture)
            .where(Picture.id == picture_id)
            .values(attempts=Picture.attempts + 1)
            .returning(Picture.attempts)
        )
        if (attempts or 0) >= MOST_ATTEMPTS:
            db.session.execute(
                update(Picture)
                .where(Picture.id == picture_id)
                .values(state=PictureState.HELD.value)
            )


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=LINK_SALT)


def link(picture_id: UUID) -> str:
    """Return the address under which the platform fetches a picture; good for an hour."""
    base: str = current_app.config["CONFIGURATION"].public_url
    return f"{base}/pictures/check/{_signer().dumps(str(picture_id))}"


def picture_of_link(token: str) -> UUID:
    """Return the picture of a signed address; refuse one that is wrong or an hour old."""
    try:
        return UUID(_signer().loads(token, max_age=LINK_SECONDS))
    except (BadSignature, ValueError, TypeError, AttributeError) as error:
        raise Refusal("not_found", 404) from error
