"""Telling accounts something at the desk, and on the phones that they linked to the accounts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from server.core.database import db
from server.core.paging import Page, newest_first
from server.identity import queries as identity
from server.notifications import inbox, preferences
from server.notifications.models import DeskNotice, Notice
from server.notifications.rules import ALWAYS_TOLD, DeskKind, Mode, NoticeKind, phone_page

# What a notice on the phone is about: the notice at the desk, so that both are read together.
DESK_SUBJECT = "desk_notice"
DESK_LIFE = timedelta(days=365)
PAGE = 30


def tell_desk(
    account_ids: Iterable[UUID],
    kind: DeskKind,
    subject: tuple[str, str],
    *,
    title: str,
    body: str,
    page: str,
    now: datetime,
    occasion: str = "",
) -> int:
    """Put a notice before accounts, in the caller's transaction; return to how many.

    The same occasion of the same subject is told an account once, however often this is called:
    so a job that runs again doubles nothing. ``page`` is a path of the console. Who has switched
    the kind off is not told; who has linked a phone has the notice there too.
    """
    wanted = list(dict.fromkeys(account_ids))
    less = preferences.accounts_that_chose(wanted, kind)
    rows = [
        {
            "id": uuid4(),
            "account_id": account_id,
            "kind": kind.value,
            "subject_kind": subject[0],
            "subject_id": subject[1],
            "occasion": occasion,
            "title": title,
            "body": body,
            "page": page,
            "created_at": now,
        }
        for account_id in wanted
        if kind in ALWAYS_TOLD or less.get(account_id) is not Mode.OFF
    ]
    if not rows:
        return 0
    told = db.session.execute(
        insert(DeskNotice)
        .values(rows)
        .on_conflict_do_nothing(constraint="uq_desk_notice_once")
        .returning(DeskNotice.account_id, DeskNotice.id)
    ).all()
    on_phone = {row.account_id: row.id for row in told if row.account_id not in less}
    for account_id, member_id in identity.phones_of(on_phone).items():
        inbox.put(
            [member_id],
            NoticeKind.DESK,
            (DESK_SUBJECT, str(on_phone[account_id])),
            title=title,
            body=body,
            page=phone_page(subject),
            now=now,
        )
    return len(told)


def desk_notices(
    account_id: UUID,
    *,
    kind: DeskKind | None = None,
    unread: bool = False,
    cursor: str | None = None,
) -> Page[DeskNotice]:
    """Return what an account was told, newest first."""
    query = select(DeskNotice).where(DeskNotice.account_id == account_id)
    if kind is not None:
        query = query.where(DeskNotice.kind == kind.value)
    if unread:
        query = query.where(DeskNotice.read_at.is_(None))
    return newest_first(
        query, DeskNotice.created_at, DeskNotice.id, kind=UUID, cursor=cursor, limit=PAGE
    )


def desk_unread(account_id: UUID) -> int:
    """Return how many notices an account has not read."""
    return (
        db.session.scalar(
            select(func.count()).where(
                DeskNotice.account_id == account_id, DeskNotice.read_at.is_(None)
            )
        )
        or 0
    )


def desk_notice(account_id: UUID, notice_id: UUID) -> DeskNotice | None:
    """Return one of an account's own notices, or None."""
    return db.session.scalar(
        select(DeskNotice).where(DeskNotice.account_id == account_id, DeskNotice.id == notice_id)
    )


def read_at_desk(account_id: UUID, ids: Sequence[UUID] | None, *, now: datetime) -> None:
    """Mark some of an account's notices as read, or with None all; on its phone they are too."""
    mine = update(DeskNotice).where(
        DeskNotice.account_id == account_id, DeskNotice.read_at.is_(None)
    )
    if ids is not None:
        mine = mine.where(DeskNotice.id.in_(list(ids)))
    read = db.session.scalars(mine.values(read_at=now).returning(DeskNotice.id)).all()
    if read:
        db.session.execute(
            update(Notice)
            .where(
                Notice.member_id.in_(identity.phones_of([account_id]).values()),
                Notice.subject_kind == DESK_SUBJECT,
                Notice.subject_id.in_([str(one) for one in read]),
                Notice.read_at.is_(None),
            )
            .values(read_at=now)
        )


def read_on_phone(subject_ids: Collection[str], *, now: datetime) -> None:
    """Mark as read at the desk what was read on the phone."""
    if subject_ids:
        db.session.execute(
            update(DeskNotice)
            .where(
                DeskNotice.id.in_([UUID(one) for one in subject_ids]), DeskNotice.read_at.is_(None)
            )
            .values(read_at=now)
        )


def forget_phone(member_id: UUID) -> None:
    """Take the desk's notices off a phone that is no longer linked."""
    db.session.execute(
        delete(Notice).where(Notice.member_id == member_id, Notice.kind == NoticeKind.DESK.value)
    )


def remove_old_desk(today: date) -> None:
    """Delete notices at the desk after a year: cases live for months, and refer back to them."""
    db.session.execute(delete(DeskNotice).where(DeskNotice.created_at < today - DESK_LIFE))
