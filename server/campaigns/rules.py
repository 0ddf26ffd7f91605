"""Kinds, channels and states of a campaign, and when it takes ratings."""

import enum
from datetime import datetime


class CampaignKind(enum.StrEnum):
    """``survey`` 一次一评, ``service`` 一事一评."""

    SURVEY = "survey"
    SERVICE = "service"


class CampaignState(enum.StrEnum):
    """A campaign only ever moves forward."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Channel(enum.IntEnum):
    """Where a rating came in. The numbers are stored; names are in CHANNEL_NAMES."""

    OPEN = 1
    SERVICE_CENTRE = 2
    ENTERPRISE_ONLINE = 3
    SAMPLE = 4
    HOTLINE = 5
    COMMUNITY = 6
    VILLAGE = 7

    @property
    def code(self) -> str:
        """The channel's name in the API: lower case."""
        return self.name.lower()


CHANNEL_LABELS = {
    Channel.OPEN: "公众自主评价",
    Channel.SERVICE_CENTRE: "行政服务中心",
    Channel.ENTERPRISE_ONLINE: "企业网络测评",
    Channel.SAMPLE: "抽样调查",
    Channel.HOTLINE: "12345 热线",
    Channel.COMMUNITY: "社区评价",
    Channel.VILLAGE: "村评价",
}
KIND_LABELS = {CampaignKind.SURVEY: "集中评价", CampaignKind.SERVICE: "一事一评"}
STATE_LABELS = {
    CampaignState.DRAFT: "准备中",
    CampaignState.OPEN: "进行中",
    CampaignState.CLOSED: "已结束",
}

OFFERED = (
    Channel.OPEN,
    Channel.SERVICE_CENTRE,
    Channel.ENTERPRISE_ONLINE,
    Channel.HOTLINE,
    Channel.SAMPLE,
    Channel.COMMUNITY,
    Channel.VILLAGE,
)
# These ask the same people once: they have no place in a campaign of one rating a matter.
SURVEY_ONLY = frozenset({Channel.SAMPLE, Channel.COMMUNITY, Channel.VILLAGE})
# An organisation's own ratings are signed: the smallest group protects persons, not these.
SIGNED = frozenset({Channel.COMMUNITY, Channel.VILLAGE})
MOST_LEAVES = 10
LARGEST_BATCH = 5000


def channel_of(code: str) -> Channel:
    """Return the channel of an API name; raise KeyError for an unknown one."""
    return Channel[code.upper()]


def refusal_of(
    state: CampaignState,
    *,
    opens_at: datetime,
    closes_at: datetime,
    paused: bool,
    now: datetime,
) -> str | None:
    """Name why a campaign takes no rating at this moment, or None when it does."""
    if state is CampaignState.DRAFT or now < opens_at:
        return "campaign_not_open"
    if state is CampaignState.CLOSED or now >= closes_at:
        return "campaign_closed"
    if paused:
        return "campaign_paused"
    return None


def key_name(campaign_id: int) -> str:
    """Return the name of the campaign's own key in the key ring."""
    return f"campaign-{campaign_id}"


def contact_key_name(campaign_id: int) -> str:
    """Return the name of the key that contacts are sealed with; it outlives the close."""
    return f"contact-{campaign_id}"


def partition_name(campaign_id: int) -> str:
    """Return the name of the campaign's partition of ``evaluation``."""
    return f"evaluation_{int(campaign_id)}"
