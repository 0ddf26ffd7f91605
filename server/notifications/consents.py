"""Consents to subscription messages: one message each, used up only by one that goes out."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from server.core.database import db
from server.notifications.models import MessageConsent
from server.notifications.rules import MOST_CONSENTS, NoticeKind


def agree(member_id: UUID, kinds: Iterable[NoticeKind]) -> None:
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


def take(member_id: UUID, kind: str) -> bool:
    """Use up a consent; tell whether there was one."""
    left = db.session.scalar(
        update(MessageConsent)
        .where(
            MessageConsent.member_id == member_id,
            MessageConsent.kind == kind,
            MessageConsent.remaining > 0,
        )
        .values(remaining=MessageConsent.remaining - 1)
        .returning(MessageConsent.remaining)
    )
    return left is not None


def give_back(member_id: UUID, kind: str) -> None:
    """Return a consent that was used up for a message that did not go out."""
    db.session.execute(
        update(MessageConsent)
        .where(MessageConsent.member_id == member_id, MessageConsent.kind == kind)
        .values(remaining=func.least(MessageConsent.remaining + 1, MOST_CONSENTS))
    )


def clear(member_id: UUID, kind: str) -> None:
    """Note that WeChat knows of no consent: it was used up or taken back there."""
    db.session.execute(
        update(MessageConsent)
        .where(MessageConsent.member_id == member_id, MessageConsent.kind == kind)
        .values(remaining=0)
    )


def left(member_id: UUID) -> Mapping[str, int]:
    """Return how many messages of each kind a member agreed to and has not got."""
    rows = db.session.execute(
        select(MessageConsent.kind, MessageConsent.remaining).where(
            MessageConsent.member_id == member_id
        )
    )
    return {row[0]: row[1] for row in rows}
