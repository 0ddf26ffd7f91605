"""States of entries and experiences, whom a problem concerned, and the steps of review: pure."""

import enum
import re
from datetime import date, timedelta
from itertools import pairwise

from server.activities.rules import Quarter


class EntryState(enum.StrEnum):
    """How far an entry is."""

    SUBMITTED = "submitted"
    BRANCH_APPROVED = "branch_approved"
    APPROVED = "approved"
    RETURNED = "returned"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Served(enum.StrEnum):
    """For whom a problem was taken up; in words of kind, never a person's name."""

    RESIDENTS = "residents"
    ENTERPRISE = "enterprise"
    COMMUNITY = "community"
    CARE = "care"
    OTHER = "other"


ENTRY_STATE_LABELS = {
    EntryState.SUBMITTED: "待支部审核",
    EntryState.BRANCH_APPROVED: "待上级审核",
    EntryState.APPROVED: "已通过",
    EntryState.RETURNED: "已退回",
    EntryState.MERGED: "已合并",
    EntryState.WITHDRAWN: "已撤回",
}
# What the author may still change, and what it may still take back.
CORRECTABLE = frozenset({EntryState.SUBMITTED, EntryState.RETURNED})
WITHDRAWABLE = CORRECTABLE | {EntryState.BRANCH_APPROVED}
# What another entry may be merged into.
LIVE = frozenset({EntryState.SUBMITTED, EntryState.BRANCH_APPROVED, EntryState.APPROVED})

SERVED_LABELS = {
    Served.RESIDENTS: "居民群众",
    Served.ENTERPRISE: "企业和个体工商户",
    Served.COMMUNITY: "社区（村）",
    Served.CARE: "老幼病残等需要照顾的群众",
    Served.OTHER: "其他",
}


class Solution(enum.StrEnum):
    """What became of the problem on the spot; NONE where the visit found no problem."""

    SOLVED = "solved"
    OPEN = "open"
    NONE = "none"


SOLUTION_LABELS = {
    Solution.SOLVED: "现场解决",
    Solution.OPEN: "尚未解决",
    Solution.NONE: "未发现问题",
}


class ReviewStep(enum.StrEnum):
    """Who reviews: the organiser's branch, then the office."""

    BRANCH = "branch"
    OFFICE = "office"


STEP_LABELS = {ReviewStep.BRANCH: "党支部", ReviewStep.OFFICE: "上级"}
STEP_OF_ENTRY = {
    EntryState.SUBMITTED: ReviewStep.BRANCH,
    EntryState.BRANCH_APPROVED: ReviewStep.OFFICE,
}


class Verdict(enum.StrEnum):
    """What a reviewer says."""

    APPROVED = "approved"
    RETURNED = "returned"
    MERGED = "merged"


VERDICT_LABELS = {
    Verdict.APPROVED: "通过",
    Verdict.RETURNED: "退回",
    Verdict.MERGED: "合并",
}


class ExperienceState(enum.StrEnum):
    """How far an experience (经验) is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    BRANCH_APPROVED = "branch_approved"
    SHARED = "shared"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


EXPERIENCE_STATE_LABELS = {
    ExperienceState.DRAFT: "草稿",
    ExperienceState.SUBMITTED: "待支部审核",
    ExperienceState.BRANCH_APPROVED: "待上级审核",
    ExperienceState.SHARED: "已共享",
    ExperienceState.RETURNED: "已退回",
    ExperienceState.WITHDRAWN: "已撤回",
}
# A shared experience that turns out wrong can still be returned by the office.
STEP_OF_EXPERIENCE = {
    ExperienceState.SUBMITTED: ReviewStep.BRANCH,
    ExperienceState.BRANCH_APPROVED: ReviewStep.OFFICE,
    ExperienceState.SHARED: ReviewStep.OFFICE,
}


class ContentState(enum.StrEnum):
    """What the platform said of a text; a person reads every entry in any case."""

    WAITING = "waiting"
    PASSED = "passed"
    RISKY = "risky"
    UNCHECKED = "unchecked"


CONTENT_STATE_LABELS = {
    ContentState.WAITING: "检测中",
    ContentState.PASSED: "检测通过",
    ContentState.RISKY: "检测提示有风险",
    ContentState.UNCHECKED: "未能检测",
}


class LinkKind(enum.StrEnum):
    """How those who were served come to rate: a shown QR code, or links for one rating each."""

    POSTER = "poster"
    ONE_TIME = "one_time"


THANKS = "谢谢您的评价。评价匿名，不会显示是谁评的。"
EFFECT_LIFE = timedelta(days=90)
LONGEST_TEXT = 2000
LONGEST_PLACE = 200
LONGEST_TITLE = 100
LONGEST_TAG = 20
LONGEST_REASON = 500
LONGEST_NOTE = 500
MOST_PICTURES = 6
MOST_LINKS = 200
MOST_UNITS = 20
MOST_PEOPLE = 1000
MOST_TAGS = 6
OLDEST_ENTRY = timedelta(days=90)
UNDO_LIFE = timedelta(days=30)
CODE_LENGTH = 12
CODE_PURPOSE = "effect_link.code"
SCENE = re.compile(r"f?([0-9A-Za-z -]{12,20})")

# Two entries may be of the same problem when they are this close in time and in words.
DUPLICATE_WINDOW = timedelta(days=14)
ALIKE = 0.45
ALIKE_ELSEWHERE = 0.7


def days_of(quarter: Quarter) -> tuple[date, date]:
    """Return the first and the last day of a quarter."""
    return quarter.starts_at.date(), quarter.ends_at.date() - timedelta(days=1)


def effect_key(quarter: Quarter) -> str:
    """Return the name of the key that the effect's raters of a quarter are hidden under."""
    return f"effect-{quarter.year}q{quarter.number}"


def last_link_day(approved_on: date) -> date:
    """Return the last day on which links to rate an approved entry may be made."""
    return approved_on + EFFECT_LIFE


def effect_is_over(quarter: Quarter, today: date) -> bool:
    """Tell whether no entry approved in this quarter can be rated any more, by any link.

    Links are made up to 90 days after the approval and serve 90 days.
    """
    _, last = days_of(quarter)
    return today > last + EFFECT_LIFE + EFFECT_LIFE


def is_one_line(path: str, other: str) -> bool:
    """Tell whether two places of the tree are the same, or one is above the other."""
    return path.startswith(other) or other.startswith(path)


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, 0 to 1: Dice's coefficient over pairs of characters.

    Pairs rather than words, because Chinese is written without blanks (L. R. Dice, Measures of the
    amount of ecologic association between species, 1945).
    """
    mine, theirs = _pairs(one), _pairs(other)
    if not mine or not theirs:
        return 0.0
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def _pairs(text: str) -> set[str]:
    plain = [character for character in text.casefold() if character.isalnum()]
    return {first + second for first, second in pairwise(plain)}
