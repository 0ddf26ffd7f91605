"""Reading recipients, parcels, their items, and inspectors' own lists."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first, page
from server.identity import queries as identity
from server.uptake.models import InspectionEntry, Parcel, ParcelItem, Recipient
from server.uptake.rules import DeliveryState, InspectionState, ItemState

Organisation = identity.Organisation
INSPECTOR = (Role.INSPECTOR,)


def require_office(actor: Actor) -> None:
    """Refuse unless the actor's office reaches the whole city: results are of all departments."""
    root = identity.root()
    actor.require("" if root is None else root.path, Role.OFFICE)


def recipients(*, active: bool = False) -> Sequence[Recipient]:
    """Return the recipients by name, with those that are no longer used unless told otherwise."""
    query = select(Recipient).order_by(Recipient.active.desc(), Recipient.name)
    return db.session.scalars(query.where(Recipient.active) if active else query).all()


def recipient(recipient_id: int) -> Recipient:
    """Return one recipient; refuse with 404."""
    found = db.session.get(Recipient, recipient_id)
    if found is None:
        raise Refusal("recipient_unknown", 404)
    return found


@dataclass(frozen=True)
class ParcelFilter:
    """What to look for among parcels; empty parts are not asked."""

    recipient_id: int | None = None
    quarter: str = ""
    state: str = ""


ACKNOWLEDGED, UNACKNOWLEDGED, DEAD = "acknowledged", "unacknowledged", "dead"


def parcel_page(asked: ParcelFilter, *, cursor: str | None, limit: int = 30) -> Page[Parcel]:
    """Return parcels, the latest first."""
    query = select(Parcel)
    if asked.recipient_id is not None:
        query = query.where(Parcel.recipient_id == asked.recipient_id)
    if asked.quarter:
        query = query.where(Parcel.quarter == asked.quarter)
    if asked.state == DEAD:
        query = query.where(Parcel.delivery == DeliveryState.DEAD.value)
    elif asked.state == ACKNOWLEDGED:
        query = query.where(Parcel.acknowledged_at.is_not(None))
    elif asked.state == UNACKNOWLEDGED:
        query = query.where(Parcel.acknowledged_at.is_(None))
    return newest_first(query, Parcel.made_at, Parcel.id, kind=UUID, cursor=cursor, limit=limit)


def parcel(parcel_id: UUID) -> Parcel:
    """Return one parcel; refuse with 404."""
    found = db.session.get(Parcel, parcel_id)
    if found is None:
        raise Refusal("parcel_unknown", 404)
    return found


def parcel_for_update(parcel_id: UUID) -> Parcel:
    """Return one parcel with its row locked; refuse with 404."""
    found = db.session.get(Parcel, parcel_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("parcel_unknown", 404)
    return found


def parcel_quarters() -> Sequence[str]:
    """Return the quarters of which something was handed on, the latest first."""
    query = select(Parcel.quarter).distinct().order_by(Parcel.quarter.desc())
    return db.session.scalars(query).all()


def due_ids(now: datetime) -> Sequence[UUID]:
    """Return the parcels whose next try is due, the longest waiting first."""
    return db.session.scalars(
        select(Parcel.id)
        .where(Parcel.delivery == DeliveryState.WAITING.value, Parcel.next_attempt_at <= now)
        .order_by(Parcel.next_attempt_at, Parcel.id)
    ).all()


def items(parcel_id: UUID) -> Sequence[ParcelItem]:
    """Return a parcel's items in the order in which its document names them."""
    places = {one["id"]: place for place, one in enumerate(parcel(parcel_id).document["items"])}
    found = db.session.scalars(select(ParcelItem).where(ParcelItem.parcel_id == parcel_id)).all()
    return sorted(found, key=lambda one: places.get(str(one.id), len(places)))


def item(item_id: UUID) -> ParcelItem:
    """Return one item; refuse with 404."""
    found = db.session.get(ParcelItem, item_id)
    if found is None:
        raise Refusal("parcel_item_unknown", 404)
    return found


def item_for_update(item_id: UUID) -> ParcelItem:
    """Return one item with its row locked; refuse with 404."""
    found = db.session.get(ParcelItem, item_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("parcel_item_unknown", 404)
    return found


def item_counts(parcel_ids: Collection[UUID]) -> dict[UUID, dict[ItemState, int]]:
    """Return how many items of each parcel stand how."""
    rows = db.session.execute(
        select(ParcelItem.parcel_id, ParcelItem.state, func.count())
        .where(ParcelItem.parcel_id.in_(list(parcel_ids)))
        .group_by(ParcelItem.parcel_id, ParcelItem.state)
    )
    found = {one: dict.fromkeys(ItemState, 0) for one in parcel_ids}
    for parcel_id, state, count in rows:
        found[parcel_id][ItemState(state)] = count
    return found


@dataclass(frozen=True)
class UsedItem:
    """An item with where it went."""

    item: ParcelItem
    parcel: Parcel
    recipient: str


def item_page(
    department_ids: Collection[int] | None,
    *,
    state: ItemState | None = None,
    cursor: str | None,
    limit: int = 30,
) -> Page[UsedItem]:
    """Return items of some departments, or of all, the latest parcel first."""
    query = (
        select(ParcelItem, Parcel, Recipient.name)
        .join(Parcel, Parcel.id == ParcelItem.parcel_id)
        .join(Recipient, Recipient.id == Parcel.recipient_id)
    )
    if department_ids is not None:
        query = query.where(ParcelItem.department_id.in_(list(department_ids)))
    if state is not None:
        query = query.where(ParcelItem.state == state.value)
    found = page(
        query,
        [Parcel.made_at, ParcelItem.id],
        kinds=[_moment, UUID],
        key=lambda row: [row[1].made_at.isoformat(), row[0].id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([UsedItem(*row) for row in found.items], found.next_cursor)


def item_count(department_id: int, states: Collection[ItemState]) -> int:
    """Return how many items about a department stand in some states."""
    return int(
        db.session.scalar(
            select(func.count()).where(
                ParcelItem.department_id == department_id,
                ParcelItem.state.in_([state.value for state in states]),
            )
        )
        or 0
    )


def stationed(actor: Actor) -> Sequence[Organisation]:
    """Return the departments that a stationed inspector follows, by pinyin."""
    return [one for one in identity.rated_departments() if actor.reaches(one.path, *INSPECTOR)]


def stationed_in(department_id: int, actor: Actor) -> Organisation:
    """Return a department in which the actor is stationed; refuse with 404 or 403."""
    found = identity.organisation(department_id)
    actor.require(found.path, *INSPECTOR)
    return found


@dataclass(frozen=True)
class EntryFilter:
    """What to look for among entries; empty parts are not asked."""

    q: str = ""
    department_id: int | None = None
    state: InspectionState | None = None
    overdue_on: date | None = None


def entry_page(
    asked: EntryFilter, *, actor: Actor, cursor: str | None, limit: int = 30
) -> Page[InspectionEntry]:
    """Return the entries about departments in which the actor is stationed, the latest first."""
    entry = InspectionEntry
    query = select(entry).where(
        entry.department_id.in_(identity.places_within(actor, Role.INSPECTOR))
    )
    if asked.q:
        query = query.where(
            or_(
                entry.text.contains(asked.q, autoescape=True),
                entry.outcome.contains(asked.q, autoescape=True),
            )
        )
    if asked.department_id is not None:
        query = query.where(entry.department_id == asked.department_id)
    if asked.state is not None:
        query = query.where(entry.state == asked.state.value)
    if asked.overdue_on is not None:
        query = query.where(
            entry.state == InspectionState.OPEN.value, entry.due_on < asked.overdue_on
        )
    return newest_first(query, entry.written_at, entry.id, kind=UUID, cursor=cursor, limit=limit)


def entry(entry_id: UUID, actor: Actor) -> InspectionEntry:
    """Return one entry about a department in which the actor is stationed; refuse others."""
    found = db.session.get(InspectionEntry, entry_id)
    if found is None:
        raise Refusal("inspection_unknown", 404)
    stationed_in(found.department_id, actor)
    return found


def entry_for_update(entry_id: UUID) -> InspectionEntry:
    """Return one entry with its row locked; refuse with 404."""
    found = db.session.get(InspectionEntry, entry_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("inspection_unknown", 404)
    return found


def open_entries(department_ids: Collection[int], *, today: date) -> dict[int, tuple[int, int]]:
    """Return how many entries of each department are open, and how many of them overdue."""
    entry = InspectionEntry
    rows = db.session.execute(
        select(entry.department_id, func.count(), func.count().filter(entry.due_on < today))
        .where(
            entry.department_id.in_(list(department_ids)),
            entry.state == InspectionState.OPEN.value,
        )
        .group_by(entry.department_id)
    )
    found = {row[0]: (row[1], row[2]) for row in rows}
    return {one: found.get(one, (0, 0)) for one in department_ids}


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment
