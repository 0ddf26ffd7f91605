"""Which phone is an official's own."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.core.database import db
from server.identity.models import Account, AccountPhone


def phones_of(account_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the members whose phones are linked to accounts, by account."""
    rows = db.session.execute(
        select(AccountPhone.account_id, AccountPhone.member_id).where(
            AccountPhone.account_id.in_(list(account_ids))
        )
    )
    return {row[0]: row[1] for row in rows}


def account_of_phone(member_id: UUID) -> Account | None:
    """Return the active account that a member's phone is linked to, or None."""
    return db.session.scalar(
        select(Account)
        .join(AccountPhone, AccountPhone.account_id == Account.id)
        .where(AccountPhone.member_id == member_id, Account.active)
    )


def linked_at(account_id: UUID) -> datetime | None:
    """Return since when an account has a phone, or None."""
    return db.session.scalar(
        select(AccountPhone.linked_at).where(AccountPhone.account_id == account_id)
    )
