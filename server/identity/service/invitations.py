"""Invitations: one-time codes that bind a member to a role, such as an enterprise's representative.

A code is 60 random bits, shown once; the table keeps its keyed hash.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.crockford import is_code, random_code, shown
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries
from server.identity.models import Invitation, RoleGrant
from server.identity.rules import (
    INVITATION_LENGTH,
    INVITATION_LIFE,
    INVITED_ROLES,
    OrganisationKind,
    role_fits,
)
from server.identity.service.authority import require_reach
from server.identity.service.hand_over import INVITERS, code_hash, take_over


def invite(
    role: Role, organisation_id: int, *, actor: Actor, now: datetime
) -> tuple[Invitation, str]:
    """Make an invitation and return it with its code as it is printed, which is not kept."""
    organisation = queries.organisation_for_update(organisation_id)
    require_reach(actor, organisation.path, *INVITERS)
    if role not in INVITED_ROLES:
        raise Refusal("role_by_invitation", 409, field="role")
    if not role_fits(role, OrganisationKind(organisation.kind)):
        raise Refusal("role_not_for_organisation", 409, field="role")
    if not organisation.active:
        raise Refusal("organisation_inactive", 409)
    code = random_code(INVITATION_LENGTH)
    invitation = Invitation(
        code_hash=code_hash(code),
        role=role.value,
        organisation_id=organisation_id,
        created_by=actor.id,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record(
        actor,
        "invitation.issued",
        ("invitation", invitation.id),
        at=now,
        role=role.value,
        organisation=organisation_id,
    )
    return invitation, shown(code)


def revoke_invitation(invitation_id: UUID, *, actor: Actor, now: datetime) -> Invitation:
    """Make a code worthless; what it has already granted stays."""
    invitation = queries.invitation_for_update(invitation_id)
    require_reach(actor, invitation.organisation.path, *INVITERS)
    if invitation.redeemed_at is None and invitation.revoked_at is None:
        invitation.revoked_at = now
        audit.record(actor, "invitation.revoked", ("invitation", invitation_id), at=now)
    return invitation


def redeem_invitation(code: str, member_id: UUID, now: datetime) -> Invitation:
    """Give a member the role that a code stands for, once.

    Who holds the role already gets the same answer again, and an unused code stays unused: so a
    repeated call is harmless, and the table need not say who redeemed which code. Of two members
    at once the row's lock lets one through.
    """
    queries.member(member_id)
    found = _of_code(code)
    if found.hands_over_from is not None:
        return take_over(found.id, member_id, now)
    invitation = queries.invitation_for_update(found.id)
    if _holds(member_id, invitation):
        return invitation
    # Locked, so that it can't be retired between this look and the grant.
    organisation = queries.organisation_for_update(invitation.organisation_id)
    spent = invitation.redeemed_at or invitation.revoked_at
    if spent or invitation.expires_at <= now or not organisation.active:
        raise Refusal("invitation_unknown", 404, field="code")
    invitation.redeemed_at = now
    db.session.add(
        RoleGrant(
            member_id=member_id,
            role=invitation.role,
            organisation_id=invitation.organisation_id,
            granted_by=invitation.created_by,
            granted_at=now,
        )
    )
    db.session.flush()
    return invitation


def _of_code(code: str) -> Invitation:
    found: Invitation | None = None
    if is_code(code, INVITATION_LENGTH):
        found = db.session.scalar(select(Invitation).where(Invitation.code_hash == code_hash(code)))
    if found is None:
        raise Refusal("invitation_unknown", 404, field="code")
    return found


def _holds(member_id: UUID, invitation: Invitation) -> bool:
    return any(
        grant.role == invitation.role and grant.organisation_id == invitation.organisation_id
        for grant in queries.grants_of_member(member_id)
    )
