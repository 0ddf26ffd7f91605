"""The phone of an official: linked by a one-time code from the desk, unlinked at both ends.

A code is 60 random bits, shown for ten minutes; the table keeps its keyed hash. With the link the
phone gets short-lived tokens of the account, good for the desk's everyday steps alone. A new
password and the account's deactivation end the link: whoever had the phone before has it no more.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from server.audit import service as audit
from server.core.access import Actor, ActorKind
from server.core.crockford import is_code, normal, random_code, shown
from server.core.crypto import mac
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.identity import phones, queries, tokens
from server.identity.models import Account, AccountPhone, PhoneCode
from server.identity.rules import PHONE_CODE_LENGTH, PHONE_CODE_LIFE


def _hash(code: str) -> bytes:
    return mac(standing_key("lookup"), b"phone", normal(code).encode())


def show_phone_code(*, actor: Actor, now: datetime) -> tuple[str, datetime]:
    """Return a new code for one's own account and when it ends; an earlier one is worthless."""
    if actor.kind is not ActorKind.ACCOUNT or actor.id is None:
        raise Refusal("not_allowed", 403)
    _locked(actor.id)
    db.session.execute(delete(PhoneCode).where(PhoneCode.account_id == actor.id))
    code = random_code(PHONE_CODE_LENGTH)
    until = now + PHONE_CODE_LIFE
    db.session.add(PhoneCode(code_hash=_hash(code), account_id=actor.id, expires_at=until))
    audit.record(actor, "phone.code_shown", ("account", actor.id), at=now)
    return shown(code), until


def link_phone(code: str, member_id: UUID, *, now: datetime) -> Account:
    """Link a member's phone to the account whose code it is; an earlier phone of it is unlinked.

    Who is linked by this code already gets the same answer again.
    """
    queries.member(member_id)
    account = _account_of_code(code)
    # The account's row first, as everywhere; then the code's, read afresh.
    _locked(account.id)
    spent = db.session.get(PhoneCode, _hash(code), with_for_update=True, populate_existing=True)
    if spent is None:
        raise Refusal("phone_code_unknown", 404, field="code")
    linked = phones.account_of_phone(member_id)
    if linked is not None and linked.id == account.id and spent.used_at is not None:
        return account
    if spent.used_at is not None or spent.expires_at <= now or not account.active:
        raise Refusal("phone_code_unknown", 404, field="code")
    if linked is not None and linked.id != account.id:
        raise Refusal("phone_linked_elsewhere", 409, field="code")
    spent.used_at = now
    _unlink(AccountPhone.account_id == account.id)
    _unlink(AccountPhone.member_id == member_id)
    db.session.add(AccountPhone(account_id=account.id, member_id=member_id, linked_at=now))
    db.session.flush()
    # The account alone is named: the log joins no member with a person.
    audit.record(Actor(ActorKind.ACCOUNT, account.id), "phone.linked", _subject(account.id), at=now)
    return account


def unlink_phone(*, actor: Actor, now: datetime) -> None:
    """Unlink one's own account's phone, at the desk; without one nothing changes."""
    if actor.kind is not ActorKind.ACCOUNT or actor.id is None:
        raise Refusal("not_allowed", 403)
    _locked(actor.id)
    if _unlink(AccountPhone.account_id == actor.id):
        audit.record(actor, "phone.unlinked", _subject(actor.id), at=now)


def unlink_this_phone(member_id: UUID, *, now: datetime) -> None:
    """Unlink the phone in hand; without a link nothing changes."""
    for account_id in _unlink(AccountPhone.member_id == member_id):
        actor = Actor(ActorKind.ACCOUNT, account_id)
        audit.record(actor, "phone.unlinked", _subject(account_id), at=now)


def end_phone(account_id: UUID) -> None:
    """End an account's link and codes, along with its sessions."""
    _unlink(AccountPhone.account_id == account_id)
    db.session.execute(delete(PhoneCode).where(PhoneCode.account_id == account_id))


def begin_desk_session(member_id: UUID, *, now: datetime) -> tuple[str, int, Account]:
    """Return a token for the desk on the phone, its life in seconds, and the account."""
    account = phones.account_of_phone(member_id)
    if account is None:
        raise Refusal("phone_not_linked", 404)
    if account.must_change_password:
        raise Refusal("password_change_needed", 403)
    token, seconds = tokens.issue(
        ActorKind.ACCOUNT, account.id, account.session_epoch, phone=member_id
    )
    actor = Actor(ActorKind.ACCOUNT, account.id)
    audit.record(actor, "account.signed_in_by_phone", _subject(account.id), at=now)
    return token, seconds, account


def _subject(account_id: UUID) -> tuple[str, object]:
    return "account", account_id


def _account_of_code(code: str) -> Account:
    found = None
    if is_code(code, PHONE_CODE_LENGTH):
        found = db.session.scalar(
            select(Account)
            .join(PhoneCode, PhoneCode.account_id == Account.id)
            .where(PhoneCode.code_hash == _hash(code))
        )
    if found is None:
        raise Refusal("phone_code_unknown", 404, field="code")
    return found


def _locked(account_id: UUID) -> None:
    db.session.get(Account, account_id, with_for_update=True, populate_existing=True)


def _unlink(which: ColumnElement[bool]) -> list[UUID]:
    return list(
        db.session.scalars(delete(AccountPhone).where(which).returning(AccountPhone.account_id))
    )
