"""What of the tree the signed-in person sees at the desk of Party work."""

from server.core.access import Actor, Role, current_actor
from server.core.errors import Refusal
from server.identity import queries as identity
from server.identity.queries import Organisation

READERS = (Role.PARTY_STAFF, Role.OFFICE)


def scopes(actor: Actor, *roles: Role) -> list[str]:
    """Return the places in the tree from which somebody's grants reach down, the topmost alone."""
    paths = {grant.path for grant in actor.grants if grant.role in (roles or READERS)}
    return sorted(
        path for path in paths if not any(path != one and path.startswith(one) for one in paths)
    )


def chosen_scopes(actor: Actor, organisation_id: int | None) -> tuple[list[str], int | None]:
    """Return the places to look below: one organisation's, where it was chosen and is reached."""
    if organisation_id is None:
        return scopes(actor), None
    chosen = reached(organisation_id, actor)
    return [chosen.path], chosen.id


def reached(organisation_id: int, actor: Actor | None = None) -> Organisation:
    """Return an organisation that the person may read about; refuse with 403 or 404."""
    found = identity.organisation(organisation_id)
    (actor or current_actor()).require(found.path, *READERS)
    return found


def require_reader(path: str) -> None:
    """Refuse unless the signed-in person may read about the organisation at ``path``."""
    if not current_actor().reaches(path, *READERS):
        raise Refusal("not_allowed", 403)
