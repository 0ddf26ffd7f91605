"""Whether an official may act here, and the locks that order two of them."""

from server.core.access import Actor, ActorKind, Role
from server.core.errors import Refusal
from server.core.transaction import lock

TREE_LOCK = "organisation_tree"
ADMINISTRATORS_LOCK = "administrators"


def require_reach(actor: Actor, path: str, *roles: Role) -> None:
    """Refuse with 403 unless a role reaches ``path``; the system itself (set-up) may act."""
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(path, *roles)


def require_role(actor: Actor, *roles: Role) -> None:
    """Refuse with 403 unless the actor holds one of the roles somewhere."""
    if actor.kind is not ActorKind.SYSTEM and not actor.has(*roles):
        raise Refusal("not_allowed", 403)


def lock_tree() -> None:
    """Let nobody else add, change, move or retire organisations until this transaction ends."""
    lock(TREE_LOCK)
