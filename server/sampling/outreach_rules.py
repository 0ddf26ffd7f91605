"""When a drawn person may be written to, how often, and what is said of failures. Pure."""

import enum
import math
from dataclasses import dataclass
from datetime import date, timedelta

from server.sampling.rules import Occasion, Way

REMINDER_PAUSE = timedelta(days=3)
# Who has had the link for so long without an answer may be replaced.
PATIENCE = timedelta(days=7)
MOST_ATTEMPTS = 8
# The wait after each try that got no answer; a killed worker's message goes on after the first.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 60, 120))
# What the row of a WeChat message says from before it is sent until it is known what came of it.
UNSURE = "unsure"
LETTERS_A_PART = 200
LETTER_LIFE = timedelta(days=7)


class Fault(enum.StrEnum):
    """Why a link did not get to a person: a word of ours, nothing of the person."""

    NUMBER = "number"
    BLOCKED = "blocked"
    TEMPLATE = "template"
    REFUSED = "refused"
    AWAY = "away"
    NO_WAY = "no_way"
    ERASED = "erased"
    CLOSED = "closed"


FAULT_LABELS = {
    Fault.NUMBER: "手机号无效或停机",
    Fault.BLOCKED: "对方拒收短信",
    Fault.TEMPLATE: "短信模板或签名未通过审核，请联系运维人员",
    Fault.REFUSED: "短信网关拒绝发送",
    Fault.AWAY: "多次发送都没有应答",
    Fault.NO_WAY: "没有可用的手机号或微信授权（催答消息不改为寄信）",
    Fault.ERASED: "样本库中的人员信息已删除",
    Fault.CLOSED: "活动结束前没有发出",
}
# What another try can't mend.
FINAL_FAULTS = frozenset({Fault.NO_WAY, Fault.ERASED, Fault.CLOSED})
OCCASION_LABELS = {Occasion.INVITATION: "邀请", Occasion.REMINDER: "催答"}


def pause_after(attempts: int) -> timedelta:
    """Return how long a message rests after its so-many-th try."""
    return PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]


def way_of(*, telephone: str | None, on_wechat: bool, sms: bool) -> Way:
    """Return how a person is reached: the nearest way that is open."""
    if telephone and on_wechat:
        return Way.WECHAT
    return Way.SMS if telephone and sms else Way.LETTER


def reminder_due(last: date | None) -> date | None:
    """Return the first day on which a next round may go out; None without an earlier one."""
    return None if last is None else last + REMINDER_PAUSE


@dataclass(frozen=True)
class Shortage:
    """A cell's answers against what the draw was planned for, and who could stand in.

    ``unreachable`` got no link; ``silent`` have had it for a week. ``reserve`` is what is left of
    the replacements drawn beforehand.
    """

    wanted: int
    asked: int
    answered: int
    unreachable: int
    silent: int
    reserve: int

    @property
    def proposal(self) -> int:
        """How many to call up: as many as, at this cell's rate, bring the answers wanted."""
        missing = self.wanted - self.answered
        most = min(self.reserve, self.unreachable + self.silent)
        if missing <= 0 or most <= 0:
            return 0
        needed = missing if self.answered == 0 else math.ceil(missing * self.asked / self.answered)
        return min(needed, most)
