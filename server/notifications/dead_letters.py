"""Messages that could not be sent (dead letters): looked at without names, and sent again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select, true, update

from server.audit import service as audit
from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, page
from server.notifications import consents
from server.notifications.models import Notice
from server.notifications.rules import Delivery, Fault, NoticeKind

PAGE = 30
# Nobody knows whether WeChat has it: it did not answer, or we broke off somewhere.
FATE_UNKNOWN = frozenset({Fault.UNSURE, Fault.BROKEN})
FAILED = Notice.delivery == Delivery.FAILED.value


def dead_letters(*, kind: NoticeKind | None = None, cursor: str | None = None) -> Page[Row[Any]]:
    """Return kind, subject, error, tries and time of what could not be sent, newest first.

    Whose it was is not among them: the office mends the way, it needn't know the receiver.
    """
    query = select(
        Notice.id,
        Notice.kind,
        Notice.subject_kind,
        Notice.subject_id,
        Notice.last_error,
        Notice.attempts,
        Notice.created_at,
    ).where(FAILED)
    if kind is not None:
        query = query.where(Notice.kind == kind.value)
    return page(
        query,
        [Notice.created_at, Notice.id],
        kinds=[datetime.fromisoformat, UUID],
        key=lambda row: [row.created_at.isoformat(), row.id],
        cursor=cursor,
        limit=PAGE,
        descending=True,
    )


def dead_letter_counts() -> Mapping[NoticeKind, int]:
    """Return how many of each kind could not be sent."""
    rows = db.session.execute(select(Notice.kind, func.count()).where(FAILED).group_by(Notice.kind))
    return {NoticeKind(row[0]): row[1] for row in rows}


def send_again(notice_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Let one message wait again, as if it had never been tried."""
    kinds = _wait_again(Notice.id == notice_id)
    if not kinds:
        raise Refusal("dead_letter_gone", 409)
    audit.record(actor, "notices.sent_again", ("notice", notice_id), at=now, kind=kinds[0])


def send_all_again(kind: NoticeKind | None, *, actor: Actor, now: datetime) -> int:
    """Let all messages that could not be sent wait again, or those of a kind; return how many."""
    again = len(_wait_again(true() if kind is None else Notice.kind == kind.value))
    if not again:
        raise Refusal("dead_letters_none", 409)
    audit.record(
        actor,
        "notices.all_sent_again",
        ("notice", kind.value if kind else "all"),
        at=now,
        size=again,
    )
    return again


def _wait_again(which: ColumnElement[bool]) -> list[str]:
    """Put dead letters back among what waits; return their kinds.

    Of a message whose fate is unknown the consent may be used up: it is lent anew, and WeChat
    refuses it if the message had arrived after all.
    """
    found = db.session.execute(
        select(Notice.id, Notice.member_id, Notice.kind, Notice.last_error)
        .where(FAILED, which)
        .order_by(Notice.id)
        .with_for_update()
    ).all()
    db.session.execute(
        update(Notice)
        .where(Notice.id.in_([row.id for row in found]))
        .values(delivery=Delivery.WAITING.value, attempts=0, next_attempt_at=None)
    )
    for row in found:
        if row.last_error in FATE_UNKNOWN:
            consents.give_back(row.member_id, row.kind)
    return [row.kind for row in found]
