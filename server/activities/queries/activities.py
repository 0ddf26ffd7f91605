"""Reading single activities, who holds them, and who may change them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from server.activities.models import Activity, ActivityPartner, ActivityPlaces
from server.activities.rules import ORGANISER_ROLES
from server.core.access import Actor, ActorKind
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries as identity


def activity(activity_id: int) -> Activity:
    """Return one activity; refuse with 404."""
    found = db.session.get(Activity, activity_id)
    if found is None:
        raise Refusal("activity_unknown", 404)
    return found


def lock_places(activity_id: int) -> tuple[Activity, ActivityPlaces]:
    """Return an activity and its places, read afresh, with the places' row locked.

    That lock is the queue in which people join and leave and the activity changes.
    """
    places = db.session.get(
        ActivityPlaces, activity_id, with_for_update=True, populate_existing=True
    )
    if places is None:
        raise Refusal("activity_unknown", 404)
    found = db.session.get(Activity, activity_id, populate_existing=True)
    if found is None:
        raise Refusal("activity_unknown", 404)
    return found, places


def titles(activity_ids: Iterable[int]) -> dict[int, str]:
    """Return the titles of activities, for lists that show them by id."""
    rows = db.session.execute(
        select(Activity.id, Activity.title).where(Activity.id.in_(list(activity_ids)))
    )
    return {row[0]: row[1] for row in rows}


def partner_ids(activity_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the partners of activities by id, with one statement."""
    ids = list(activity_ids)
    found: dict[int, list[int]] = {one: [] for one in ids}
    rows = db.session.execute(
        select(ActivityPartner.activity_id, ActivityPartner.organisation_id)
        .where(ActivityPartner.activity_id.in_(ids))
        .order_by(ActivityPartner.activity_id, ActivityPartner.organisation_id)
    )
    for row in rows:
        found[row[0]].append(row[1])
    return found


def holder_ids(held: Activity) -> list[int]:
    """Return an activity's organiser and partners."""
    return [held.organiser_id, *partner_ids([held.id])[held.id]]


def partners(activity_id: int) -> Sequence[identity.Organisation]:
    """Return an activity's partners by pinyin."""
    return identity.organisations_by_id(partner_ids([activity_id])[activity_id])


def may_manage(held: Activity, actor: Actor) -> bool:
    """Tell whether an actor may organise for the activity's organiser."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    if not actor.has(*ORGANISER_ROLES):
        return False
    return actor.reaches(identity.organisation(held.organiser_id).path, *ORGANISER_ROLES)
