"""Reading who takes part, who waits, and how many places are left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from server.activities.models import Activity, ActivityPlaces, Participation
from server.activities.queries.activities import activity, holder_ids
from server.activities.rules import QUEUED, TAKING_PART, Standing
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries as identity
from server.membership import queries as membership

MOST_CANDIDATES = 50


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


def by_ticket(ticket: bytes) -> Participation | None:
    """Return whose ticket this is, or None."""
    return db.session.scalar(select(Participation).where(Participation.ticket == ticket))


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


def activity_for_person(activity_id: int, person_id: UUID) -> tuple[Activity, Participation]:
    """Return an announced or cancelled activity and a person's part in it.

    Raises Refusal activity_unknown (404), or not_joined (409) where the person takes no part.
    """
    found = activity(activity_id)
    if found.announced_at is None:
        raise Refusal("activity_unknown", 404)
    part = participation(activity_id, person_id)
    if part is None or part.standing not in TAKING_PART:
        raise Refusal("not_joined", 409)
    return found, part


def holders_units(held: Activity) -> Sequence[int]:
    """Return organiser and partners with every organisation below them."""
    paths = [one.path for one in identity.organisations_by_id(holder_ids(held))]
    return db.session.scalars(
        select(identity.Organisation.id).where(
            or_(*(identity.Organisation.path.startswith(path, autoescape=True) for path in paths))
        )
    ).all()


def candidates(held: Activity, q: str = "") -> list[membership.RosterRow]:
    """Return persons of the holders' branches who take no part yet, by pinyin, fifty at most.

    Without a search only the organiser's own people are shown.
    """
    units = holders_units(held) if q else [held.organiser_id]
    taking = {row.person_id for row in roster(held.id)}
    found = membership.persons_of_branches(units, q)
    return [row for row in found if row.id not in taking and row.active][:MOST_CANDIDATES]
