"""Reading a member's notices."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from server.core.database import db
from server.core.paging import Page, newest_first
from server.notifications.models import MessageConsent, Notice
from server.notifications.rules import NoticeKind

__all__ = ["Notice"]
PAGE = 20


def inbox(member_id: UUID, *, cursor: str | None) -> Page[Notice]:
    """Return a member's notices, newest first."""
    return newest_first(
        select(Notice).where(Notice.member_id == member_id),
        Notice.created_at,
        Notice.id,
        kind=UUID,
        cursor=cursor,
        limit=PAGE,
    )


def unread(member_id: UUID) -> int:
    """Return how many notices a member has not read."""
    return (
        db.session.scalar(
            select(func.count()).where(Notice.member_id == member_id, Notice.read_at.is_(None))
        )
        or 0
    )


def waiting(limit: int) -> list[Row[Any]]:
    """Return id, member, kind, title, body, page and time of notices that are to be delivered."""
    return list(
        db.session.execute(
            select(
                Notice.id,
                Notice.member_id,
                Notice.kind,
                Notice.title,
                Notice.body,
                Notice.page,
                Notice.created_at,
            )
            .where(Notice.delivery == "waiting")
            .limit(limit)
        )
    )


def agreed(member_ids: Iterable[UUID], kind: NoticeKind) -> set[UUID]:
    """Return which members have a message of this kind left that they agreed to."""
    return set(
        db.session.scalars(
            select(MessageConsent.member_id).where(
                MessageConsent.member_id.in_(list(member_ids)),
                MessageConsent.kind == kind.value,
                MessageConsent.remaining > 0,
            )
        )
    )
