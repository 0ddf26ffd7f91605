"""Delegation: a colleague stands in for an official on leave, from a day to a day.

The delegate acts under the own account: every entry of the log names the person who acted, and in
whose stead. What is lent is what the absent official was given, worked out at each request
(``identity.reach``); nothing of it can be passed on.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import lock
from server.identity import delegations, queries
from server.identity.models import Delegation
from server.identity.rules import LONGEST_LEAVE_DAYS
from server.identity.service.accounts import require_command


def delegate(
    account_id: UUID,
    delegate_id: UUID,
    *,
    begins_on: date,
    ends_on: date,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Delegation:
    """Name who stands in for an account; it does so itself, or an administrator for it."""
    _require_own(account_id, actor)
    # Two taps, or the official and an administrator: one delegate a day.
    lock(f"delegation:{account_id}")
    _check_days(begins_on, ends_on, local_date(now))
    if delegate_id not in {one.account.id for one in delegations.colleagues(account_id)}:
        raise Refusal("delegate_unfit", 409, field="delegate_id")
    if delegations.overlaps(account_id, begins_on, ends_on):
        raise Refusal("delegation_overlaps", 409, field="begins_on")
    made = Delegation(
        account_id=account_id,
        delegate_id=delegate_id,
        begins_on=begins_on,
        ends_on=ends_on,
        reason=reason,
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    audit.record(
        actor,
        "delegation.made",
        ("account", account_id),
        at=now,
        delegate=str(delegate_id),
        begins_on=begins_on.isoformat(),
        ends_on=ends_on.isoformat(),
    )
    return made


def end_delegation(delegation_id: UUID, *, actor: Actor, now: datetime) -> Delegation:
    """End a delegation, from this moment; the official, the delegate or an administrator can."""
    made = delegations.delegation_for_update(delegation_id)
    if actor.id != made.delegate_id:
        _require_own(made.account_id, actor)
    if made.ended_at is not None or made.ends_on < local_date(now):
        raise Refusal("delegation_over", 409)
    made.ended_at = now
    audit.record(
        actor,
        "delegation.ended",
        ("account", made.account_id),
        at=now,
        delegate=str(made.delegate_id),
    )
    return made


def _require_own(account_id: UUID, actor: Actor) -> None:
    queries.account(account_id)
    if actor.id == account_id:
        return
    if not actor.has(Role.ADMINISTRATOR):
        raise Refusal("not_allowed", 403)
    require_command(account_id, actor)


def _check_days(begins_on: date, ends_on: date, today: date) -> None:
    if begins_on < today:
        raise Refusal("delegation_past", 422, field="begins_on")
    if ends_on < begins_on:
        raise Refusal("delegation_days", 422, field="ends_on")
    if ends_on - begins_on > timedelta(days=LONGEST_LEAVE_DAYS):
        raise Refusal("delegation_long", 422, field="ends_on", days=LONGEST_LEAVE_DAYS)
