"""Reading organisations, members, accounts, grants and invitations."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import selectinload

from server.core.access import Role
from server.core.crypto import unseal
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.core.paging import Page, newest_first, page
from server.identity.delegations import colleagues, delegation_page, stood_in_for
from server.identity.models import Account, Invitation, Member, Organisation, RoleGrant
from server.identity.phones import account_of_phone, linked_at, phones_of
from server.identity.reach import access_grants, holders, places_within
from server.identity.rules import (
    OPENID_PURPOSE,
    RATED_KINDS,
    REPRESENTATIONS,
    OrganisationKind,
    places_of,
    searchable,
)

__all__ = [
    "Account",
    "Invitation",
    "Member",
    "Organisation",
    "RoleGrant",
    "access_grants",
    "account_of_phone",
    "colleagues",
    "delegation_page",
    "holders",
    "linked_at",
    "phones_of",
    "places_within",
    "stood_in_for",
]


# Organisations


def organisation(organisation_id: int) -> Organisation:
    """Return one organisation; refuse with 404."""
    found = db.session.get(Organisation, organisation_id)
    if found is None:
        raise Refusal("organisation_unknown", 404)
    return found


def organisation_for_update(organisation_id: int) -> Organisation:
    """Return one organisation, read afresh, with its row locked until the transaction ends."""
    found = db.session.get(
        Organisation, organisation_id, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise Refusal("organisation_unknown", 404)
    return found


def matches(q: str, organisation: Any = Organisation) -> ColumnElement[bool]:
    """Return the condition that name, short name, alias, pinyin or initials contain ``q``.

    ``organisation`` is an alias where a query has several organisations.
    """
    found: ColumnElement[bool] = organisation.search_key.contains(searchable(q), autoescape=True)
    return found


def organisations(
    *,
    q: str = "",
    kind: OrganisationKind | None = None,
    under_path: str = "",
    cursor: str | None = None,
    limit: int = 50,
    active: bool | None = True,
) -> Page[Organisation]:
    """Return organisations by pinyin; ``active=None`` takes retired ones along."""
    query = select(Organisation)
    if q:
        query = query.where(matches(q))
    if kind is not None:
        query = query.where(Organisation.kind == kind.value)
    if under_path:
        query = query.where(Organisation.path.startswith(under_path, autoescape=True))
    if active is not None:
        query = query.where(Organisation.active.is_(active))
    found = by_pinyin(query, cursor=cursor, limit=limit)
    return Page([row[0] for row in found.items], found.next_cursor)


def by_pinyin(
    query: Select[*tuple[Any, ...]], *, at: int = 0, cursor: str | None, limit: int
) -> Page[Any]:
    """Return a page of rows by the pinyin of their organisation, which stands ``at`` in each."""
    return page(
        query,
        [Organisation.sort_key, Organisation.id],
        kinds=[str, int],
        key=lambda row: [row[at].sort_key, row[at].id],
        cursor=cursor,
        limit=limit,
    )


def rated_departments() -> Sequence[Organisation]:
    """Return every active organisation of a kind that is rated, by pinyin."""
    return db.session.scalars(
        select(Organisation)
        .where(Organisation.active, Organisation.kind.in_([kind.value for kind in RATED_KINDS]))
        .order_by(Organisation.sort_key, Organisation.id)
    ).all()


def organisations_of_kinds(kinds: Iterable[OrganisationKind]) -> Sequence[Organisation]:
    """Return every active organisation of some kinds, by pinyin."""
    return db.session.scalars(
        select(Organisation)
        .where(Organisation.active, Organisation.kind.in_([kind.value for kind in kinds]))
        .order_by(Organisation.sort_key, Organisation.id)
    ).all()


def upper_organisations() -> Sequence[Organisation]:
    """Return every active organisation that can have others below it, as a tree from the top."""
    found = db.session.scalars(
        select(Organisation).where(
            Organisation.active, Organisation.kind != OrganisationKind.ENTERPRISE.value
        )
    ).all()
    keys = {one.id: (one.sort_key, one.id) for one in found}
    return sorted(
        found, key=lambda one: [keys.get(place, ("", place)) for place in places_of(one.path)]
    )


def children(organisation_id: int) -> Sequence[Organisation]:
    """Return what stands directly below an organisation, by pinyin, retired ones included."""
    return db.session.scalars(
        select(Organisation)
        .where(Organisation.parent_id == organisation_id)
        .order_by(Organisation.sort_key, Organisation.id)
    ).all()


def organisations_by_id(ids: Iterable[int]) -> Sequence[Organisation]:
    """Return some organisations by pinyin."""
    return db.session.scalars(
        select(Organisation)
        .where(Organisation.id.in_(list(ids)))
        .order_by(Organisation.sort_key, Organisation.id)
    ).all()


def organisation_names(ids: Iterable[int]) -> dict[int, str]:
    """Return the names of organisations, for lists."""
    rows = db.session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(list(ids)))
    )
    return {row[0]: row[1] for row in rows}


def root() -> Organisation | None:
    """Return the oldest organisation that stands under no other, or None in an empty system."""
    return db.session.scalar(
        select(Organisation)
        .where(Organisation.parent_id.is_(None))
        .order_by(Organisation.id)
        .limit(1)
    )


# Members


def member(member_id: UUID) -> Member:
    """Return one member; refuse an erased one with 401: the phone has to sign in again."""
    found = db.session.get(Member, member_id)
    if found is None:
        raise Refusal("session_expired", 401)
    return found


def openid(member_id: UUID) -> str:
    """Return a member's openid in the clear, for WeChat alone."""
    sealed = member(member_id).openid_sealed
    return unseal(standing_key("openid"), sealed, OPENID_PURPOSE).decode()


def represents(
    member_id: UUID, organisation_id: int, role: Role = Role.ENTERPRISE_REPRESENTATIVE
) -> bool:
    """Tell whether a member is bound to an organisation as its representative."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    RoleGrant.member_id == member_id,
                    RoleGrant.organisation_id == organisation_id,
                    RoleGrant.role == role.value,
                )
            )
        )
    )


# Accounts


def account(account_id: UUID) -> Account:
    """Return one account with its grants; refuse with 404."""
    found: Account | None = db.session.scalar(
        select(Account).where(Account.id == account_id).options(selectinload(Account.grants))
    )
    if found is None:
        raise Refusal("account_unknown", 404)
    return found


def account_by_name(name: str) -> Account | None:
    """Return the account that signs in under ``name``, in whatever case, or None."""
    return db.session.scalar(select(Account).where(func.lower(Account.name) == name.lower()))


def accounts(q: str = "", cursor: str | None = None, limit: int = 50) -> Page[Account]:
    """Return accounts with their grants by name; ``q`` is part of the name or of the person's."""
    order = func.lower(Account.name)
    query = select(Account).options(selectinload(Account.grants))
    if q:
        query = query.where(
            order.contains(q.lower(), autoescape=True)
            | Account.display_name.contains(q, autoescape=True)
        )
    found = page(
        query,
        [order],
        kinds=[str],
        key=lambda row: [row[0].name.lower()],
        cursor=cursor,
        limit=limit,
    )
    return Page([row[0] for row in found.items], found.next_cursor)


def account_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the display names of accounts, for lists that show who did something."""
    rows = db.session.execute(
        select(Account.id, Account.display_name).where(Account.id.in_(list(ids)))
    )
    return {row[0]: row[1] for row in rows}


def active_administrators() -> Sequence[Account]:
    """Return the active accounts that administer the whole: those granted at a root."""
    holders = (
        select(RoleGrant.account_id)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(RoleGrant.role == Role.ADMINISTRATOR.value, Organisation.parent_id.is_(None))
    )
    return db.session.scalars(
        select(Account)
        .where(Account.active, Account.id.in_(holders))
        .order_by(func.lower(Account.name))
    ).all()


def session_is_current(account_id: UUID, epoch: int) -> bool:
    """Tell whether a session or token of this epoch still stands."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Account.id == account_id, Account.active, Account.session_epoch == epoch
                )
            )
        )
    )


# Grants and invitations


def grant(grant_id: int) -> RoleGrant:
    """Return one grant; refuse with 404."""
    found = db.session.get(RoleGrant, grant_id)
    if found is None:
        raise Refusal("grant_unknown", 404)
    return found


def grant_for_update(grant_id: int) -> RoleGrant | None:
    """Return one grant, read afresh, with its row locked until the transaction ends."""
    return db.session.scalar(
        select(RoleGrant)
        .where(RoleGrant.id == grant_id)
        .with_for_update(of=RoleGrant)
        .execution_options(populate_existing=True)
    )


def representation_of(
    member_id: UUID, organisation_id: int, *, for_update: bool = False
) -> RoleGrant | None:
    """Return the grant by which a member speaks for an organisation, or None."""
    query = select(RoleGrant).where(
        RoleGrant.member_id == member_id,
        RoleGrant.organisation_id == organisation_id,
        RoleGrant.role.in_([role.value for role in REPRESENTATIONS]),
    )
    if for_update:
        query = query.with_for_update(of=RoleGrant).execution_options(populate_existing=True)
    return db.session.scalar(query)


def representations(organisation_id: int) -> Sequence[RoleGrant]:
    """Return the grants of those who speak for an organisation, oldest first; nobody's name."""
    return db.session.scalars(
        select(RoleGrant)
        .where(
            RoleGrant.organisation_id == organisation_id,
            RoleGrant.role.in_([role.value for role in REPRESENTATIONS]),
            RoleGrant.member_id.is_not(None),
        )
        .order_by(RoleGrant.id)
    ).all()


def grants_of_member(member_id: UUID) -> Sequence[RoleGrant]:
    """Return a member's grants with their organisations, oldest first."""
    return db.session.scalars(
        select(RoleGrant).where(RoleGrant.member_id == member_id).order_by(RoleGrant.id)
    ).all()


def grants_of_account(account_id: UUID) -> Sequence[RoleGrant]:
    """Return an account's grants with their organisations, oldest first."""
    return db.session.scalars(
        select(RoleGrant).where(RoleGrant.account_id == account_id).order_by(RoleGrant.id)
    ).all()


def invitations(organisation_id: int) -> Sequence[Invitation]:
    """Return an organisation's invitations, newest first."""
    return db.session.scalars(
        select(Invitation)
        .where(Invitation.organisation_id == organisation_id)
        .order_by(Invitation.created_at.desc(), Invitation.id)
    ).all()


def invitation_page(
    organisation_id: int, *, cursor: str | None, limit: int = 20
) -> Page[Invitation]:
    """Return a page of an organisation's invitations and hand-overs, newest first."""
    query = select(Invitation).where(Invitation.organisation_id == organisation_id)
    return newest_first(
        query, Invitation.created_at, Invitation.id, kind=UUID, cursor=cursor, limit=limit
    )


def hand_over_moments(organisation_id: int) -> set[datetime]:
    """Return when representatives of an organisation took over; a grant began at that moment."""
    moments = db.session.scalars(
        select(Invitation.redeemed_at).where(
            Invitation.organisation_id == organisation_id, Invitation.hands_over_from.is_not(None)
        )
    )
    return {moment for moment in moments if moment is not None}


def invitation(invitation_id: UUID) -> Invitation:
    """Return one invitation; refuse with 404."""
    found = db.session.get(Invitation, invitation_id)
    if found is None:
        raise Refusal("invitation_unknown", 404)
    return found


def invitation_for_update(invitation_id: UUID) -> Invitation:
    """Return one invitation, read afresh, with its row locked; refuse with 404."""
    found = db.session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id)
        .with_for_update(of=Invitation)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Refusal("invitation_unknown", 404)
    return found
