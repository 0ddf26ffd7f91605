"""Levels, states, reasons and tags of an evaluation: pure facts and small checks."""

import enum
import re
from collections.abc import Sequence

LEVEL_LABELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
UNKNOWN_LABEL = "不了解"
UNKNOWN = 0
# Levels up to this one are poor ratings (差评), which register a case.
POOR = 2
LONGEST_COMMENT = 2000
MOST_PHOTOS = 6
# A rating that is not of the sample survey stands in no stratum cell.
NO_CELL = 0
RECEIPT_KEY = re.compile(r"[0-9a-f]{32}")
RECEIPT = re.compile(r"[A-Za-z0-9_-]{43}")

SIGNED_ALREADY = "社区（村）的评价以单位名义署名，不需要填写联系方式。"

GOOD_TAGS = ("态度热情", "办事高效", "一次办结", "流程清楚", "专业负责", "公开透明")
POOR_TAGS = ("态度生硬", "推诿拖延", "多头跑路", "材料繁琐", "答复不清", "问题未解决")
TAGS = frozenset(GOOD_TAGS + POOR_TAGS)


class EvaluationState(enum.IntEnum):
    """Whether a rating counts."""

    COUNTED = 1
    EXCLUDED = 2
    WITHDRAWN = 3


class CommentState(enum.IntEnum):
    """Where a comment stands; scores count whatever it is."""

    NONE = 0
    WAITING = 1
    PASSED = 2
    HELD = 3
    RELEASED = 4
    REFUSED = 5


class PhotoState(enum.IntEnum):
    """Where a photo stands; nobody but the office sees it before its verdict."""

    UPLOADED = 0
    WAITING = 1
    PASSED = 2
    HELD = 3
    RELEASED = 4
    REFUSED = 5
    ASKED = 6


class ExclusionState(enum.StrEnum):
    """A proposal's way."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class ExclusionReason(enum.StrEnum):
    """Why a rating may be set apart; published as counts."""

    NOT_ABOUT_DEPARTMENT = "not_about_department"
    ORGANISED = "organised"
    DUPLICATE = "duplicate"
    ABUSIVE = "abusive"
    TEST = "test"


REASON_LABELS = {
    ExclusionReason.NOT_ABOUT_DEPARTMENT: "与被评部门职责无关",
    ExclusionReason.ORGANISED: "有证据表明系组织刷评",
    ExclusionReason.DUPLICATE: "同一事项重复评价",
    ExclusionReason.ABUSIVE: "内容违法或恶意攻击",
    ExclusionReason.TEST: "系统测试数据",
}
EVALUATION_STATE_LABELS = {
    EvaluationState.COUNTED: "已计入",
    EvaluationState.EXCLUDED: "不予采纳",
    EvaluationState.WITHDRAWN: "已撤回",
}
COMMENT_STATE_LABELS = {
    CommentState.NONE: "无留言",
    CommentState.WAITING: "检测中",
    CommentState.PASSED: "检测通过",
    CommentState.HELD: "待人工审核",
    CommentState.RELEASED: "审核通过",
    CommentState.REFUSED: "不予展示",
}
SHOWN_COMMENTS = (CommentState.PASSED, CommentState.RELEASED)


def receipt_state(state: CommentState) -> str:
    """Return what a rater is told about the comment: none, waiting, shown or held."""
    if state is CommentState.NONE:
        return "none"
    if state is CommentState.WAITING:
        return "waiting"
    return "shown" if state in SHOWN_COMMENTS else "held"


def is_poor(level: int | None) -> bool:
    """Tell whether an overall level is a poor rating; a withdrawn rating has none."""
    return level is not None and level <= POOR


def worst_place(levels: Sequence[int]) -> int | None:
    """Return the place of the worst poor level, the first of equals; None where none is poor."""
    poor = [(level, place) for place, level in enumerate(levels) if UNKNOWN < level <= POOR]
    return min(poor)[1] if poor else None
