"""Console accounts: made, reset and switched by an administrator; the password is one's own."""

from datetime import datetime
from uuid import UUID

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import lock
from server.identity import passwords, queries
from server.identity.attempts import change_attempt
from server.identity.models import Account
from server.identity.rules import ACCOUNT_NAME, LONGEST_DISPLAY_NAME, password_is_strong
from server.identity.service.authority import ADMINISTRATORS_LOCK, require_reach, require_role
from server.identity.service.phones import end_phone


def create_account(
    *, name: str, display_name: str, actor: Actor, now: datetime
) -> tuple[Account, str]:
    """Make an account and return it with its first password, which is shown once and kept nowhere.

    A name that is taken, in whatever case, breaks ``uq_account_name``.
    """
    require_role(actor, Role.ADMINISTRATOR)
    _check_names(name, display_name)
    first = passwords.random_password(name)
    account = Account(
        name=name,
        display_name=display_name,
        password_hash=passwords.hashed(first),
        must_change_password=True,
        active=True,
        session_epoch=0,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    audit.record(actor, "account.created", ("account", account.id), at=now, name=name)
    return account, first


def set_password(account: Account, password: str, *, must_change: bool) -> None:
    """Give an account a password, end its sessions, tokens and phone; refuse a weak one."""
    if not password_is_strong(password, account.name):
        raise Refusal("password_too_weak", 422, field="new")
    account.password_hash = passwords.hashed(password)
    account.must_change_password = must_change
    account.session_epoch = Account.session_epoch + 1
    db.session.flush()
    end_phone(account.id)


def reset_password(account_id: UUID, *, actor: Actor, now: datetime) -> str:
    """Return a new first password for an account; what was signed in under it is signed out."""
    account = _managed(account_id, actor)
    first = passwords.random_password(account.name)
    set_password(account, first, must_change=True)
    audit.record(actor, "account.password_reset", ("account", account_id), at=now)
    return first


def change_password(
    account_id: UUID, *, current: str, new: str, actor: Actor, now: datetime
) -> Account:
    """Change one's own password, knowing the current one; every session begins anew."""
    if actor.id != account_id:
        raise Refusal("not_allowed", 403)
    account = _locked(account_id)
    attempt = change_attempt(account.name)
    attempt.count()
    if not passwords.is_right(account.password_hash, current):
        raise Refusal("current_password_wrong", 422, field="current")
    attempt.give_back()
    if new == current:
        raise Refusal("password_unchanged", 422, field="new")
    set_password(account, new, must_change=False)
    audit.record(actor, "account.password_changed", ("account", account_id), at=now)
    return account


def set_active(account_id: UUID, active: bool, *, actor: Actor, now: datetime) -> Account:  # noqa: FBT001 the value that is set
    """Switch an account off, which ends its sessions and its phone, or on again."""
    lock(ADMINISTRATORS_LOCK)
    account = _managed(account_id, actor)
    if account.active == active:
        return account
    if not active and _administers_a_root(account_id):
        refuse_without_other_administrator(account_id)
    account.active = active
    account.session_epoch = Account.session_epoch + 1
    db.session.flush()
    end_phone(account_id)
    verb = "account.activated" if active else "account.deactivated"
    audit.record(actor, verb, ("account", account_id), at=now)
    return account


def require_command(account_id: UUID, actor: Actor) -> None:
    """Refuse unless an administrator's reach covers all that an account may do.

    Otherwise a district's administrator could reset the password of the city's office.
    """
    require_role(actor, Role.ADMINISTRATOR)
    for grant in queries.access_grants(account_id=account_id):
        require_reach(actor, grant.path, Role.ADMINISTRATOR)


def refuse_without_other_administrator(account_id: UUID) -> None:
    """Refuse what would leave no active administrator of the whole; needs ADMINISTRATORS_LOCK."""
    if all(other.id == account_id for other in queries.active_administrators()):
        raise Refusal("last_administrator", 409)


def _administers_a_root(account_id: UUID) -> bool:
    return any(
        grant.role == Role.ADMINISTRATOR and grant.organisation.parent_id is None
        for grant in queries.grants_of_account(account_id)
    )


def _managed(account_id: UUID, actor: Actor) -> Account:
    account = _locked(account_id)
    require_command(account_id, actor)
    return account


def _locked(account_id: UUID) -> Account:
    account = db.session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise Refusal("account_unknown", 404)
    return account


def _check_names(name: str, display_name: str) -> None:
    errors = []
    if not ACCOUNT_NAME.fullmatch(name):
        message = "用户名为 2 至 40 个字母、数字、点、横线或下划线。"
        errors.append({"field": "name", "message": message})
    if not 1 <= len(display_name.strip()) <= LONGEST_DISPLAY_NAME:
        message = f"请填写 1 至 {LONGEST_DISPLAY_NAME} 个字的姓名。"
        errors.append({"field": "display_name", "message": message})
    if errors:
        raise InvalidInput(errors)
