"""Hand-over: a representative gives the place to a successor, by a code that lives half an hour.

What an organisation has rated stays its own; only who speaks for it changes. The codes are
invitations (only their keyed hash is kept), one open at a time for each representative. Whoever
makes, takes back or redeems one takes the organisation's lock first, so that none of them sees
another half done.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.audit import service as audit
from server.core.access import Actor, ActorKind, Role
from server.core.crockford import normal, random_code, shown
from server.core.crypto import mac
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.core.transaction import lock
from server.identity import queries
from server.identity.models import Invitation, RoleGrant
from server.identity.rules import HAND_OVER_LIFE, INVITATION_LENGTH, REPRESENTATIONS
from server.identity.service.authority import require_reach

INVITERS = (Role.OFFICE, Role.ADMINISTRATOR)
# The log says that representatives changed, never who they are.
REPRESENTATIVE = Actor(ActorKind.MEMBER)


def code_hash(code: str) -> bytes:
    """Return the keyed hash that a code is kept as, however it was typed."""
    return mac(standing_key("lookup"), b"invitation", normal(code).encode())


def begin_hand_over(
    member_id: UUID, organisation_id: int, *, now: datetime
) -> tuple[Invitation, str]:
    """Make the code for a successor, and return it as it is shown; an earlier one is worthless."""
    _lock(organisation_id)
    grant = _own_grant(member_id, organisation_id)
    if not grant.organisation.active:
        raise Refusal("organisation_inactive", 409)
    _revoke_open(grant, now)
    code = random_code(INVITATION_LENGTH)
    invitation = Invitation(
        code_hash=code_hash(code),
        role=grant.role,
        organisation_id=organisation_id,
        created_at=now,
        expires_at=now + HAND_OVER_LIFE,
        hands_over_from=grant.id,
    )
    db.session.add(invitation)
    db.session.flush()
    _record("hand_over.begun", invitation, now)
    return invitation, shown(code)


def cancel_hand_over(member_id: UUID, organisation_id: int, *, now: datetime) -> None:
    """Make the open code worthless; without one nothing changes."""
    _lock(organisation_id)
    _revoke_open(_own_grant(member_id, organisation_id), now)


def open_hand_over(member_id: UUID, organisation_id: int, *, now: datetime) -> Invitation | None:
    """Return a representative's open hand-over; its code is shown once and not known here."""
    grant = queries.representation_of(member_id, organisation_id)
    if grant is None:
        raise Refusal("representation_unknown", 404)
    found = _open_of(grant)
    return found if found is not None and found.expires_at > now else None


def take_over(invitation_id: UUID, member_id: UUID, now: datetime) -> Invitation:
    """Put a successor in the place of the representative who made the code.

    The successor who asks again gets the same answer. All in one transaction: at no moment does
    nobody, or do both, speak for the organisation by this code.
    """
    _lock(queries.invitation(invitation_id).organisation_id)
    invitation = queries.invitation_for_update(invitation_id)
    held = queries.representation_of(member_id, invitation.organisation_id)
    if held is not None and invitation.redeemed_at is not None:
        return invitation
    _refuse_spent(invitation, now)
    if held is not None:
        own = held.id == invitation.hands_over_from
        raise Refusal("hand_over_own" if own else "hand_over_held", 409, field="code")
    organisation = queries.organisation_for_update(invitation.organisation_id)
    if not organisation.active:
        raise Refusal("organisation_inactive", 409)
    predecessor = queries.grant_for_update(invitation.hands_over_from or 0)
    if predecessor is None:
        raise Refusal("hand_over_gone", 409, field="code")
    invitation.redeemed_at = now
    db.session.delete(predecessor)
    db.session.add(
        RoleGrant(
            member_id=member_id,
            role=invitation.role,
            organisation_id=invitation.organisation_id,
            granted_by=predecessor.granted_by,
            granted_at=now,
        )
    )
    db.session.flush()
    _record("hand_over.done", invitation, now)
    return invitation


def end_representation(grant_id: int, *, actor: Actor, now: datetime) -> None:
    """End somebody's speaking for an organisation, at the desk; whose it was is not written down.

    An open hand-over of that representative is worthless from then on.
    """
    grant = queries.grant(grant_id)
    if grant.member_id is None or Role(grant.role) not in REPRESENTATIONS:
        raise Refusal("grant_unknown", 404)
    require_reach(actor, grant.organisation.path, *INVITERS)
    organisation_id, role = grant.organisation_id, grant.role
    _lock(organisation_id)
    if queries.grant_for_update(grant_id) is None:
        raise Refusal("grant_unknown", 404)
    _revoke_open(grant, now)
    db.session.delete(grant)
    db.session.flush()
    audit.record(
        actor, "representation.ended", ("organisation", organisation_id), at=now, role=role
    )


def _lock(organisation_id: int) -> None:
    lock(f"hand_over:{organisation_id}")


def _own_grant(member_id: UUID, organisation_id: int) -> RoleGrant:
    grant = queries.representation_of(member_id, organisation_id, for_update=True)
    if grant is None:
        raise Refusal("representation_unknown", 404)
    return grant


def _open_of(grant: RoleGrant) -> Invitation | None:
    return db.session.scalar(
        select(Invitation)
        .where(
            Invitation.hands_over_from == grant.id,
            Invitation.redeemed_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )


def _revoke_open(grant: RoleGrant, now: datetime) -> None:
    found = _open_of(grant)
    if found is None:
        return
    found.revoked_at = now
    db.session.flush()
    _record("hand_over.cancelled", found, now)


def _refuse_spent(invitation: Invitation, now: datetime) -> None:
    reason = None
    if invitation.redeemed_at is not None:
        reason = "hand_over_used"
    elif invitation.revoked_at is not None:
        reason = "hand_over_revoked"
    elif invitation.expires_at <= now:
        reason = "hand_over_expired"
    if reason:
        raise Refusal(reason, 409, field="code")


def _record(action: str, invitation: Invitation, now: datetime) -> None:
    audit.record(
        REPRESENTATIVE,
        action,
        ("organisation", invitation.organisation_id),
        at=now,
        role=invitation.role,
    )
