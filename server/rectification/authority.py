"""Who may do what about a case. The rated department never decides on its own.

Somebody can hold several roles, and stand in for others: whoever speaks for the department in any
of them, belongs to it, or has acted in its name in this case, is of its side in all of them.
"""

from uuid import UUID

from sqlalchemy import select

from server.core.access import Actor, ActorKind, Role
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries as identity
from server.rectification.models import Case, CaseEvent
from server.rectification.rules import SYSTEM_ROLE

# Who speaks for a department.
DEPARTMENT = (Role.LIAISON, Role.HEAD)
READERS = (*DEPARTMENT, Role.OFFICE, Role.INSPECTOR)


def path_of(case: Case) -> str:
    """Return the place of a case's department in the tree."""
    return identity.organisation(case.department_id).path


def require_department(case: Case, actor: Actor) -> str:
    """Refuse unless the actor speaks for the case's department; return in which role."""
    return _role(actor, path_of(case), *DEPARTMENT)


def require_reader(case: Case, actor: Actor) -> None:
    """Refuse unless the actor's role lets him see the case."""
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(path_of(case), *READERS)


def require_neutral(case: Case, actor: Actor, *roles: Role) -> str:
    """Refuse unless the actor holds one of the roles and isn't of the department's side."""
    if actor.kind is ActorKind.SYSTEM:
        return SYSTEM_ROLE
    path = path_of(case)
    role = _role(actor, path, *roles)
    if is_of_department(case, path, actor):
        raise Refusal("case_not_yours_to_decide", 403)
    return role


def is_of_department(case: Case, path: str, actor: Actor) -> bool:
    """Tell whether somebody is of the department's side in a case.

    An inspector stationed in the department is granted his role there, and is not its own man.
    """
    for grant in actor.grants:
        if grant.role in DEPARTMENT and path.startswith(grant.path):
            return True
        if grant.role is not Role.INSPECTOR and grant.path.startswith(path):
            return True
    return any(actor.counts_as(account) for account in _spoke_for(case.id))


def has_acted(case_id: UUID) -> bool:
    """Tell whether somebody has done anything about a case in its department's name."""
    return bool(_spoke_for(case_id))


def _spoke_for(case_id: UUID) -> list[UUID]:
    """Return who has acted in the department's name, whatever their roles are today."""
    found = db.session.scalars(
        select(CaseEvent.account_id)
        .where(
            CaseEvent.case_id == case_id,
            CaseEvent.role.in_([role.value for role in DEPARTMENT]),
            CaseEvent.account_id.is_not(None),
        )
        .distinct()
    )
    return [one for one in found if one is not None]


def _role(actor: Actor, path: str, *roles: Role) -> str:
    """Return the first of some roles that reaches a place; refuse where none does."""
    if actor.kind is ActorKind.SYSTEM:
        return SYSTEM_ROLE
    for role in roles:
        if actor.reaches(path, role):
            return role.value
    raise Refusal("not_allowed", 403)


def role_at(path: str, actor: Actor, *roles: Role) -> str:
    """Return in which of some roles the actor acts at a place; refuse where in none."""
    return _role(actor, path, *roles)
