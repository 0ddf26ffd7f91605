"""Kinds, states, levels and times of what sources hand over: pure."""

import enum
import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from server.campaigns.rules import Channel
from server.evaluation.rules import LEVEL_LABELS

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLIEST_YEAR = 1990
# A source's clock may run ahead of ours, not by a day.
CLOCK_LEAD = timedelta(days=1)
SECRET_PURPOSE = "source.secret"  # noqa: S105 what the sealed value is, not the value
CONTACT_PURPOSE = "source.contact"
KEY_NAME = "source"
SIGNATURE_WINDOW = timedelta(minutes=5)
# Longer than twice the window: a nonce is forgotten only when its timestamp is refused anyway.
NONCE_LIFE = timedelta(hours=24)
FILE_LIFE = timedelta(days=7)
MOST_BATCH_ROWS = 5000
LONGEST_TICKET = 100
LONGEST_DEPARTMENT = 200
LONGEST_CONTACT = 200


class SourceKind(enum.StrEnum):
    """What kind of system hands over."""

    SERVICE_CENTRE = "service_centre"
    HOTLINE = "hotline"

    @property
    def channel(self) -> Channel:
        """The channel in which its ratings count."""
        return Channel[self.name]


class RunState(enum.StrEnum):
    """An import's way: a file waits for its mapping, is checked, and is then taken in."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Way(enum.StrEnum):
    """How rows came."""

    FILE = "file"
    API = "api"


class Rating(enum.StrEnum):
    """Where a matter's rating stands."""

    NONE = "none"
    WAITING = "waiting"
    COUNTED = "counted"


class WaitingReason(enum.StrEnum):
    """Why a rating is not in a campaign, or not as the newest version says."""

    NO_DEPARTMENT = "no_department"
    NO_CAMPAIGN = "no_campaign"
    NOT_RATED = "not_rated"
    PAUSED = "paused"
    CLOSED_BEFORE = "closed_before"


KIND_LABELS = {SourceKind.SERVICE_CENTRE: "行政服务中心", SourceKind.HOTLINE: "12345 热线"}
WAY_LABELS = {Way.FILE: "文件", Way.API: "接口"}
RUN_STATE_LABELS = {
    RunState.UPLOADED: "待设列对应",
    RunState.CHECKING: "检查中",
    RunState.CHECKED: "待导入",
    RunState.RUNNING: "导入中",
    RunState.DONE: "已导入",
    RunState.CANCELLED: "已取消",
    RunState.FAILED: "未完成",
}
BUSY = (RunState.CHECKING, RunState.RUNNING)
RATING_LABELS = {
    Rating.NONE: "无等级，不计分",
    Rating.WAITING: "待计入活动",
    Rating.COUNTED: "已计入活动",
}
REASON_LABELS = {
    WaitingReason.NO_DEPARTMENT: "还没有分派部门",
    WaitingReason.NO_CAMPAIGN: "工单时间没有接收本渠道的进行中一事一评活动",
    WaitingReason.NOT_RATED: "该部门不在当期活动中",
    WaitingReason.PAUSED: "活动暂停中",
    WaitingReason.CLOSED_BEFORE: "活动已结束，仍按结束时的内容计",
}
LEVEL_WORDS = {label: level for level, label in LEVEL_LABELS.items()} | {
    str(level): level for level in LEVEL_LABELS
}
MOMENT = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:\s*[T\s]?\s*(\d{1,2})\s*[:：时]\s*(\d{1,2})\s*(?:[:：分]\s*(\d{1,2})?(?:\.\d+)?\s*秒?)?\s*分?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)
# What stands between the numbers of 2026-11-23, 2026-11-23 09:30 and 2026-11-23 09:30:05.
USUAL_SIGNS = frozenset(("-", "-", *more, "") for more in (("", ""), (":", ""), (":", ":")))
STEADY_CLOCKS = datetime(1992, 1, 1)  # noqa: DTZ001 in Asia/Shanghai, like what is compared with it
STEADY_SECONDS = int(STEADY_CLOCKS.replace(tzinfo=SHANGHAI).timestamp())
DAY_SECONDS = 86_400
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\s?(\d{2}):?(\d{2}):?(\d{2})?)?()")


def moment_of(text: str) -> datetime:
    """Read a moment as exports write it, in Asia/Shanghai unless it names its zone.

    Raises ValueError for what is none.
    """
    found = MOMENT.fullmatch(text) or COMPACT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if year < EARLIEST_YEAR:
        raise ValueError(text)
    return datetime(year, month, day, hour, minute, second, tzinfo=_zone(found[7]))


def usual_moment(text: str) -> int | None:
    """Read a moment in the usual form, as seconds since 1970; None where ``moment_of`` must.

    A date, a time to the minute or second, in Asia/Shanghai, whose clocks have stood 8 hours ahead
    of UTC all year since 1992.
    """
    signs = (text[4:5], text[7:8], text[13:14], text[16:17], text[19:])
    if signs not in USUAL_SIGNS or text[10:11] > " ":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment < STEADY_CLOCKS:
        return None
    passed = moment - STEADY_CLOCKS
    return STEADY_SECONDS + passed.days * DAY_SECONDS + passed.seconds


def _zone(name: str | None) -> ZoneInfo | timezone:
    if not name:
        return SHANGHAI
    if name == "Z":
        return timezone.utc  # noqa: UP017 a timezone like the others
    sign = -1 if name[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[-2:])))


def level_of(word: str, own_words: dict[str, int]) -> int:
    """Return the level of a name, a number or the source's own word; raise KeyError."""
    return own_words[word] if word in own_words else LEVEL_WORDS[word.removesuffix(".0")]
