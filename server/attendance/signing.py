"""Who signs: a person rather than its phone, so that a new phone is nobody new."""

from uuid import UUID

from server.core.access import Actor, ActorKind
from server.membership import queries as membership


def person_of(actor: Actor) -> UUID | None:
    """Return the person that an actor's phone is bound to, if any."""
    if actor.kind is not ActorKind.MEMBER or actor.id is None:
        return None
    person = membership.person_of_member(actor.id)
    return person.id if person else None


def signature_of(actor: Actor) -> UUID | None:
    """Return what an actor's decisions are signed with: its person, or its account."""
    return person_of(actor) if actor.kind is ActorKind.MEMBER else actor.id
