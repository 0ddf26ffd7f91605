"""Who may review what, as a question to a loaded entry and as a condition of a query.

The branch's step is open to whoever may organise for the branch; the office's step to an office
account that reaches it, and to Party staff of a body above the branch. Nobody reviews what is its
own, and one person never does both steps on one item.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_

from server.activities.rules import ORGANISER_ROLES
from server.core.access import Actor, ActorKind, Role
from server.core.errors import Refusal
from server.frontline.rules import ReviewStep
from server.identity import queries as identity
from server.membership import queries as membership
from server.membership.queries import Person

Organisation = identity.Organisation


@dataclass(frozen=True)
class Caller:
    """An actor, and the person that its phone is bound to.

    ``id`` is what reviews are signed with: the person, so that a new phone is no new reviewer; else
    the account or member.
    """

    actor: Actor
    id: UUID | None
    person_id: UUID | None = None
    branch_id: int | None = None

    @property
    def is_member(self) -> bool:
        """Whether this is a person of a branch or somebody who reviews."""
        return self.person_id is not None or self.actor.has(*ORGANISER_ROLES, Role.OFFICE)

    def is_person(self, reviewer: UUID | None) -> bool:
        """Tell whether a review of this signature counts as the caller's own."""
        return (reviewer is not None and reviewer == self.id) or self.actor.counts_as(reviewer)


def caller_of(actor: Actor) -> Caller:
    """Return an actor with the person that it is bound to, if any."""
    if actor.kind is not ActorKind.MEMBER or actor.id is None:
        return Caller(actor, actor.id)
    person = membership.person_of_member(actor.id)
    if person is None:
        return Caller(actor, actor.id)
    return Caller(actor, person.id, person.id, person.branch_id)


def may_organise(actor: Actor, path: str) -> bool:
    """Tell whether somebody may organise for the organisation at ``path``."""
    return actor.reaches(path, *ORGANISER_ROLES)


def may_review(actor: Actor, path: str, step: ReviewStep) -> bool:
    """Tell whether somebody may take a step for the branch at ``path``, whoever the author is."""
    if step is ReviewStep.BRANCH:
        return may_organise(actor, path)
    if actor.kind is ActorKind.ACCOUNT and actor.reaches(path, Role.OFFICE):
        return True
    return any(
        grant.role is Role.PARTY_STAFF and path != grant.path and path.startswith(grant.path)
        for grant in actor.grants
    )


def steps_of(actor: Actor, path: str) -> list[ReviewStep]:
    """Return the steps that somebody may take for the branch at ``path``."""
    return [step for step in ReviewStep if may_review(actor, path, step)]


def reviewable(actor: Actor, step: ReviewStep) -> ColumnElement[bool]:
    """Narrow a query that has joined Organisation to the branches that ``may_review`` allows."""
    conditions: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        below = Organisation.path.startswith(grant.path, autoescape=True)
        if step is ReviewStep.BRANCH:
            if grant.role in ORGANISER_ROLES:
                conditions.append(below)
        elif grant.role is Role.OFFICE and actor.kind is ActorKind.ACCOUNT:
            conditions.append(below)
        elif grant.role is Role.PARTY_STAFF:
            conditions.append(and_(below, Organisation.path != grant.path))
    return or_(*conditions) if conditions else false()


def author_of(actor: Actor, owner: UUID | None = None) -> Person:
    """Return the person who writes.

    Who is bound to none, and asks for somebody's item, is told that there is no such item; who
    begins one is told to bind first (403).
    """
    if actor.kind is not ActorKind.MEMBER or actor.id is None:
        raise Refusal("person_not_bound", 403)
    if owner is None:
        return membership.bound_person(actor.id)
    person = membership.person_of_member(actor.id)
    if person is None:
        raise Refusal("not_found", 404)
    return person
