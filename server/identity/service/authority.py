"""Whether an official may act here, and the locks that order two of them."""

from sqlalchemy import text

from server.core.access import Actor, ActorKind, Role
from server.core.database import db
from server.core.errors import Refusal

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


def lock(name: str) -> None:
    """Let one transaction at a time go on, until it ends."""
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
    )
