"""Lists of activities: what a person can join, what an organiser manages, the desk's calendar."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select

from server.activities import geometry
from server.activities.models import Activity, ActivityPartner, Participation
from server.activities.queries.activities import partner_ids
from server.activities.queries.participants import Mine, Places, mine, places
from server.activities.rules import (
    LONGEST_ACTIVITY,
    ORGANISER_KINDS,
    ORGANISER_ROLES,
    READER_ROLES,
    TAKING_PART,
    ActivityKind,
    ActivityState,
    Audience,
    Standing,
    is_for,
    refusal_of_joining,
)
from server.core.access import Actor, ActorKind
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, page
from server.identity import queries as identity
from server.identity.rules import places_of
from server.membership import queries as membership


class When(enum.StrEnum):
    """Which activities a phone lists. ``MINE`` has the reader's own drafts too."""

    UPCOMING = "upcoming"
    PAST = "past"
    MINE = "mine"
    MANAGED = "managed"


@dataclass(frozen=True)
class Reader:
    """Who reads: the caller, and the person bound to the phone, if there is one."""

    actor: Actor
    person: membership.Person | None = None
    branch_places: tuple[int, ...] = ()

    def is_meant(self, held: Activity, partners: Iterable[int]) -> bool:
        """Tell whether an activity is for this person."""
        return self.person is not None and is_for(
            Audience(held.audience),
            branch_places=self.branch_places,
            groups=self.person.groups,
            holders=[held.organiser_id, *partners],
            audience_groups=held.audience_groups,
        )

    def manages(self, organiser_path: str) -> bool:
        """Tell whether the caller may organise for the organisation at this path."""
        return self.actor.reaches(organiser_path, *ORGANISER_ROLES)


def reader_of(actor: Actor) -> Reader:
    """Return who reads; refuse a phone that is bound to nobody and organises for nobody."""
    person = None
    if actor.kind is ActorKind.MEMBER and actor.id is not None:
        person = membership.person_of_member(actor.id)
    if person is None:
        if not actor.has(*READER_ROLES):
            raise Refusal("person_not_bound", 403)
        return Reader(actor)
    branch = identity.organisation(person.branch_id)
    return Reader(actor, person, tuple(places_of(branch.path)))


def may_read(held: Activity, reader: Reader) -> bool:
    """Tell whether an activity is shown: drafts only to those who manage it."""
    return held.announced_at is not None or reader.manages(
        identity.organisation(held.organiser_id).path
    )


# Conditions


def _below(paths: Sequence[str]) -> Select[int]:
    """Select the organisations at and below these paths."""
    reached = [identity.Organisation.path.startswith(path, autoescape=True) for path in paths]
    return select(identity.Organisation.id).where(or_(false(), *reached))


def _managed(actor: Actor) -> ColumnElement[bool]:
    paths = [grant.path for grant in actor.grants if grant.role in ORGANISER_ROLES]
    return Activity.organiser_id.in_(_below(paths)) if paths else false()


def _held_by(organisations: Select[int] | Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that one of these organises or is a partner."""
    partner = exists().where(
        ActivityPartner.activity_id == Activity.id,
        ActivityPartner.organisation_id.in_(organisations),
    )
    return Activity.organiser_id.in_(organisations) | partner


def _shown_below(paths: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a desk above these places is shown it: drafts by organiser."""
    below = _below(paths)
    own = Activity.organiser_id.in_(below)
    return own | (Activity.announced_at.is_not(None) & _held_by(below))


def _open_to(reader: Reader) -> ColumnElement[bool]:
    if reader.person is None:
        return false()
    return or_(
        Activity.audience == Audience.EVERYONE.value,
        (Activity.audience == Audience.GROUPS.value)
        & Activity.audience_groups.overlap(reader.person.groups),
        (Activity.audience == Audience.PARTNERS.value) & _held_by(reader.branch_places),
    )


def _taken_part_in(reader: Reader) -> ColumnElement[bool]:
    if reader.person is None:
        return false()
    return exists().where(
        Participation.activity_id == Activity.id,
        Participation.person_id == reader.person.id,
        Participation.standing.in_([one.value for one in TAKING_PART]),
    )


def _matches(q: str) -> ColumnElement[bool]:
    """Return the condition that title, place or organiser contain ``q``; the last in pinyin too."""
    named = select(identity.Organisation.id).where(identity.matches(q))
    return (
        Activity.title.contains(q, autoescape=True)
        | Activity.place.contains(q, autoescape=True)
        | Activity.organiser_id.in_(named)
    )


def _listed(when: When, reader: Reader, now: datetime) -> Select[Activity]:
    query = select(Activity)
    if when is When.MANAGED:
        return query.where(_managed(reader.actor))
    if when is When.MINE:
        own = Activity.created_by == reader.actor.id
        draft = Activity.state == ActivityState.DRAFT.value
        return query.where(_taken_part_in(reader) | (draft & own & _managed(reader.actor)))
    query = query.where(
        Activity.state == ActivityState.ANNOUNCED.value,
        _open_to(reader) | _taken_part_in(reader) | _managed(reader.actor),
    )
    if when is When.PAST:
        return query.where(Activity.ends_at <= now)
    # No activity is longer, so the index by start finds those that still run.
    return query.where(Activity.starts_at > now - LONGEST_ACTIVITY, Activity.ends_at > now)


# Lists


def reader_page(
    reader: Reader,
    when: When,
    *,
    kind: ActivityKind | None = None,
    q: str = "",
    cursor: str | None = None,
    limit: int = 20,
    now: datetime,
) -> Page[Activity]:
    """Return activities for a phone: upcoming ones by start, all others the latest first."""
    query = _listed(when, reader, now)
    return _page(query, kind, q, cursor, limit, forward=when is When.UPCOMING)


def activity_page(
    *,
    paths: Sequence[str],
    state: ActivityState | None = None,
    kind: ActivityKind | None = None,
    q: str = "",
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Activity]:
    """Return the activities that organisations below ``paths`` hold, the latest first."""
    query = select(Activity).where(_shown_below(paths))
    if state is not None:
        query = query.where(Activity.state == state.value)
    return _page(query, kind, q, cursor, limit, forward=False)


def _page(
    query: Select[Activity],
    kind: ActivityKind | None,
    q: str,
    cursor: str | None,
    limit: int,
    *,
    forward: bool,
) -> Page[Activity]:
    if kind is not None:
        query = query.where(Activity.kind == kind.value)
    if q:
        query = query.where(_matches(q))
    moment = func.extract("epoch", Activity.starts_at)
    age = moment if forward else -moment
    found = page(
        query.add_columns(age),
        [age, Activity.id if forward else -Activity.id],
        kinds=[Decimal, int],
        key=lambda row: [row[1], row[0].id if forward else -row[0].id],
        cursor=cursor,
        limit=limit,
    )
    return Page([row[0] for row in found.items], found.next_cursor)


def calendar(*, frm: datetime, to: datetime, path: str) -> Sequence[Activity]:
    """Return what organisations below ``path`` hold in a period, own drafts too, by start."""
    return db.session.scalars(
        select(Activity)
        .where(
            Activity.starts_at > frm - LONGEST_ACTIVITY,
            Activity.starts_at < to,
            Activity.ends_at > frm,
            _shown_below([path]),
        )
        .order_by(Activity.starts_at, Activity.id)
    ).all()


def organisable(
    actor: Actor, *, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[identity.Organisation]:
    """Return the organisations that an actor may organise for, by pinyin."""
    paths = [grant.path for grant in actor.grants if grant.role in ORGANISER_ROLES]
    query = select(identity.Organisation).where(
        identity.Organisation.id.in_(_below(paths)),
        identity.Organisation.active,
        identity.Organisation.kind.in_([one.value for one in ORGANISER_KINDS]),
    )
    if q:
        query = query.where(identity.matches(q))
    found = page(
        query,
        [identity.Organisation.sort_key, identity.Organisation.id],
        kinds=[str, int],
        key=lambda row: [row[0].sort_key, row[0].id],
        cursor=cursor,
        limit=limit,
    )
    return Page([row[0] for row in found.items], found.next_cursor)


def briefs(held: Sequence[Activity], reader: Reader, now: datetime) -> list[dict[str, Any]]:
    """Return activities as a phone lists them, with four statements however many there are."""
    ids = [one.id for one in held]
    organisers = {
        one.id: one for one in identity.organisations_by_id({one.organiser_id for one in held})
    }
    partners = partner_ids(ids)
    left = places(ids)
    own = mine(ids, reader.person.id) if reader.person else {}
    return [
        _brief(one, organisers[one.organiser_id], left[one.id], own.get(one.id))
        | {"may_join": _may_join(one, partners[one.id], own.get(one.id), reader, now)}
        for one in held
    ]


def _brief(
    held: Activity, organiser: identity.Organisation, left: Places, own: Mine | None
) -> dict[str, Any]:
    position = None
    if held.fences:
        longitude, latitude = geometry.middle(held.fences[0])
        position = {"longitude": longitude, "latitude": latitude}
    return {
        "id": held.id,
        "kind": held.kind,
        "title": held.title,
        "place": held.place,
        "starts_at": held.starts_at,
        "ends_at": held.ends_at,
        "join_until": held.join_until,
        "state": held.state,
        "organiser": organiser,
        "capacity": left.capacity,
        "taken": left.taken,
        "waiting": left.waiting,
        "my": own if own and own.standing in TAKING_PART else None,
        "position": position,
    }


def _may_join(
    held: Activity, partners: Sequence[int], own: Mine | None, reader: Reader, now: datetime
) -> bool:
    if own and (own.standing in TAKING_PART or own.standing == Standing.REMOVED):
        return False
    state = ActivityState(held.state)
    refusal = refusal_of_joining(state, join_until=held.join_until, ends_at=held.ends_at, now=now)
    return refusal is None and reader.is_meant(held, partners)
