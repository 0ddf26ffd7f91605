"""Signing in at the desk with name and password."""

from datetime import datetime
from typing import NamedTuple

from server.audit import service as audit
from server.core.access import Actor, ActorKind
from server.core.errors import Refusal
from server.identity import passwords, queries
from server.identity.attempts import sign_in_attempt
from server.identity.devices import issue_device_cookie
from server.identity.models import Account
from server.identity.rules import ACCOUNT_NAME


class SignIn(NamedTuple):
    """A right name and password: whose they are, and what the device keeps (see ``devices``)."""

    account: Account
    device_cookie: str


def check_password(
    name: str, password: str, address: str, device_cookie: str | None, now: datetime
) -> SignIn:
    """Return the account of a right name and password, with a cookie for the device.

    A wrong name and a wrong password get the same 401 after the same time; too many wrong ones a
    429, before any hash is worked out. That an account is switched off is told only to who knows
    its password.
    """
    attempt = sign_in_attempt(name, address, device_cookie)
    attempt.count()
    account = queries.account_by_name(name) if ACCOUNT_NAME.fullmatch(name) else None
    stored = account.password_hash if account else None
    if not passwords.is_right(stored, password) or account is None:
        raise Refusal("wrong_name_or_password", 401)
    if not account.active:
        raise Refusal("account_inactive", 403)
    attempt.give_back()
    if passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hashed(password)
    signed_in = Actor(ActorKind.ACCOUNT, account.id)
    audit.record(signed_in, "account.signed_in", ("account", account.id), at=now)
    return SignIn(account, issue_device_cookie(account))
