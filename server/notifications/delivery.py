"""Sending what waits as subscription messages. No transaction is open while WeChat is asked.

A notice is taken off the list before it is sent: a worker that dies between the two leaves it in
the inbox alone, and nobody gets one message twice.
"""

from typing import Any

from flask import current_app
from sqlalchemy import Row, update

from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import queries as identity
from server.notifications import queries
from server.notifications.models import MessageConsent, Notice
from server.notifications.rules import Delivery, NoticeKind
from server.notifications.templates import templates
from server.wechat.platform import Platform, PlatformAway, PlatformRefused

BATCH = 100
MOST_ATTEMPTS = 5


def sweep(platform: Platform) -> int:
    """Deliver what waits; return how many notices were taken up."""
    waiting = queries.waiting(BATCH)
    db.session.rollback()
    for number, notice in enumerate(waiting):
        if not _deliver(notice, platform):
            return number
    return len(waiting)


def _deliver(notice: Row[Any], platform: Platform) -> bool:
    """Send one notice, or settle that it stays in the inbox; return False when WeChat is away."""
    template = templates(current_app.config["CONFIGURATION"]).get(NoticeKind(notice.kind))
    with transaction():
        # Taken off the list first: who comes second uses up no consent.
        if not _claim(notice):
            return True
        agreed = template is not None and _use_consent(notice)
        if not agreed:
            _write(notice, Delivery.INBOX_ONLY)
        openid = _openid(notice) if agreed else None
    if template is None or openid is None:
        return True
    data = template.data(notice.title, notice.body, notice.created_at)
    try:
        platform.send_message(openid, template.id, notice.page, data)
    except PlatformAway:
        _put_back(notice)
        return False
    except PlatformRefused:
        # The consent was used up or taken back at WeChat: the inbox has the notice.
        with transaction():
            _write(notice, Delivery.INBOX_ONLY)
    return True


def _use_consent(notice: Row[Any]) -> bool:
    used = db.session.scalar(
        update(MessageConsent)
        .where(
            MessageConsent.member_id == notice.member_id,
            MessageConsent.kind == notice.kind,
            MessageConsent.remaining > 0,
        )
        .values(remaining=MessageConsent.remaining - 1)
        .returning(MessageConsent.remaining)
    )
    return used is not None


def _claim(notice: Row[Any]) -> bool:
    taken = db.session.scalar(
        update(Notice)
        .where(Notice.id == notice.id, Notice.delivery == Delivery.WAITING.value)
        .values(delivery=Delivery.SENT.value)
        .returning(Notice.id)
    )
    return taken is not None


def _write(notice: Row[Any], delivery: Delivery) -> None:
    db.session.execute(update(Notice).where(Notice.id == notice.id).values(delivery=delivery.value))


def _openid(notice: Row[Any]) -> str | None:
    try:
        return identity.openid(notice.member_id)
    except Refusal:
        return None


def _put_back(notice: Row[Any]) -> None:
    """Let a notice wait again, with its consent; after five silent tries the inbox has to do."""
    with transaction():
        attempts = db.session.scalar(
            update(Notice)
            .where(Notice.id == notice.id)
            .values(attempts=Notice.attempts + 1)
            .returning(Notice.attempts)
        )
        _write(
            notice,
            Delivery.FAILED if (attempts or 0) >= MOST_ATTEMPTS else Delivery.WAITING,
        )
        db.session.execute(
            update(MessageConsent)
            .where(MessageConsent.member_id == notice.member_id, MessageConsent.kind == notice.kind)
            .values(remaining=MessageConsent.remaining + 1)
        )
