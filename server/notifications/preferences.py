"""What members and accounts want to hear of: all of a kind, its notice alone, or nothing."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from server.core.database import db
from server.core.errors import Refusal
from server.notifications.models import NoticePreference
from server.notifications.rules import ALWAYS_TOLD, DeskKind, Mode, NoticeKind


def of_member(member_id: UUID) -> dict[NoticeKind, Mode]:
    """Return what a member chose, for every kind there is."""
    chosen = _chosen(member_id=member_id)
    return {kind: chosen.get(kind.value, Mode.ALL) for kind in NoticeKind}


def of_account(account_id: UUID) -> dict[DeskKind, Mode]:
    """Return what an account chose, for every kind there is."""
    chosen = _chosen(account_id=account_id)
    return {kind: chosen.get(kind.value, Mode.ALL) for kind in DeskKind}


def choose_as_member(member_id: UUID, kind: NoticeKind, mode: Mode, *, now: datetime) -> None:
    """Set what a member wants to hear of a kind."""
    _choose({"member_id": member_id}, kind.value, mode, now)


def choose_as_account(account_id: UUID, kind: DeskKind, mode: Mode, *, now: datetime) -> None:
    """Set what an account wants to hear of a kind; refuse to switch off what must be told."""
    if mode is Mode.OFF and kind in ALWAYS_TOLD:
        raise Refusal("notice_always_told", 409, field=kind.value)
    _choose({"account_id": account_id}, kind.value, mode, now)


def without_message(member_id: UUID, kind: str) -> bool:
    """Tell whether a member wants no message of a kind."""
    return kind in _chosen(member_id=member_id)


def members_that_chose(member_ids: Collection[UUID], kind: NoticeKind) -> dict[UUID, Mode]:
    """Return which of some members want less than all of a kind, and what."""
    rows = db.session.execute(
        select(NoticePreference.member_id, NoticePreference.muted).where(
            NoticePreference.member_id.in_(member_ids), NoticePreference.kind == kind.value
        )
    )
    return {
        holder: Mode.OFF if muted else Mode.INBOX for holder, muted in rows if holder is not None
    }


def accounts_that_chose(account_ids: Collection[UUID], kind: DeskKind) -> dict[UUID, Mode]:
    """Return which of some accounts want less than all of a kind, and what."""
    rows = db.session.execute(
        select(NoticePreference.account_id, NoticePreference.muted).where(
            NoticePreference.account_id.in_(account_ids), NoticePreference.kind == kind.value
        )
    )
    return {
        holder: Mode.OFF if muted else Mode.INBOX for holder, muted in rows if holder is not None
    }


def _chosen(*, member_id: UUID | None = None, account_id: UUID | None = None) -> dict[str, Mode]:
    holder = NoticePreference.account_id == account_id
    if member_id is not None:
        holder = NoticePreference.member_id == member_id
    rows = db.session.execute(select(NoticePreference.kind, NoticePreference.muted).where(holder))
    return {row[0]: Mode.OFF if row[1] else Mode.INBOX for row in rows}


def _choose(holder: dict[str, UUID], kind: str, mode: Mode, now: datetime) -> None:
    if mode is Mode.ALL:
        db.session.execute(
            delete(NoticePreference).filter_by(**holder).where(NoticePreference.kind == kind)
        )
        return
    statement = insert(NoticePreference).values(
        **holder, kind=kind, muted=mode is Mode.OFF, changed_at=now
    )
    db.session.execute(
        statement.on_conflict_do_update(
            constraint="uq_notice_preference",
            set_={"muted": statement.excluded.muted, "changed_at": now},
        )
    )
