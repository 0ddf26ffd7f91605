"""Kinds and states of a finding, and the thresholds of the searches. Pure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


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


class Outcome(enum.StrEnum):
    """What came of a verdict: the second person's decision is not the finding's own state."""

    OPEN = "open"
    DISMISSED = "dismissed"
    PROPOSED = "proposed"
    EXCLUDED = "excluded"
    PARTLY = "partly"
    REFUSED = "refused"


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
    FindingState.PROPOSED: "提出过不予采纳",
}
OUTCOME_LABELS = {
    Outcome.OPEN: "待判断",
    Outcome.DISMISSED: "无异常",
    Outcome.PROPOSED: "已提出不予采纳，待确认",
    Outcome.EXCLUDED: "已不予采纳",
    Outcome.PARTLY: "部分不予采纳",
    Outcome.REFUSED: "未采纳提议",
}

# WeChat's ranks that are looked at.
RISKY = (3, 4)
EXTREMES = (5, 1)
# With fewer questions the same level throughout is no wonder.
LEAST_LEAVES = 5
LONGEST_NOTE = 500


class Group(NamedTuple):
    """The ratings of one department in one channel."""

    department_id: int
    channel: int


@dataclass(frozen=True)
class Thresholds:
    """From where on something stands out; settings of the same names, see settings.thresholds.

    ``chance`` is the greatest chance at which a whole search may find something where nothing is.
    """

    chance: float = 0.001
    burst_ratio: int = 3
    burst_least: int = 20
    text_least: int = 10
    text_similarity: int = 80
    block_least: int = 20
    block_share: int = 5
    straight_least: int = 20
    straight_points: int = 15


def outcome(state: FindingState, *, counted: int, waiting: int, excluded: int) -> Outcome:
    """Return what came of a finding: of its ratings so many count, wait, or were excluded.

    ``counted`` includes those that wait.
    """
    if state is not FindingState.PROPOSED:
        return Outcome(state.value)
    if waiting:
        return Outcome.PROPOSED
    if not excluded:
        return Outcome.REFUSED
    return Outcome.PARTLY if counted else Outcome.EXCLUDED


def as_many_again(kind: FindingKind, judged: int, least: int) -> int:
    """Return how many more ratings make a judged finding worth another look.

    As many again as were judged, so that a trickle doesn't ask the same question every day, and
    somebody who waited for the verdict can't go on unseen. A risky account is looked at each time.
    """
    return 1 if kind is FindingKind.RISK_RANK else max(judged, least)


def least_of(kind: FindingKind, thresholds: Thresholds) -> int:
    """Return how many ratings a finding of a kind has at least."""
    least: Mapping[FindingKind, int] = {
        FindingKind.BURST: thresholds.burst_least,
        FindingKind.SAME_TEXT: thresholds.text_least,
        FindingKind.ADDRESS_BLOCK: thresholds.block_least,
        FindingKind.STRAIGHT_LINE: thresholds.straight_least,
        FindingKind.RISK_RANK: 1,
    }
    return least[kind]
