"""The roles of bound phones, kept in step with branch and post."""

from datetime import datetime
from uuid import UUID

from server.core.access import Role
from server.identity import service as identity
from server.membership.models import Person
from server.membership.rules import Post, roles_of

Place = tuple[Role, int]


def held(person: Person) -> set[Place]:
    """Return the roles that a person's post gives to its phone."""
    return roles_of(Post(person.post), person.branch_id) if person.active else set()


def keep_in_step(person: Person, before: set[Place], now: datetime) -> None:
    """Give the phone of a bound person what its post gives now, for what it gave before."""
    if person.member_id is not None:
        identity.exchange_roles(person.member_id, taken=before, given=held(person), now=now)


def give(member_id: UUID, person: Person, now: datetime) -> None:
    """Give a phone that was just bound what the person's post gives."""
    identity.exchange_roles(member_id, given=held(person), now=now)


def take(member_id: UUID, person: Person, now: datetime) -> None:
    """Take from a phone what the person's post gave it."""
    identity.exchange_roles(member_id, taken=held(person), now=now)
