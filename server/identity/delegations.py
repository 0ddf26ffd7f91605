"""Reading delegations: who stands in for whom, and who could."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from server.core.access import Grant
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.identity.models import Account, Delegation, RoleGrant
from server.identity.reach import own_grants, own_grants_of, stands
from server.identity.rules import COLLEAGUES, DELEGABLE, may_stand_in

PAGE = 20


@dataclass(frozen=True)
class Colleague:
    """Somebody who may be named a delegate, and what of the lender's they would hold."""

    account: Account
    grants: Sequence[Grant]


def delegation_for_update(delegation_id: UUID) -> Delegation:
    """Return one delegation, read afresh, with its row locked; refuse with 404."""
    found = db.session.get(Delegation, delegation_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("delegation_unknown", 404)
    return found


def delegation_page(account_id: UUID | None, *, cursor: str | None) -> Page[Delegation]:
    """Return delegations by and to an account, or everybody's, the newest first."""
    query = select(Delegation)
    if account_id is not None:
        query = query.where(
            or_(Delegation.account_id == account_id, Delegation.delegate_id == account_id)
        )
    return newest_first(
        query, Delegation.created_at, Delegation.id, kind=UUID, cursor=cursor, limit=PAGE
    )


def stood_in_for(account_id: UUID, today: date) -> Sequence[Account]:
    """Return in whose stead an account acts today."""
    return db.session.scalars(
        select(Account)
        .join(Delegation, Delegation.account_id == Account.id)
        .where(Delegation.delegate_id == account_id, stands(today), Account.active)
        .order_by(func.lower(Account.name))
    ).all()


def overlaps(account_id: UUID, begins_on: date, ends_on: date) -> bool:
    """Tell whether somebody has named a delegate already for one of these days."""
    found: Any = db.session.scalar(
        select(Delegation.id)
        .where(
            Delegation.account_id == account_id,
            Delegation.ended_at.is_(None),
            Delegation.begins_on <= ends_on,
            Delegation.ends_on >= begins_on,
        )
        .limit(1)
    )
    return found is not None


def colleagues(account_id: UUID) -> Sequence[Colleague]:
    """Return who could stand in for an account, by name."""
    lent = [grant for grant in own_grants(account_id) if grant.role in DELEGABLE]
    if not lent:
        return []
    near = select(RoleGrant.account_id).where(
        RoleGrant.organisation_id.in_({grant.organisation_id for grant in lent}),
        RoleGrant.role.in_([role.value for role in COLLEAGUES]),
    )
    accounts = db.session.scalars(
        select(Account)
        .where(Account.active, Account.id.in_(near), Account.id != account_id)
        .order_by(func.lower(Account.name))
    ).all()
    own = own_grants_of(one.id for one in accounts)
    found = [
        Colleague(one, [grant for grant in lent if may_stand_in(grant, own[one.id])])
        for one in accounts
    ]
    return [one for one in found if one.grants]
