"""Periods, audiences and states of a registered evaluation."""

import enum


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
