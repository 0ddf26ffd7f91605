"""Periods, audiences and states of a registered evaluation; when two ask the same people. Pure."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from server.campaigns.rules import Channel
from server.core.clock import months_later


class Period(enum.StrEnum):
    """How often an evaluation takes place."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    ONCE = "once"


class Audience(enum.StrEnum):
    """Who is asked."""

    RESIDENTS = "residents"
    ENTERPRISES = "enterprises"
    OFFICIALS = "officials"
    DEPUTIES = "deputies"
    PARTY_MEMBERS = "party_members"
    COMMUNITIES = "communities"
    SERVICE_USERS = "service_users"


class EntryState(enum.StrEnum):
    """What became of it: on its own, merged into a campaign, or given up."""

    STANDING = "standing"
    MERGED = "merged"
    CEASED = "ceased"


PERIOD_LABELS = {
    Period.MONTHLY: "每月",
    Period.QUARTERLY: "每季度",
    Period.HALF_YEARLY: "每半年",
    Period.YEARLY: "每年",
    Period.ONCE: "一次性",
}
AUDIENCE_LABELS = {
    Audience.RESIDENTS: "普通群众",
    Audience.ENTERPRISES: "企业",
    Audience.OFFICIALS: "机关干部",
    Audience.DEPUTIES: "两代表一委员",
    Audience.PARTY_MEMBERS: "党员",
    Audience.COMMUNITIES: "社区和村",
    Audience.SERVICE_USERS: "办事群众",
}
STATE_LABELS = {
    EntryState.STANDING: "单独开展",
    EntryState.MERGED: "已合并",
    EntryState.CEASED: "已取消",
}
MONTHS_BETWEEN = {
    Period.MONTHLY: 1,
    Period.QUARTERLY: 3,
    Period.HALF_YEARLY: 6,
    Period.YEARLY: 12,
}
# Where a merged evaluation's people are asked in a campaign.
CHANNELS_OF = {
    Audience.RESIDENTS: (Channel.OPEN,),
    Audience.ENTERPRISES: (Channel.ENTERPRISE_ONLINE,),
    Audience.OFFICIALS: (Channel.SAMPLE,),
    Audience.DEPUTIES: (Channel.SAMPLE,),
    Audience.PARTY_MEMBERS: (Channel.OPEN,),
    Audience.COMMUNITIES: (Channel.COMMUNITY, Channel.VILLAGE),
    Audience.SERVICE_USERS: (Channel.SERVICE_CENTRE,),
}
MONTHS_A_QUARTER = 3
QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Planned:
    """What counts of an evaluation that takes place: who is asked about whom, how often.

    ``key`` tells it apart; ``campaign_id`` is given where it is a campaign, or was merged into
    one: what stands in the same campaign asks its people once.
    """

    key: str
    title: str
    starts_on: date
    ends_on: date
    period: Period
    audiences: frozenset[Audience]
    departments: frozenset[int]
    people_asked: int | None = None
    campaign_id: int | None = None


@dataclass(frozen=True)
class Occurrence:
    """One field period of an evaluation, both days included."""

    planned: Planned
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Overlap:
    """Two evaluations that ask the same people at the same time.

    ``departments`` are those that both rate: none means the same people about other departments.
    """

    first: Occurrence
    second: Occurrence
    starts_on: date
    ends_on: date
    audiences: frozenset[Audience]
    departments: frozenset[int]


def occurrences(planned: Planned, year: int) -> Iterator[Occurrence]:
    """Give the field periods that touch a year, from the first one on."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    step = MONTHS_BETWEEN.get(planned.period)
    months = 0
    while True:
        starts = months_later(planned.starts_on, months)
        # The length stays, so that a whole month doesn't lose a day each February.
        ends = starts + (planned.ends_on - planned.starts_on)
        if starts > last:
            return
        if ends >= first:
            yield Occurrence(planned, starts, ends)
        if step is None:
            return
        months += step


def overlaps(items: Sequence[Occurrence]) -> list[Overlap]:
    """Return every two that ask an audience twice on the same day, the earliest first."""
    found = [
        Overlap(
            first,
            second,
            max(first.starts_on, second.starts_on),
            min(first.ends_on, second.ends_on),
            first.planned.audiences & second.planned.audiences,
            first.planned.departments & second.planned.departments,
        )
        for first, second in combinations(items, 2)
        if _may_meet(first.planned, second.planned)
        and first.starts_on <= second.ends_on
        and second.starts_on <= first.ends_on
    ]
    return sorted(found, key=lambda one: (one.starts_on, one.first.planned.key))


def _may_meet(first: Planned, second: Planned) -> bool:
    if first.key == second.key or not first.audiences & second.audiences:
        return False
    return first.campaign_id is None or first.campaign_id != second.campaign_id


def quarter_of(day: date) -> int:
    """Return the quarter of a day's year, 1 to 4."""
    return (day.month - 1) // MONTHS_A_QUARTER + 1


def loads(items: Sequence[Occurrence], year: int) -> dict[Audience, dict[int, list[Occurrence]]]:
    """Return how often each audience is asked in each quarter of a year, by the first day.

    An evaluation that began the year before counts in the first quarter. Those of one campaign
    count as one: they ask their people once.
    """
    found: dict[Audience, dict[int, list[Occurrence]]] = {
        audience: {quarter: [] for quarter in QUARTERS} for audience in Audience
    }
    for item in items:
        quarter = quarter_of(max(item.starts_on, date(year, 1, 1)))
        for audience in item.planned.audiences:
            asked = found[audience][quarter]
            same = item.planned.campaign_id is not None and any(
                other.planned.campaign_id == item.planned.campaign_id for other in asked
            )
            if not same:
                asked.append(item)
    return found


def days_of(item: Occurrence, year: int) -> tuple[int, int]:
    """Return where an occurrence lies in a year: days before it, and its length within it."""
    first = date(year, 1, 1)
    starts = max(item.starts_on, first)
    ends = min(item.ends_on, date(year, 12, 31))
    return (starts - first).days, (ends - starts + timedelta(days=1)).days
