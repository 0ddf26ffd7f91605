"""Words and fixed numbers of scoring. Pure."""

import enum
from decimal import Decimal

from server.campaigns.rules import CHANNEL_LABELS, Channel

# The best level first, as people read them; 不了解 is no level and has no points.
LEVELS = (5, 4, 3, 2, 1)
DEFAULT_POINTS = {5: "100", 4: "80", 3: "60", 2: "30", 1: "0"}
HIGHEST = Decimal(100)
LOWEST = Decimal(0)

# The question about the department as a whole is scored as a leaf of this code, where a scheme
# gives it a weight.
OVERALL_LEAF = "overall"

# X: enterprises choose themselves whether to rate, so they may add to a score and not make it.
SELF_CHOSEN = Channel.ENTERPRISE_ONLINE
# The most that X may weigh, in per cent of all channels and of those that have a figure.
MOST_SELF_CHOSEN = Decimal(50)
# Only the sample survey draws from panels.
WITH_PANELS = Channel.SAMPLE

# Said beside an interval that is a point.
CERTAIN = "全部结对单位已评价，无抽样误差"

LEAST_GROUP = 10
MOST_GROUP = 100
# The normal distribution's two-sided quantiles, written down so that intervals are decimal too.
CRITICAL_VALUES = {
    "0.90": Decimal("1.644854"),
    "0.95": Decimal("1.959964"),
    "0.99": Decimal("2.575829"),
}
DEFAULT_INTERVAL_LEVEL = "0.95"
# A score stands on channels of at least this share of all weight; below, 样本不足.
DEFAULT_LEAST_WEIGHT = Decimal(50)

# Figures inside a tree are rounded to 6 places and worked on as shown, so that each step can be
# checked by hand; a department's score is rounded to 2 at the end. Both half up.
STEP = Decimal("0.000001")
SHOWN = Decimal("0.01")

# What a rater weighs where nothing tells raters apart.
UNWEIGHTED = Decimal(1)

CHANNELS_BY_CODE = {channel.code: channel for channel in CHANNEL_LABELS}


class RunState(enum.StrEnum):
    """Where a computation stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


# Of these something is still to come.
BUSY = frozenset({RunState.WAITING, RunState.RUNNING})

RUN_STATE_LABELS = {
    RunState.WAITING: "排队中",
    RunState.RUNNING: "计算中",
    RunState.DONE: "已完成",
    RunState.FAILED: "失败",
    RunState.CANCELLED: "已取消",
}

# Why there is no score.
NO_RATINGS = "no_ratings"
TOO_FEW = "too_few"
ONLY_SELF_CHOSEN = "only_self_chosen"
TOO_LITTLE_WEIGHT = "too_little_weight"
REASON_LABELS = {
    NO_RATINGS: "没有评价",
    TOO_FEW: "样本不足",
    ONLY_SELF_CHOSEN: "企业网络测评占比过高，其他渠道的评价不足以得出分数",
    TOO_LITTLE_WEIGHT: "样本不足（有效渠道的权重不够）",
}
