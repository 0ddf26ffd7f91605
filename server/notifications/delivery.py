"""Sending what waits as subscription messages. No transaction is open while WeChat is asked.

A notice is taken off the list before it is sent: a worker that dies between the two leaves it in
the inbox alone, and nobody gets one message twice. What WeChat did not take is tried again, later
each time; what it may have taken is not. Both end among the dead letters, for a person to look at.
"""

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Row, update
from sqlalchemy.exc import DBAPIError

from server.core.clock import local_date
from server.core.database import db
from server.core.transaction import transaction
from server.identity import queries as identity
from server.notifications import consents, preferences, queries
from server.notifications.desk import tell_desk
from server.notifications.models import Notice
from server.notifications.quiet import URGENT
from server.notifications.rules import (
    DEAD_LETTERS_PAGE,
    DEAD_LETTERS_READERS,
    FAULT_LABELS,
    PAUSES,
    Delivery,
    DeskKind,
    Fault,
    NoticeKind,
)
from server.notifications.templates import Template, templates
from server.wechat.platform import Platform, PlatformAway, PlatformRefused, PlatformUnsure

BATCH = 100
# WeChat's words for a consent that is used up or was taken back, and for somebody it doesn't know.
CONSENT_GONE = 43101
RECEIVER_UNKNOWN = 40003


def sweep(platform: Platform, *, now: datetime) -> int:
    """Deliver what waits and may go now; return how many notices were taken up."""
    only = URGENT if queries.quiet(now) else None
    waiting = queries.waiting(BATCH, now=now, kinds=only)
    db.session.rollback()
    for number, notice in enumerate(waiting):
        if not _delivered_or_set_aside(notice, platform, now=now):
            return number
    return len(waiting)


def _delivered_or_set_aside(notice: Row[Any], platform: Platform, *, now: datetime) -> bool:
    """Deliver one notice; one that can't even be handled is set aside, and stops no other."""
    try:
        return _deliver(notice, platform, now=now)
    except DBAPIError:
        raise
    except Exception:
        db.session.rollback()
        current_app.logger.exception("notice %s could not be delivered", notice.id)
        with transaction():
            _fail(notice, Fault.BROKEN, now=now)
        return True


def _deliver(notice: Row[Any], platform: Platform, *, now: datetime) -> bool:
    """Send one notice, or settle that it stays in the inbox; return False when WeChat is away."""
    template = templates(current_app.config["CONFIGURATION"]).get(NoticeKind(notice.kind))
    with transaction():
        # Taken off the list first: who comes second uses up no consent.
        if not _claim(notice):
            return True
        openid = _agreed_receiver(notice) if template is not None and _wanted(notice) else None
        if openid is None:
            _write(notice, Delivery.INBOX_ONLY)
    if template is None or openid is None:
        return True
    return _send(notice, openid, template, platform, now=now)


def _send(
    notice: Row[Any], openid: str, template: Template, platform: Platform, *, now: datetime
) -> bool:
    data = template.data(notice.title, notice.body, notice.created_at)
    try:
        platform.send_message(openid, template.id, notice.page, data)
    except PlatformUnsure:
        with transaction():
            _fail(notice, Fault.UNSURE, now=now)
        return False
    except PlatformAway:
        with transaction():
            consents.give_back(notice.member_id, notice.kind)
            _put_off(notice, now=now)
        return False
    except PlatformRefused as refusal:
        with transaction():
            _refused(notice, refusal.errcode, now=now)
    return True


def _wanted(notice: Row[Any]) -> bool:
    """Tell whether the message is still wanted; one of the desk, on a phone that is linked."""
    if preferences.without_message(notice.member_id, notice.kind):
        return False
    return notice.kind != NoticeKind.DESK or identity.account_of_phone(notice.member_id) is not None


def _agreed_receiver(notice: Row[Any]) -> str | None:
    """Use up a consent and return the receiver's openid, or None without a consent."""
    if not consents.take(notice.member_id, notice.kind):
        return None
    return identity.openid(notice.member_id)


def _claim(notice: Row[Any]) -> bool:
    taken = db.session.scalar(
        update(Notice)
        .where(Notice.id == notice.id, Notice.delivery == Delivery.WAITING.value)
        .values(delivery=Delivery.SENT.value)
        .returning(Notice.id)
    )
    return taken is not None


def _write(notice: Row[Any], delivery: Delivery, **values: Any) -> None:
    db.session.execute(
        update(Notice).where(Notice.id == notice.id).values(delivery=delivery.value, **values)
    )


def _put_off(notice: Row[Any], *, now: datetime) -> None:
    """Let a notice wait for its next try; after the last one it is a dead letter."""
    if notice.attempts >= len(PAUSES):
        _fail(notice, Fault.AWAY, now=now)
        return
    _write(
        notice,
        Delivery.WAITING,
        attempts=notice.attempts + 1,
        next_attempt_at=now + PAUSES[notice.attempts],
        last_error=Fault.AWAY.value,
    )


def _refused(notice: Row[Any], errcode: int, *, now: datetime) -> None:
    """Settle a message that WeChat will never take: the inbox has it."""
    if errcode == CONSENT_GONE:
        consents.clear(notice.member_id, notice.kind)
        _write(notice, Delivery.INBOX_ONLY)
    elif errcode == RECEIVER_UNKNOWN:
        _write(notice, Delivery.INBOX_ONLY)
    else:
        consents.give_back(notice.member_id, notice.kind)
        _fail(notice, Fault.REFUSED, now=now, code=errcode)


def _fail(notice: Row[Any], fault: Fault, *, now: datetime, code: int | None = None) -> None:
    """Make a notice a dead letter, and tell those who can mend it, once a day."""
    error = fault.value if code is None else f"{fault.value} {code}"
    _write(notice, Delivery.FAILED, attempts=notice.attempts + 1, last_error=error)
    root = identity.root()
    if root is None:
        return
    today = local_date(now)
    tell_desk(
        identity.holders(root.path, *DEAD_LETTERS_READERS, today=today),
        DeskKind.DELIVERY_DEAD,
        ("dead_letters", today.isoformat()),
        title="有消息没有发送成功",
        body=f"{FAULT_LABELS[fault]}。请在“发送失败的消息”中查看，处理后可以重新发送。",
        page=DEAD_LETTERS_PAGE,
        now=now,
    )
