"""Telling members something: once an occasion, in the inbox, and by message where they agreed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from server.core.database import db
from server.notifications.models import MessageConsent, Notice
from server.notifications.rules import Delivery, NoticeKind

MOST_CONSENTS = 20
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
    job that runs again doubles nothing. ``page`` is a path of the mini-program with its query.
    """
    rows = [
        {
            "id": uuid4(),
            "member_id": member_id,
            "kind": kind.value,
            "subject_kind": subject[0],
            "subject_id": subject[1],
            "occasion": occasion,
            "title": title,
            "body": body,
            "page": page,
            "created_at": now,
            "delivery": Delivery.WAITING.value,
            "attempts": 0,
        }
        for member_id in dict.fromkeys(member_ids)
    ]
    if not rows:
        return 0
    told = db.session.scalars(
        insert(Notice)
        .values(rows)
        .on_conflict_do_nothing(constraint="uq_notice_once")
        .returning(Notice.id)
    )
    return len(told.all())


def mark_read(member_id: UUID, ids: Sequence[UUID] | None, *, now: datetime) -> None:
    """Mark some of a member's notices as read, or with None all of them."""
    mine = update(Notice).where(Notice.member_id == member_id, Notice.read_at.is_(None))
    if ids is not None:
        mine = mine.where(Notice.id.in_(list(ids)))
    db.session.execute(mine.values(read_at=now))


def consent(member_id: UUID, kinds: Iterable[NoticeKind]) -> None:
    """Note that a member agreed to one message more of each kind, up to twenty."""
    rows = [
        {"member_id": member_id, "kind": kind.value, "remaining": 1} for kind in sorted(set(kinds))
    ]
    if not rows:
        return
    statement = insert(MessageConsent).values(rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id", "kind"],
            set_={"remaining": MessageConsent.remaining + 1},
            where=MessageConsent.remaining < MOST_CONSENTS,
        )
    )


def remove_old(today: date) -> None:
    """Delete notices after half a year."""
    db.session.execute(delete(Notice).where(Notice.created_at < today - INBOX_LIFE))
