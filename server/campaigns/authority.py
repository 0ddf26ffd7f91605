"""Who may set a campaign up."""

from collections.abc import Iterable

from server.core.access import Actor, ActorKind, Role


def require_office(paths: Iterable[str], actor: Actor) -> None:
    """Refuse an actor whose office does not reach every one of the departments at ``paths``.

    A district's office runs its district's campaigns, not the city's. The system itself may act.
    """
    if actor.kind is not ActorKind.SYSTEM:
        for path in paths:
            actor.require(path, Role.OFFICE)
