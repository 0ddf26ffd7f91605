"""Whether somebody may organise here."""

from server.activities import queries
from server.activities.models import Activity, Agreement
from server.activities.rules import ORGANISER_ROLES
from server.core.access import Actor, ActorKind
from server.core.errors import Refusal


def require_organiser(path: str, actor: Actor) -> None:
    """Refuse with 403 unless the actor may organise for the organisation at ``path``."""
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(path, *ORGANISER_ROLES)


def require_manager(activity: Activity, actor: Actor) -> None:
    """Refuse unless the actor manages an activity: 404 where it could not even see it."""
    if not queries.may_manage(activity, actor):
        if activity.announced_at is None:
            raise Refusal("activity_unknown", 404)
        raise Refusal("not_allowed", 403)


def require_keeper(agreement: Agreement, actor: Actor) -> None:
    """Refuse unless the actor may organise for an agreement's host."""
    if not queries.may_manage_agreement(agreement, actor):
        raise Refusal("not_allowed", 403)
