"""Roles, given to accounts and members in an organisation, and taken back."""

from datetime import datetime
from uuid import UUID

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import lock
from server.identity import queries
from server.identity.models import RoleGrant
from server.identity.rules import (
    OrganisationKind,
    role_fits,
    role_suits_account,
    role_suits_member,
)
from server.identity.service.accounts import refuse_without_other_administrator, require_command
from server.identity.service.authority import ADMINISTRATORS_LOCK, require_reach


def grant_role(
    role: Role,
    organisation_id: int,
    *,
    account_id: UUID | None = None,
    member_id: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> RoleGrant:
    """Give an account a desk role, or a member a phone role, in an organisation.

    Exactly one of ``account_id`` and ``member_id`` is given. A role that is held already breaks
    ``uq_role_grant``.
    """
    organisation = queries.organisation_for_update(organisation_id)
    require_reach(actor, organisation.path, Role.ADMINISTRATOR)
    suits = role_suits_member(role) if account_id is None else role_suits_account(role)
    if not suits:
        raise Refusal("role_not_for_holder", 409, field="role")
    if not role_fits(role, OrganisationKind(organisation.kind)):
        raise Refusal("role_not_for_organisation", 409, field="role")
    if not organisation.active:
        raise Refusal("organisation_inactive", 409, field="organisation_id")
    if account_id is not None:
        queries.account(account_id)
    if member_id is not None:
        queries.member(member_id)
    grant = RoleGrant(
        member_id=member_id,
        account_id=account_id,
        role=role.value,
        organisation_id=organisation_id,
        granted_by=actor.id,
        granted_at=now,
    )
    db.session.add(grant)
    db.session.flush()
    _record("grant.given", grant, actor, now)
    return grant


def revoke_grant(grant_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a role back; the last administrator of the whole keeps theirs."""
    lock(ADMINISTRATORS_LOCK)
    grant = queries.grant(grant_id)
    require_reach(actor, grant.organisation.path, Role.ADMINISTRATOR)
    if grant.account_id is not None:
        require_command(grant.account_id, actor)
        if grant.role == Role.ADMINISTRATOR and grant.organisation.parent_id is None:
            refuse_without_other_administrator(grant.account_id)
    db.session.delete(grant)
    db.session.flush()
    _record("grant.revoked", grant, actor, now)


def _record(action: str, grant: RoleGrant, actor: Actor, now: datetime) -> None:
    holder = ("account", grant.account_id) if grant.account_id else ("member", grant.member_id)
    audit.record(
        actor,
        action,
        ("grant", grant.id),
        at=now,
        role=grant.role,
        organisation=grant.organisation_id,
        holder=holder[0],
        holder_id=str(holder[1]),
    )
