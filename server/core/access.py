"""Who may do what: roles, grants that reach down the tree, and the rule that each route states.

A route without a stated rule fails ``tests/architecture``. The rule says who gets in at the door;
whether a person may act on *this* organisation is asked by the service with ``Actor.require``.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Protocol, TypeVar
from uuid import UUID

from flask import current_app, g

from server.core.errors import Refusal

View = TypeVar("View", bound=Callable[..., Any])


class Role(enum.StrEnum):
    """The roles of domain.md, on the phone and at the desk."""

    CITIZEN = "citizen"
    ENTERPRISE_REPRESENTATIVE = "enterprise_representative"
    MEMBER = "member"
    SECRETARY = "secretary"
    ORGANISER = "organiser"
    COMMUNITY_REPRESENTATIVE = "community_representative"
    LIAISON = "liaison"
    HEAD = "head"
    OFFICE = "office"
    PARTY_STAFF = "party_staff"
    METHOD_OWNER = "method_owner"
    ADJUDICATOR = "adjudicator"
    INSPECTOR = "inspector"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_LABELS = {
    Role.CITIZEN: "市民",
    Role.ENTERPRISE_REPRESENTATIVE: "企业代表",
    Role.MEMBER: "党员",
    Role.SECRETARY: "支部书记",
    Role.ORGANISER: "活动组织者",
    Role.COMMUNITY_REPRESENTATIVE: "社区村代表",
    Role.LIAISON: "联络员",
    Role.HEAD: "部门负责人",
    Role.OFFICE: "评价办",
    Role.PARTY_STAFF: "党务干部",
    Role.METHOD_OWNER: "牵头部门",
    Role.ADJUDICATOR: "申诉裁定",
    Role.INSPECTOR: "派驻纪检组",
    Role.AUDITOR: "审计员",
    Role.ADMINISTRATOR: "系统管理员",
}

PHONE_ROLES = frozenset(
    {
        Role.CITIZEN,
        Role.ENTERPRISE_REPRESENTATIVE,
        Role.MEMBER,
        Role.SECRETARY,
        Role.ORGANISER,
        Role.COMMUNITY_REPRESENTATIVE,
    }
)
DESK_ROLES = frozenset(Role) - PHONE_ROLES


class ActorKind(enum.StrEnum):
    """What stands behind a request."""

    NOBODY = "nobody"
    MEMBER = "member"
    ACCOUNT = "account"
    SYSTEM = "system"


@dataclass(frozen=True)
class Grant:
    """A role in an organisation; ``path`` is that organisation's place in the tree.

    ``lent_by`` is the account in whose stead it is held, of somebody on leave.
    """

    role: Role
    organisation_id: int
    path: str
    lent_by: UUID | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts: an argument of every service function that writes.

    ``in_stead_of`` fills with the accounts without whose lent roles a door would have stayed shut;
    the audit entry of the act names them.
    """

    kind: ActorKind
    id: UUID | None = None
    grants: tuple[Grant, ...] = field(default=())
    in_stead_of: set[UUID] = field(default_factory=set, compare=False, repr=False)

    def has(self, *roles: Role) -> bool:
        """Tell whether the actor holds one of the roles anywhere."""
        return self._opens([grant for grant in self.grants if grant.role in roles])

    def reaches(self, path: str, *roles: Role) -> bool:
        """Tell whether one of the roles reaches the organisation at ``path``."""
        return self._opens(
            [grant for grant in self.grants if grant.role in roles and path.startswith(grant.path)]
        )

    def _opens(self, fitting: list[Grant]) -> bool:
        """Tell whether there is a fitting grant, and note where it is a lent one."""
        lenders = {grant.lent_by for grant in fitting}
        if None not in lenders:
            self.in_stead_of.update(one for one in lenders if one is not None)
        return bool(fitting)

    def counts_as(self, account_id: UUID | None) -> bool:
        """Tell whether a rule of two persons takes the actor for this account.

        Who stands in for somebody is no second person to that one's acts.
        """
        return account_id is not None and (
            account_id == self.id or any(grant.lent_by == account_id for grant in self.grants)
        )

    def require(self, path: str, *roles: Role) -> None:
        """Refuse unless one of the roles reaches the organisation at ``path``."""
        if not self.reaches(path, *roles):
            raise Refusal("not_allowed", 403)


NOBODY = Actor(ActorKind.NOBODY)
SYSTEM = Actor(ActorKind.SYSTEM)


class Authenticator(Protocol):
    """How a request shows who sends it; identity provides it at start."""

    def member_id(self) -> UUID | None:
        """Return the member of the bearer token, without asking the database."""

    def risk_rank(self) -> int | None:
        """Return WeChat's risk rank of the bearer token's member, where it was told at sign-in."""

    def actor(self) -> Actor:
        """Return the caller with grants, from the token or the console's session."""


def register_authenticator(app: Any, authenticator: Authenticator) -> None:
    """Set how requests are recognised."""
    app.extensions["authenticator"] = authenticator


def _authenticator() -> Authenticator:
    authenticator: Authenticator = current_app.extensions["authenticator"]
    return authenticator


def current_actor() -> Actor:
    """Return who sends this request; read once a request."""
    if "actor" not in g:
        g.actor = _authenticator().actor()
    actor: Actor = g.actor
    return actor


def current_member_id() -> UUID | None:
    """Return the member of this request's token, without a look into the database."""
    return _authenticator().member_id()


def current_risk_rank() -> int | None:
    """Return WeChat's risk rank of this request's member, 0 to 4, where the token carries one."""
    return _authenticator().risk_rank()


def signed_in_member() -> UUID:
    """Return the member of this request's token; refuse with 401 where there is none."""
    member_id = current_member_id()
    if member_id is None:
        raise Refusal("sign_in_needed", 401)
    return member_id


@dataclass(frozen=True)
class AccessRule:
    """What a route states of its callers; read by the table test and the API document."""

    kind: str
    roles: frozenset[Role] = frozenset()


def _state(view: Callable[..., Any], rule: AccessRule) -> None:
    view.access_rule = rule  # type: ignore[attr-defined]


def anyone(view: View) -> View:
    """Open to the world: no sign-in is looked at."""
    _state(view, AccessRule("anyone"))
    return view


def signed_in(view: View) -> View:
    """Open to any member with a valid token; the database is not asked."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        signed_in_member()
        return view(*args, **kwargs)

    _state(guarded, AccessRule("signed_in"))
    return guarded  # type: ignore[return-value]


def requires(*roles: Role) -> Callable[[View], View]:
    """Open to callers who hold one of the roles somewhere; with none named, to any account."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = current_actor()
            if actor.kind is ActorKind.NOBODY:
                raise Refusal("sign_in_needed", 401)
            if roles and not actor.has(*roles):
                raise Refusal("not_allowed", 403)
            if not roles and actor.kind is not ActorKind.ACCOUNT:
                raise Refusal("not_allowed", 403)
            return view(*args, **kwargs)

        _state(guarded, AccessRule("requires", frozenset(roles)))
        return guarded  # type: ignore[return-value]

    return decorate
