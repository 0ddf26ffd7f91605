"""Words and fixed numbers of publications. Pure."""

import enum
from fractions import Fraction

from server.campaigns.rules import CHANNEL_LABELS
from server.evaluation.rules import LEVEL_LABELS, UNKNOWN_LABEL
from server.evaluation.rules import REASON_LABELS as EXCLUSION_LABELS

LONGEST_NOTE = 500

# What is withheld for a mean of few answers' sake must not be told, but may be guessed more closely
# (how closely the mean itself: ``rooms``).
LEAST_WIDTH_OF_COMPLEMENT = Fraction(1)
# A weighted mean of 2 places takes one of 10,000 values. Where the answers of small stratum cells
# could be spread in fewer ways than this, it might tell which way it was.
LEAST_ALLOCATIONS = 1_000_000


class Reason(enum.StrEnum):
    """Why a figure is not in a publication; told to the office, not to the public."""

    FEW_RATERS = "few_raters"
    FEW_ANSWERS = "few_answers"
    FEW_IN_CELL = "few_in_cell"
    COMPLEMENT = "complement"


REASON_LABELS = {
    Reason.FEW_RATERS: "评价人数少于最小公布人数",
    Reason.FEW_ANSWERS: "作答人数少于最小公布人数",
    Reason.FEW_IN_CELL: "抽样分层人数少，加权分可能倒推出个别人的作答",
    Reason.COMPLEMENT: "为防止从其他数字推算出上述数字",
}

# Words of a document's places, for who reads what has changed.
WORDS = {
    **{channel.code: label for channel, label in CHANNEL_LABELS.items()},
    **{str(level): label for level, label in LEVEL_LABELS.items()},
    **{reason.value: label for reason, label in EXCLUSION_LABELS.items()},
    "0": UNKNOWN_LABEL,
    "alone": "名次区间（单独）",
    "campaign": "活动",
    "channels": "渠道",
    "count": "份数",
    "counts": "人数",
    "description": "说明",
    "digest": "校验码",
    "distribution": "分布",
    "excluded": "不予采纳",
    "id": "编号",
    "in_table": "名次区间",
    "indicators": "指标",
    "interval": "区间",
    "interval_level": "置信水平",
    "least_weight": "最低有效权重",
    "leaves": "子项",
    "level_scores": "等级分值",
    "levels": "等级分值",
    "name": "名称",
    "overall": "总体评价",
    "owner": "牵头部门",
    "panels": "群体",
    "part": "评价办法",
    "parts": "评价办法",
    "reason": "说明",
    "scheme": "评分方案",
    "score": "得分",
    "shrunk": "收缩分数",
    "smallest_group": "最小公布人数",
    "snapshot_digest": "计数快照校验码",
    "title": "名称",
    "unknown": "不了解",
    "version": "版本",
    "weight": "权重",
    "weighted": "加权",
    "withheld": "不公布",
}


def publishes_at_close(value: object) -> bool:
    """Tell what a value of the setting ``publish_at_close`` means."""
    return str(value) == "是"
