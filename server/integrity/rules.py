"""Kinds and states of a finding. Pure."""

import enum


class FindingKind(enum.StrEnum):
    """What stood out."""

    BURST = "burst"
    SAME_TEXT = "same_text"
    ADDRESS_BLOCK = "address_block"
    STRAIGHT_LINE = "straight_line"
    RISK_RANK = "risk_rank"


class FindingState(enum.StrEnum):
    """A person's verdict: still open, nothing to it, or handed on as proposals to exclude."""

    OPEN = "open"
    DISMISSED = "dismissed"
    PROPOSED = "proposed"


KIND_LABELS = {
    FindingKind.BURST: "短期集中",
    FindingKind.SAME_TEXT: "留言雷同",
    FindingKind.ADDRESS_BLOCK: "来源集中",
    FindingKind.STRAIGHT_LINE: "各项同分",
    FindingKind.RISK_RANK: "微信高风险账号",
}
STATE_LABELS = {
    FindingState.OPEN: "待判断",
    FindingState.DISMISSED: "无异常",
    FindingState.PROPOSED: "已提出不予采纳",
}
