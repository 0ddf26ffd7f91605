"""Reading the register: entries, and all that takes place in a year."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, false, func, or_, select

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, page
from server.identity import queries as identity
from server.register.models import RegisterEntry, RegisterEntryDepartment
from server.register.rules import (
    CHANNELS_OF,
    Audience,
    EntryState,
    Occurrence,
    Period,
    Planned,
    occurrences,
)

__all__ = ["RegisterEntry"]


def entry(entry_id: int) -> RegisterEntry:
    """Return one entry; refuse with 404."""
    found = db.session.get(RegisterEntry, entry_id)
    if found is None:
        raise Refusal("register_entry_unknown", 404)
    return found


def entry_for_update(entry_id: int) -> RegisterEntry:
    """Return one entry with its row locked until the transaction ends."""
    found = db.session.get(RegisterEntry, entry_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("register_entry_unknown", 404)
    return found


def entry_page(
    *,
    paths: Sequence[str],
    q: str = "",
    state: EntryState | None = None,
    audience: Audience | None = None,
    cursor: str | None,
    limit: int = 30,
) -> Page[RegisterEntry]:
    """Return a page of entries whose owner lies below ``paths``, by their first day.

    ``q`` is looked for in title, method and basis, and in the owner's names.
    """
    owner = identity.Organisation
    query = (
        select(RegisterEntry).join(owner, owner.id == RegisterEntry.owner_id).where(_within(paths))
    )
    if state is not None:
        query = query.where(RegisterEntry.state == state.value)
    if audience is not None:
        query = query.where(RegisterEntry.audiences.contains([audience.value]))
    if q:
        texts = (RegisterEntry.title, RegisterEntry.method, RegisterEntry.basis)
        query = query.where(
            or_(*(text.contains(q, autoescape=True) for text in texts), identity.matches(q))
        )
    found = page(
        query,
        [RegisterEntry.starts_on, RegisterEntry.id],
        kinds=[date.fromisoformat, int],
        key=lambda row: [row[0].starts_on, row[0].id],
        cursor=cursor,
        limit=limit,
    )
    return Page([row[0] for row in found.items], found.next_cursor)


def _within(paths: Sequence[str]) -> ColumnElement[bool]:
    path = identity.Organisation.path
    return or_(false(), *(path.startswith(one, autoescape=True) for one in paths))


def entries_of_campaign(campaign_id: int) -> Sequence[RegisterEntry]:
    """Return the entries that were merged into a campaign."""
    return db.session.scalars(
        select(RegisterEntry)
        .where(RegisterEntry.campaign_id == campaign_id)
        .order_by(RegisterEntry.title, RegisterEntry.id)
    ).all()


def departments_of(entry_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the ids of the departments that each entry rates."""
    found: dict[int, list[int]] = {}
    rows = db.session.execute(
        select(RegisterEntryDepartment.entry_id, RegisterEntryDepartment.department_id)
        .where(RegisterEntryDepartment.entry_id.in_(list(entry_ids)))
        .order_by(RegisterEntryDepartment.department_id)
    )
    for row in rows:
        found.setdefault(row.entry_id, []).append(row.department_id)
    return found


def counts(paths: Sequence[str]) -> dict[EntryState, int]:
    """Return how many entries of the owners below ``paths`` are in each state."""
    owner = identity.Organisation
    rows = db.session.execute(
        select(RegisterEntry.state, func.count())
        .join(owner, owner.id == RegisterEntry.owner_id)
        .where(_within(paths))
        .group_by(RegisterEntry.state)
    )
    found = {EntryState(row[0]): row[1] for row in rows}
    return {state: found.get(state, 0) for state in EntryState}


def year_of(year: int) -> list[Occurrence]:
    """Return all that asks anybody in a year, of the whole city: campaigns and what stands alone.

    Who plans must see what others ask the same people, so this is not narrowed to one's own.
    A merged evaluation is its campaign's; one that was given up takes place no more.
    """
    alone = db.session.scalars(
        select(RegisterEntry).where(RegisterEntry.state == EntryState.STANDING.value)
    ).all()
    rated = departments_of(one.id for one in alone)
    planned = [_planned(one, rated.get(one.id, [])) for one in alone]
    first = datetime(year, 1, 1, tzinfo=clock.SHANGHAI)
    after = datetime(year + 1, 1, 1, tzinfo=clock.SHANGHAI)
    held = db.session.scalars(
        select(Campaign).where(Campaign.opens_at < after, Campaign.closes_at >= first)
    ).all()
    departments: dict[int, set[int]] = {}
    for row in db.session.scalars(
        select(CampaignDepartment).where(
            CampaignDepartment.campaign_id.in_([campaign.id for campaign in held])
        )
    ):
        departments.setdefault(row.campaign_id, set()).add(row.department_id)
    merged = _audiences_merged(departments)
    planned += [
        _campaign(one, departments.get(one.id, set()), merged.get(one.id, set())) for one in held
    ]
    found = [item for one in planned for item in occurrences(one, year)]
    return sorted(found, key=lambda item: (item.starts_on, item.planned.key))


def _planned(entry: RegisterEntry, departments: Iterable[int]) -> Planned:
    return Planned(
        key=f"entry:{entry.id}",
        title=entry.title,
        starts_on=entry.starts_on,
        ends_on=entry.ends_on,
        period=Period(entry.period),
        audiences=frozenset(Audience(one) for one in entry.audiences),
        departments=frozenset(departments),
        people_asked=entry.people_asked,
    )


def _audiences_merged(campaign_ids: Iterable[int]) -> dict[int, set[Audience]]:
    found: dict[int, set[Audience]] = {}
    rows = db.session.execute(
        select(RegisterEntry.campaign_id, RegisterEntry.audiences).where(
            RegisterEntry.campaign_id.in_(list(campaign_ids))
        )
    )
    for campaign_id, audiences in rows:
        if campaign_id is not None:
            found.setdefault(campaign_id, set()).update(Audience(one) for one in audiences)
    return found


def _campaign(
    campaign: Campaign, departments: Iterable[int], merged: Iterable[Audience]
) -> Planned:
    channels = {Channel(channel) for channel in campaign.channels}
    audiences = frozenset(merged)
    if audiences:
        # Of the survey's panels only those are asked that what was merged asked.
        channels.discard(Channel.SAMPLE)
    return Planned(
        key=f"campaign:{campaign.id}",
        title=campaign.title,
        starts_on=clock.local_date(campaign.opens_at),
        # A campaign that ends at midnight has its last day before it.
        ends_on=clock.local_date((campaign.closed_at or campaign.closes_at) - timedelta(seconds=1)),
        period=Period.ONCE,
        audiences=audiences | asked_through(channels, CampaignKind(campaign.kind)),
        departments=frozenset(departments),
        campaign_id=campaign.id,
    )


def asked_through(channels: Iterable[Channel], kind: CampaignKind) -> frozenset[Audience]:
    """Return whom a campaign asks, as far as its channels tell.

    Who rates a visit or a call comes by itself: a service campaign asks nobody.
    """
    if kind is CampaignKind.SERVICE:
        return frozenset()
    given = set(channels)
    return frozenset(
        audience
        for audience, through in CHANNELS_OF.items()
        if given.intersection(through) and audience is not Audience.PARTY_MEMBERS
    )


def drafts() -> Sequence[Campaign]:
    """Return the campaigns that evaluations can still be merged into."""
    return campaigns.campaigns(states=[CampaignState.DRAFT])
