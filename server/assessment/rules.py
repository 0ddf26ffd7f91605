"""Kinds of decisions: pure."""

import enum


class DecisionKind(enum.StrEnum):
    """What the competent body decided on a result."""

    COMMENDED = "commended"
    REWARDED = "rewarded"
    NO_ACTION = "no_action"
    TALKED_TO = "talked_to"
    CRITICISED = "criticised"
    OTHER = "other"


class PartKind(enum.StrEnum):
    """What a part of a year's result is made of."""

    QUARTER = "quarter"
    RATE = "rate"


class Rate(enum.StrEnum):
    """The case rates that can be a part: of all cases of the year's quarters."""

    CALLED_BACK = "called_back"
    CALLED_BACK_IN_TIME = "called_back_in_time"
    ANSWERED_IN_TIME = "answered_in_time"
    CLOSED_IN_TIME = "closed_in_time"
    SOLVED = "solved"


class WithoutCases(enum.StrEnum):
    """What becomes of a rate's weight where a department had no cases that it is a rate of.

    ``SPREAD``: the other parts share it in proportion, and the result says so. ``MISSING``: there
    is no result.
    """

    SPREAD = "spread"
    MISSING = "missing"


class Reason(enum.StrEnum):
    """Why a part is missing."""

    NOT_PUBLISHED = "not_published"
    NOT_RATED = "not_rated"
    WITHHELD = "withheld"
    NOT_SCORED = "not_scored"
    NO_CASES = "no_cases"


DECISION_LABELS = {
    DecisionKind.COMMENDED: "通报表扬",
    DecisionKind.REWARDED: "奖励",
    DecisionKind.NO_ACTION: "不作奖惩",
    DecisionKind.TALKED_TO: "约谈",
    DecisionKind.CRITICISED: "通报批评",
    DecisionKind.OTHER: "其他",
}
RATE_LABELS = {
    Rate.CALLED_BACK: "回访率",
    Rate.CALLED_BACK_IN_TIME: "按时回访率",
    Rate.ANSWERED_IN_TIME: "按时答复率",
    Rate.CLOSED_IN_TIME: "按时销号率",
    Rate.SOLVED: "整改满意率",
}
WITHOUT_LABELS = {
    WithoutCases.SPREAD: "权重按比例分给其他部分，并在结果中注明",
    WithoutCases.MISSING: "不计算结果，注明缺少的部分",
}
REASON_LABELS = {
    Reason.NOT_PUBLISHED: "这个季度还没有公布",
    Reason.NOT_RATED: "本季度没有参加评价",
    Reason.WITHHELD: "得分因人数不足不公布",
    Reason.NOT_SCORED: "公布的结果没有总分",
    Reason.NO_CASES: "全年没有应办的件",
}
QUARTERS = (1, 2, 3, 4)
LONGEST_NOTE = 500
LONGEST_BODY = 100
LONGEST_NUMBER = 100
LONGEST_TEXT = 2000
FIRST_YEAR, LAST_YEAR = 2024, 2100


def quarter_codes(year: int) -> list[str]:
    """Return the codes of a year's quarters."""
    return [f"{year}Q{number}" for number in QUARTERS]
