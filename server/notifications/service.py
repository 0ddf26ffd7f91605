"""Telling members something: once an occasion, in the inbox, and by message where they agreed."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, tuple_, update

from server.core.database import db
from server.notifications import inbox
from server.notifications.consents import agree as consent
from server.notifications.dead_letters import send_again, send_all_again
from server.notifications.desk import (
    DESK_SUBJECT,
    forget_phone,
    read_at_desk,
    read_on_phone,
    remove_old_desk,
    tell_desk,
)
from server.notifications.models import Notice
from server.notifications.preferences import choose_as_account, choose_as_member
from server.notifications.rules import NoticeKind

__all__ = [
    "choose_as_account",
    "choose_as_member",
    "consent",
    "forget_phone",
    "mark_read",
    "notify",
    "read_at_desk",
    "remove_old",
    "send_again",
    "send_all_again",
    "tell_desk",
    "withdraw",
]
INBOX_LIFE = timedelta(days=180)


def notify(
    member_ids: Iterable[UUID],
    kind: NoticeKind,
    subject: tuple[str, str],
    *,
    title: str,
    body: str,
    page: str,
    now: datetime,
    occasion: str = "",
) -> int:
    """Put a notice into members' inboxes, in the caller's transaction; return to how many.

    The same occasion of the same subject is told a member once, however often this is called: so a
    job that runs again doubles nothing. Who has switched the kind off is not told. ``page`` is a
    path of the mini-program with its query.
    """
    return inbox.put(
        member_ids,
        kind,
        subject,
        title=title,
        body=body,
        page=page,
        now=now,
        occasion=occasion,
    )


def withdraw(subjects: Collection[tuple[str, str]]) -> None:
    """Delete the notices about some subjects, in the caller's transaction, read or not."""
    if subjects:
        about = tuple_(Notice.subject_kind, Notice.subject_id).in_(list(subjects))
        db.session.execute(delete(Notice).where(about))


def mark_read(member_id: UUID, ids: Sequence[UUID] | None, *, now: datetime) -> None:
    """Mark some of a member's notices as read, or with None all of them.

    A notice of the desk is read at the desk with it.
    """
    mine = update(Notice).where(Notice.member_id == member_id, Notice.read_at.is_(None))
    if ids is not None:
        mine = mine.where(Notice.id.in_(list(ids)))
    read = db.session.execute(
        mine.values(read_at=now).returning(Notice.subject_kind, Notice.subject_id)
    ).all()
    read_on_phone([row[1] for row in read if row[0] == DESK_SUBJECT], now=now)


def remove_old(today: date) -> None:
    """Delete notices after half a year, those of the desk after a year."""
    db.session.execute(delete(Notice).where(Notice.created_at < today - INBOX_LIFE))
    remove_old_desk(today)
