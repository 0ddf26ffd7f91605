"""Messages that stand in no inbox: what they carry is the receiver's alone, and is kept nowhere.

A link of the sample survey is such a thing: stored beside a member it would say whose it is.
"""

from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import update

from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import queries as identity
from server.notifications.models import MessageConsent
from server.notifications.rules import NoticeKind
from server.notifications.templates import templates
from server.wechat.platform import Platform, PlatformAway, PlatformRefused


def send(
    member_id: UUID,
    kind: NoticeKind,
    *,
    title: str,
    body: str,
    page: str,
    platform: Platform,
    now: datetime,
) -> bool:
    """Send a message to a member who agreed to one; False where it can't be sent this way.

    Commits: no transaction is open while WeChat is asked. Raises PlatformAway with the consent
    given back.
    """
    template = templates(current_app.config["CONFIGURATION"]).get(kind)
    if template is None:
        return False
    with transaction():
        openid = _openid(member_id) if _take_consent(member_id, kind) else None
    if openid is None:
        return False
    try:
        platform.send_message(openid, template.id, page, template.data(title, body, now))
    except PlatformAway:
        with transaction():
            _give_back(member_id, kind)
        raise
    except PlatformRefused:
        # The consent was used up or taken back at WeChat.
        return False
    return True


def _take_consent(member_id: UUID, kind: NoticeKind) -> bool:
    used = db.session.scalar(
        update(MessageConsent)
        .where(
            MessageConsent.member_id == member_id,
            MessageConsent.kind == kind.value,
            MessageConsent.remaining > 0,
        )
        .values(remaining=MessageConsent.remaining - 1)
        .returning(MessageConsent.remaining)
    )
    return used is not None


def _give_back(member_id: UUID, kind: NoticeKind) -> None:
    db.session.execute(
        update(MessageConsent)
        .where(MessageConsent.member_id == member_id, MessageConsent.kind == kind.value)
        .values(remaining=MessageConsent.remaining + 1)
    )


def _openid(member_id: UUID) -> str | None:
    try:
        return identity.openid(member_id)
    except Refusal:
        return None
