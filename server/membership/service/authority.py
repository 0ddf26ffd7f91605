"""Whether somebody may act on a branch, and the branch itself."""

from server.core.access import Actor, ActorKind, Role
from server.core.errors import Refusal
from server.identity import queries as identity
from server.identity.queries import Organisation
from server.identity.rules import OrganisationKind
from server.membership.rules import PARTY_KINDS


def require_reach(actor: Actor, branch_id: int, *roles: Role) -> Organisation:
    """Return a branch that one of the actor's roles reaches; refuse with 404 or 403.

    The system itself (set-up, the demo city) may act.
    """
    branch = identity.organisation(branch_id)
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(branch.path, *roles)
    return branch


def require_branch(actor: Actor, branch_id: int, *roles: Role) -> Organisation:
    """Return a branch in reach that can take somebody in; refuse others."""
    branch = require_reach(actor, branch_id, *roles)
    if OrganisationKind(branch.kind) not in PARTY_KINDS:
        raise Refusal("branch_needed", 409, field="branch_id")
    if not branch.active:
        raise Refusal("branch_inactive", 409, field="branch_id")
    return branch
