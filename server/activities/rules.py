"""Kinds of activity and agreement, who may join, and the states of both: pure."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.core.access import Role
from server.core.clock import SHANGHAI
from server.identity.rules import OrganisationKind


class ActivityKind(enum.StrEnum):
    """What an activity is."""

    JOINT_BUILDING = "joint_building"
    FRONTLINE = "frontline"
    STUDY = "study"
    CULTURE = "culture"


KIND_LABELS = {
    ActivityKind.JOINT_BUILDING: "联建",
    ActivityKind.FRONTLINE: "一线",
    ActivityKind.STUDY: "学习",
    ActivityKind.CULTURE: "文化",
}


class ActivityState(enum.StrEnum):
    """How far an activity is; whether it runs or is over follows from its times."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


class Audience(enum.StrEnum):
    """Who may join."""

    PARTNERS = "partners"
    GROUPS = "groups"
    EVERYONE = "everyone"


AUDIENCE_LABELS = {
    Audience.PARTNERS: "主办和协办单位的党员",
    Audience.GROUPS: "指定群体的党员",
    Audience.EVERYONE: "全体党员",
}


class Way(enum.StrEnum):
    """联学 联建 联创."""

    STUDY = "study"
    BUILDING = "building"
    CREATION = "creation"


WAY_LABELS = {Way.STUDY: "联学", Way.BUILDING: "联建", Way.CREATION: "联创"}


class Aspect(enum.StrEnum):
    """What an agreement covers."""

    PLATFORM = "platform"
    CULTURE = "culture"
    PIONEERS = "pioneers"
    RESOURCES = "resources"
    DEVELOPMENT = "development"


ASPECT_LABELS = {
    Aspect.PLATFORM: "共搭平台",
    Aspect.CULTURE: "共建文化",
    Aspect.PIONEERS: "共创先锋",
    Aspect.RESOURCES: "共享资源",
    Aspect.DEVELOPMENT: "共谋发展",
}


class AgreementState(enum.StrEnum):
    """How far an agreement is."""

    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


class Standing(enum.StrEnum):
    """Where a person stands with an activity. WALK_IN came without having joined."""

    JOINED = "joined"
    WAITING = "waiting"
    LEFT = "left"
    REMOVED = "removed"
    WALK_IN = "walk_in"


class EvidenceKind(enum.StrEnum):
    """What can show that somebody was there, from weak to strong (打卡)."""

    PHOTO = "photo"
    PLACE = "place"
    PEERS = "peers"
    CODE = "code"
    ORGANISER = "organiser"


EVIDENCE_LABELS = {
    EvidenceKind.PHOTO: "现场照片",
    EvidenceKind.PLACE: "到达活动地点",
    EvidenceKind.PEERS: "两名同伴确认",
    EvidenceKind.CODE: "扫描活动码",
    EvidenceKind.ORGANISER: "组织者确认",
}

# Location and photo are optional by law: whoever refuses them needs another way, so these always
# suffice, whatever an activity asks for (domain.md, fixed).
ALWAYS_ENOUGH = frozenset({EvidenceKind.ORGANISER})
OPTIONAL_KINDS = frozenset({EvidenceKind.PLACE, EvidenceKind.PHOTO})
MOST_EVIDENCE_NEEDED = 2
PEERS_NEEDED = 2
FRIDAY = 4
MOST_FENCES = 10
MOST_CORNERS = 60
LARGEST_RADIUS_M = 20_000
MOST_PLACES = 10_000
SMALLEST_RADIUS_M = 20

STATE_LABELS = {
    ActivityState.DRAFT: "草稿",
    ActivityState.ANNOUNCED: "已发布",
    ActivityState.CANCELLED: "已取消",
}
AGREEMENT_STATE_LABELS = {
    AgreementState.DRAFT: "草稿",
    AgreementState.ACTIVE: "履行中",
    AgreementState.ENDED: "已结束",
}
STANDING_LABELS = {
    Standing.JOINED: "已报名",
    Standing.WAITING: "候补中",
    Standing.LEFT: "已退出",
    Standing.REMOVED: "已移出",
    Standing.WALK_IN: "现场参加",
}

# Who holds a place or waits for one: told of changes, and by a second tap not joined again.
QUEUED = frozenset({Standing.JOINED, Standing.WAITING})
TAKING_PART = QUEUED | {Standing.WALK_IN}

# Party organisations, and the mass organisations (工会 共青团 妇联) that they build with.
ORGANISER_KINDS = frozenset(
    {
        OrganisationKind.PARTY_COMMITTEE,
        OrganisationKind.GENERAL_BRANCH,
        OrganisationKind.BRANCH,
        OrganisationKind.TRADE_UNION,
        OrganisationKind.YOUTH_LEAGUE,
        OrganisationKind.WOMENS_FEDERATION,
    }
)
# Any unit can be a partner; the tree's upper nodes are no units.
PARTNER_KINDS = frozenset(OrganisationKind) - {OrganisationKind.CITY, OrganisationKind.DISTRICT}
# Partners whose people an organiser can name under an agreement; a committee stands above others'.
LENT_KINDS = frozenset({OrganisationKind.GENERAL_BRANCH, OrganisationKind.BRANCH})
COMMUNITY_KINDS = frozenset({OrganisationKind.COMMUNITY, OrganisationKind.VILLAGE})
ORGANISER_ROLES = (Role.SECRETARY, Role.ORGANISER, Role.PARTY_STAFF)
READER_ROLES = (Role.MEMBER, *ORGANISER_ROLES, Role.OFFICE)

MOST_PARTNERS = 30
MOST_PICTURES = 9
LONGEST_TITLE = 100
LONGEST_DESCRIPTION = 2000
LONGEST_BRING = 200
LONGEST_PLACE = 100
LONGEST_REASON = 200
LONGEST_ACTIVITY = timedelta(days=31)
FURTHEST_AHEAD = timedelta(days=730)
FURTHEST_BACK = timedelta(days=366)
TICKET_BYTES = 8
FIRST_YEAR, LAST_YEAR = 2020, 2100


@dataclass(frozen=True)
class Reminder:
    """A reminder: from how long before the start until how long before it is still made up."""

    name: str
    before: timedelta
    until: timedelta


REMINDERS = (
    Reminder("day", timedelta(days=1), timedelta(hours=2)),
    Reminder("hours", timedelta(hours=2), timedelta(0)),
)


def refusal_of_taking_part(state: ActivityState, *, ends_at: datetime, now: datetime) -> str | None:
    """Name why nobody can be taken into an activity at this moment, or None."""
    if state is ActivityState.DRAFT:
        return "activity_not_announced"
    if state is ActivityState.CANCELLED:
        return "activity_cancelled"
    if now >= ends_at:
        return "activity_over"
    return None


def refusal_of_joining(
    state: ActivityState, *, join_until: datetime, ends_at: datetime, now: datetime
) -> str | None:
    """Name why an activity can't be joined at this moment, or None when it can."""
    refusal = refusal_of_taking_part(state, ends_at=ends_at, now=now)
    if refusal is None and now >= join_until:
        return "activity_join_closed"
    return refusal


def moves_up(*, starts_at: datetime, join_until: datetime, now: datetime) -> bool:
    """Tell whether a free place goes to the next who waits.

    It does until the start, and for as long as joining stays open where that is later. After that
    a place that gets free is the organiser's to give to somebody who is there.
    """
    return now < max(starts_at, join_until)


def is_for(
    audience: Audience,
    *,
    branch_places: Iterable[int],
    groups: Iterable[int],
    holders: Iterable[int],
    audience_groups: Iterable[int],
) -> bool:
    """Tell whether an activity is for a person.

    Args:
        audience: whom the activity is for.
        branch_places: the person's branch and every organisation above it.
        groups: the groups that the person is in.
        holders: organiser and partners; the people of each branch below them are meant too.
        audience_groups: the groups that the activity is for.
    """
    if audience is Audience.EVERYONE:
        return True
    if audience is Audience.GROUPS:
        return not set(groups).isdisjoint(audience_groups)
    return not set(branch_places).isdisjoint(holders)


def evidence_fault(kinds: Sequence[EvidenceKind], needed: int) -> str | None:
    """Say in Chinese what is wrong with the kinds of evidence that an activity asks for, or None.

    Location and photo are voluntary (fixed by law): beside them there is always another way, and
    the organiser's confirmation suffices alone whatever is asked for (``ALWAYS_ENOUGH``).
    """
    if not kinds:
        return "请至少选择一种打卡方式。"
    if len(set(kinds)) != len(kinds):
        return "同一种打卡方式只能选择一次。"
    if set(kinds) <= OPTIONAL_KINDS:
        return "定位和照片由党员自愿提供，不能作为仅有的打卡方式，请再选择一种。"
    if not 1 <= needed <= MOST_EVIDENCE_NEEDED:
        return f"需要的打卡方式为 1 至 {MOST_EVIDENCE_NEEDED} 种。"
    if needed > len(kinds):
        return f"需要 {needed} 种方式，但只选择了 {len(kinds)} 种。"
    return None


def proposed_day(year: int, month: int, today: date) -> date | None:
    """Return a day for a line of a yearly list: the first weekday of its month.

    In the running month Monday of next week; None for a month that is over.
    """
    first = date(year, month, 1)
    if (year, month) == (today.year, today.month):
        return today + timedelta(days=7 - today.weekday())
    if first < today:
        return None
    return first + timedelta(days=7 - first.weekday() if first.weekday() > FRIDAY else 0)


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year in Asia/Shanghai."""

    year: int
    number: int

    def __post_init__(self) -> None:
        """Refuse what is no quarter."""
        if not (FIRST_YEAR <= self.year <= LAST_YEAR and 1 <= self.number <= 4):  # noqa: PLR2004 quarters of a year
            raise ValueError(self)

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """Return the quarter of a day."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def read(cls, code: str) -> "Quarter":
        """Read "2026-4"; raise ValueError for anything else."""
        year, _, number = code.partition("-")
        return cls(int(year), int(number))

    @property
    def code(self) -> str:
        """The quarter as it stands in addresses."""
        return f"{self.year}-{self.number}"

    @property
    def label(self) -> str:
        """The quarter as people read it."""
        return f"{self.year} 年第 {self.number} 季度"

    @property
    def starts_at(self) -> datetime:
        """The first moment of the quarter."""
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=SHANGHAI)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the quarter."""
        months = self.year * 12 + 3 * self.number
        return datetime(months // 12, months % 12 + 1, 1, tzinfo=SHANGHAI)
