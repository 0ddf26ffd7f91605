"""The demo city's agreements and activities: past, running, to come and cancelled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from server.activities import queries, service
from server.activities.models import Activity
from server.activities.rules import ActivityKind, Aspect, Audience, EvidenceKind, Way
from server.activities.service import ActivityContent, AgreementContent
from server.attendance import service as attendance
from server.core import clock
from server.core.access import SYSTEM
from server.demo.persons import Node, party_plan
from server.identity import queries as identity
from server.membership import queries as membership

# The sandbox's phones stand here (preview/wx/location.ts).
CENTRE = (121.4737, 31.2304)
RADIUS = 300
LEAD = timedelta(days=7)


@dataclass(frozen=True)
class Places:
    """The ids of organisations and groups by their names."""

    organisations: dict[str, int]
    groups: dict[str, int]


def make_demo_activities(now: datetime) -> dict[str, int]:
    """Make agreements and activities; return the activities' ids by the plan's keys."""
    plan = party_plan()
    places = Places(
        {one.name: one.id for one in _all_organisations()},
        {name: number for number, name in membership.group_names().items()},
    )
    agreements = {node["title"]: _agreement(node, places, now) for node in plan["agreements"]}
    return {node["key"]: _activity(node, places, agreements, now).id for node in plan["activities"]}


def _all_organisations() -> Iterator[Any]:
    cursor = None
    while True:
        page = identity.organisations(cursor=cursor, limit=100)
        yield from page.items
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _agreement(node: Node, places: Places, now: datetime) -> int:
    today = clock.local_date(now)
    agreement = service.draft_agreement(
        AgreementContent(
            title=node["title"],
            host_id=places.organisations[node["host"]],
            partner_ids=tuple(places.organisations[name] for name in node["partners"]),
            ways=tuple(Way(way) for way in node["ways"]),
            aspects=tuple(Aspect(aspect) for aspect in node["aspects"]),
            aims=node["aims"],
            starts_on=today + timedelta(days=node["from"]),
            ends_on=today + timedelta(days=node["to"]),
        ),
        actor=SYSTEM,
        now=now,
    )
    service.activate_agreement(agreement.id, actor=SYSTEM, now=now)
    for line in node["plan"]:
        month = (today.replace(day=1) + timedelta(days=31 * line["months"])).replace(day=1)
        service.plan_activity(
            agreement.id,
            year=month.year,
            month=month.month,
            title=line["title"],
            actor=SYSTEM,
            now=now,
        )
    return agreement.id


def _times(node: Node, now: datetime) -> tuple[datetime, datetime]:
    if node.get("running"):
        start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        return start, start + timedelta(hours=5)
    day = clock.local_date(now) + timedelta(days=node["day"])
    first, last = (
        datetime.combine(day, time(hour), tzinfo=clock.SHANGHAI) for hour in node["hours"]
    )
    return first, last


def _content(
    node: Node, places: Places, agreements: dict[str, int], now: datetime
) -> ActivityContent:
    starts_at, ends_at = _times(node, now)
    east, north = node.get("offset", (0, 0))
    centre = [round(CENTRE[0] + east, 6), round(CENTRE[1] + north, 6)]
    community = node.get("community")
    return ActivityContent(
        kind=ActivityKind(node["kind"]),
        title=node["title"],
        description=node.get("description", ""),
        bring=node.get("bring", ""),
        place=node["place"],
        organiser_id=places.organisations[node["organiser"]],
        partner_ids=tuple(places.organisations[name] for name in node.get("partners", [])),
        community_id=places.organisations[community] if community else None,
        agreement_id=agreements.get(node.get("agreement", "")),
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=node.get("capacity"),
        audience=Audience(node.get("audience", Audience.PARTNERS)),
        audience_groups=tuple(places.groups[name] for name in node.get("groups", [])),
        evidence=tuple(EvidenceKind(kind) for kind in node["evidence"]),
        check_out=node.get("check_out", False),
        fences=({"name": node["place"], "shape": "circle", "centre": centre, "radius": RADIUS},),
    )


def _activity(node: Node, places: Places, agreements: dict[str, int], now: datetime) -> Activity:
    content = _content(node, places, agreements, now)
    begun = min(now, content.starts_at) - LEAD
    activity = service.draft_activity(content, actor=SYSTEM, now=begun)
    service.announce(activity.id, actor=SYSTEM, now=begun)
    if "cancelled" in node:
        service.cancel(activity.id, node["cancelled"], actor=SYSTEM, now=now)
        return activity
    joined = _candidates(activity)[: node.get("taken", 0)]
    for number, person_id in enumerate(joined):
        service.join(activity.id, person_id, begun + timedelta(minutes=number + 1))
    arrived = content.starts_at + timedelta(minutes=5)
    for person_id in joined[: node.get("present", 0)]:
        attendance.decide(activity.id, person_id, present=True, actor=SYSTEM, now=min(arrived, now))
    return activity


def _candidates(activity: Activity) -> list[UUID]:
    """Return who may join: the branches' persons with a phone first, as they would be."""
    branches = [activity.organiser_id, *(one.id for one in queries.partners(activity.id))]
    rows = membership.persons_of_branches(branches)
    wanted = set(activity.audience_groups)
    fitting = [row for row in rows if not wanted or wanted & set(row.groups)]
    return [row.id for row in sorted(fitting, key=lambda row: not row.bound)]
