"""What somebody may do and where: by roles of their own, and by those of whom they stand in for.

A delegate gets what the absent official was given, never what that one has as somebody's delegate:
so nothing is passed on. Whether the two fit (``rules.may_stand_in``) is asked at every request, so
that a role given or taken meanwhile counts at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from server.core import clock
from server.core.access import Actor, ActorKind, Grant, Role
from server.core.database import db
from server.identity.models import Account, Delegation, Organisation, RoleGrant
from server.identity.rules import DELEGABLE, may_stand_in, places_of


def access_grants(
    *, member_id: UUID | None = None, account_id: UUID | None = None, today: date | None = None
) -> tuple[Grant, ...]:
    """Return what a member or an account may do and where, for its Actor.

    For an account with what it may do today in somebody's stead: those grants name the one who
    lent them.
    """
    if account_id is None:
        return _own(RoleGrant.member_id == member_id)
    own = own_grants(account_id)
    return own + _lent(account_id, own, today or clock.today())


def own_grants(account_id: UUID) -> tuple[Grant, ...]:
    """Return what an account may do in its own name alone."""
    return _own(RoleGrant.account_id == account_id)


def _own(holder: ColumnElement[bool]) -> tuple[Grant, ...]:
    rows = db.session.execute(
        select(RoleGrant.role, Organisation.id, Organisation.path)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(holder)
        .order_by(RoleGrant.id)
    )
    return tuple(Grant(Role(row[0]), row[1], row[2]) for row in rows)


def stands(today: date) -> ColumnElement[bool]:
    """Return the condition that a delegation holds on a day."""
    return and_(
        Delegation.begins_on <= today, Delegation.ends_on >= today, Delegation.ended_at.is_(None)
    )


def _lent(account_id: UUID, own: Sequence[Grant], today: date) -> tuple[Grant, ...]:
    rows = db.session.execute(
        select(RoleGrant.role, Organisation.id, Organisation.path, Delegation.account_id)
        .join(Delegation, Delegation.account_id == RoleGrant.account_id)
        .join(Account, Account.id == Delegation.account_id)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(
            Delegation.delegate_id == account_id,
            stands(today),
            Account.active,
            RoleGrant.role.in_([role.value for role in DELEGABLE]),
        )
        .order_by(RoleGrant.id)
    )
    lent = (Grant(Role(row[0]), row[1], row[2], lent_by=row[3]) for row in rows)
    return tuple(grant for grant in lent if may_stand_in(grant, own))


def places_within(actor: Actor, *roles: Role) -> Select[int]:
    """Select the organisations that one of the actor's roles reaches; the system reaches all."""
    if actor.kind is ActorKind.SYSTEM:
        return select(Organisation.id)
    below = [
        Organisation.path.startswith(grant.path, autoescape=True)
        for grant in actor.grants
        if grant.role in roles
    ]
    return select(Organisation.id).where(or_(*below) if below else false())


def holders(path: str, *roles: Role, today: date) -> list[UUID]:
    """Return the active accounts whose role reaches the organisation at ``path``.

    Who stands in today for one of them is among them.
    """
    own = db.session.scalars(
        select(RoleGrant.account_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            Account.active,
            RoleGrant.role.in_([role.value for role in roles]),
            RoleGrant.organisation_id.in_(places_of(path)),
        )
        .distinct()
    )
    return sorted({one for one in own if one is not None} | _delegates(path, roles, today))


def _delegates(path: str, roles: Iterable[Role], today: date) -> set[UUID]:
    """Return who holds today one of the roles over ``path`` in somebody's stead."""
    rows = db.session.execute(
        select(Delegation.delegate_id, RoleGrant.role, Organisation.id, Organisation.path)
        .join(RoleGrant, RoleGrant.account_id == Delegation.account_id)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(
            stands(today),
            Delegation.account_id.in_(select(Account.id).where(Account.active)),
            Delegation.delegate_id.in_(select(Account.id).where(Account.active)),
            RoleGrant.role.in_([role.value for role in DELEGABLE.intersection(roles)]),
            RoleGrant.organisation_id.in_(places_of(path)),
        )
    ).all()
    own = own_grants_of(row[0] for row in rows)
    return {
        row[0] for row in rows if may_stand_in(Grant(Role(row[1]), row[2], row[3]), own[row[0]])
    }


def own_grants_of(account_ids: Iterable[UUID]) -> dict[UUID, list[Grant]]:
    """Return what accounts may do in their own names, by account."""
    found: dict[UUID, list[Grant]] = defaultdict(list)
    rows = db.session.execute(
        select(RoleGrant.account_id, RoleGrant.role, Organisation.id, Organisation.path)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(RoleGrant.account_id.in_(set(account_ids)))
    )
    for holder, role, organisation_id, path in rows:
        if holder is not None:
            found[holder].append(Grant(Role(role), organisation_id, path))
    return found
