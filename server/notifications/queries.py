"""Reading a member's notices."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, or_, select

from server.core.database import db
from server.core.paging import Page, newest_first
from server.identity import queries as identity
from server.notifications import preferences
from server.notifications.consents import left as consents_left
from server.notifications.dead_letters import dead_letter_counts, dead_letters
from server.notifications.desk import desk_notice, desk_notices, desk_unread
from server.notifications.models import DeskNotice, MessageConsent, Notice
from server.notifications.preferences import of_account, of_member
from server.notifications.quiet import is_quiet
from server.notifications.rules import NoticeKind
from server.settings import queries as settings
from server.settings.rules import QUIET_HOURS

__all__ = [
    "DeskNotice",
    "Notice",
    "consents_left",
    "dead_letter_counts",
    "dead_letters",
    "desk_notice",
    "desk_notices",
    "desk_unread",
    "of_account",
    "of_member",
]
PAGE = 20


def inbox(member_id: UUID, *, cursor: str | None) -> Page[Notice]:
    """Return a member's notices, newest first; the desk's only while the phone is linked."""
    return newest_first(
        select(Notice).where(*_shown(member_id)),
        Notice.created_at,
        Notice.id,
        kind=UUID,
        cursor=cursor,
        limit=PAGE,
    )


def unread(member_id: UUID) -> int:
    """Return how many notices a member has not read."""
    return (
        db.session.scalar(select(func.count()).where(*_shown(member_id), Notice.read_at.is_(None)))
        or 0
    )


def _shown(member_id: UUID) -> list[ColumnElement[bool]]:
    mine = [Notice.member_id == member_id]
    if identity.account_of_phone(member_id) is None:
        mine.append(Notice.kind != NoticeKind.DESK.value)
    return mine


def quiet(now: datetime) -> bool:
    """Tell whether it is within the quiet hours, when nobody is sent anything."""
    return is_quiet(settings.value(QUIET_HOURS), now)


def waiting(
    limit: int, *, now: datetime, kinds: Collection[NoticeKind] | None = None
) -> list[Row[Any]]:
    """Return notices that are to be delivered and may be tried by now, the oldest first.

    ``kinds`` are those that may go out at all, None for every one.
    """
    query = select(
        Notice.id,
        Notice.member_id,
        Notice.kind,
        Notice.title,
        Notice.body,
        Notice.page,
        Notice.created_at,
        Notice.attempts,
    ).where(
        Notice.delivery == "waiting",
        or_(Notice.next_attempt_at.is_(None), Notice.next_attempt_at <= now),
    )
    if kinds is not None:
        query = query.where(Notice.kind.in_([kind.value for kind in kinds]))
    return list(db.session.execute(query.order_by(Notice.created_at, Notice.id).limit(limit)))


def agreed(member_ids: Iterable[UUID], kind: NoticeKind) -> set[UUID]:
    """Return which members have a message of this kind left that they agreed to, and want it."""
    wanted = list(member_ids)
    have = set(
        db.session.scalars(
            select(MessageConsent.member_id).where(
                MessageConsent.member_id.in_(wanted),
                MessageConsent.kind == kind.value,
                MessageConsent.remaining > 0,
            )
        )
    )
    return have - preferences.members_that_chose(have, kind).keys()
