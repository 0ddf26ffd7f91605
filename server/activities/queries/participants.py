"""Reading who takes part, who waits, and how many places are left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import aliased

from server.activities.models import Activity, ActivityPlaces, Participation
from server.activities.queries.activities import partners
from server.activities.queries.agreements import bound_by_agreement
from server.activities.rules import LENT_KINDS, ORGANISER_ROLES, QUEUED, TAKING_PART, Standing
from server.core import clock
from server.core.access import Actor, ActorKind
from server.core.database import db
from server.identity import queries as identity
from server.membership import queries as membership

MOST_CANDIDATES = 20


@dataclass(frozen=True)
class Places:
    """An activity's places; ``capacity`` None has no end."""

    capacity: int | None
    taken: int
    waiting: int


@dataclass(frozen=True)
class Mine:
    """Where a person stands with an activity; ``ahead`` is how many wait before it."""

    standing: str
    number: int
    ahead: int


def participation(activity_id: int, person_id: UUID) -> Participation | None:
    """Return a person's row in an activity, whatever its standing, or None."""
    return db.session.scalar(
        select(Participation).where(
            Participation.activity_id == activity_id, Participation.person_id == person_id
        )
    )


def roster(
    activity_id: int, standings: Iterable[Standing] = TAKING_PART
) -> Sequence[Participation]:
    """Return who takes part: holders of places first, then the waiting, each in turn order."""
    order = {Standing.JOINED: 0, Standing.WALK_IN: 1, Standing.WAITING: 2}
    rows = db.session.scalars(
        select(Participation)
        .where(
            Participation.activity_id == activity_id,
            Participation.standing.in_([one.value for one in standings]),
        )
        .order_by(Participation.number, Participation.id)
    ).all()
    return sorted(rows, key=lambda row: order.get(Standing(row.standing), len(order)))


def queued_persons(activity_id: int) -> Sequence[UUID]:
    """Return who holds a place or waits for one."""
    return db.session.scalars(
        select(Participation.person_id).where(
            Participation.activity_id == activity_id,
            Participation.standing.in_([one.value for one in QUEUED]),
        )
    ).all()


def places(activity_ids: Iterable[int]) -> dict[int, Places]:
    """Return the places of activities with one statement."""
    waiting = (
        select(func.count())
        .where(
            Participation.activity_id == ActivityPlaces.activity_id,
            Participation.standing == Standing.WAITING.value,
        )
        .correlate(ActivityPlaces)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            ActivityPlaces.activity_id, ActivityPlaces.capacity, ActivityPlaces.taken, waiting
        ).where(ActivityPlaces.activity_id.in_(list(activity_ids)))
    )
    return {row[0]: Places(row[1], row[2], row[3]) for row in rows}


def mine(activity_ids: Iterable[int], person_id: UUID) -> dict[int, Mine]:
    """Return where a person stands with activities, left and removed included, in one statement."""
    other = aliased(Participation)
    ahead = (
        select(func.count())
        .where(
            other.activity_id == Participation.activity_id,
            other.standing == Standing.WAITING.value,
            other.number < Participation.number,
            Participation.standing == Standing.WAITING.value,
        )
        .correlate(Participation)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Participation.activity_id, Participation.standing, Participation.number, ahead
        ).where(
            Participation.person_id == person_id,
            Participation.activity_id.in_(list(activity_ids)),
        )
    )
    return {row[0]: Mine(row[1], row[2], row[3]) for row in rows}


def may_add(held: Activity, person: membership.Person, actor: Actor) -> bool:
    """Tell whether an actor who organises an activity may take a person into it.

    He may where his own roles reach the person's branch, or where a partner that has an agreement
    in force with the organiser lends its people. Whom the activity is for is not asked.
    """
    if not person.active:
        return False
    path = identity.organisation(person.branch_id).path
    return any(path.startswith(one) for one in _open_paths(held, actor))


def candidates(held: Activity, q: str, actor: Actor) -> list[membership.RosterRow]:
    """Return the first persons by pinyin that a search finds among those who can be added."""
    if not q.strip():
        return []
    paths = _open_paths(held, actor)
    below = [identity.Organisation.path.startswith(path, autoescape=True) for path in paths]
    units = db.session.scalars(select(identity.Organisation.id).where(or_(false(), *below))).all()
    taking = {row.person_id for row in roster(held.id)}
    found = membership.persons_of_branches(units, q)
    return [row for row in found if row.id not in taking][:MOST_CANDIDATES]


def _open_paths(held: Activity, actor: Actor) -> list[str]:
    """Return the places of the tree whose people an organiser may name.

    A partner opens its people only under an agreement: the organiser alone says who its partners
    are. It opens a branch, or a general branch with those below it, and never what an upper body
    stands above.
    """
    if actor.kind is ActorKind.SYSTEM:
        return [""]
    reached = [grant.path for grant in actor.grants if grant.role in ORGANISER_ROLES]
    willing = bound_by_agreement(held.organiser_id, on=clock.today())
    lent = [one.path for one in partners(held.id) if one.kind in LENT_KINDS and one.id in willing]
    return [*reached, *lent]
