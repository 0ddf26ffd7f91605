"""States of entries and experiences, whom a problem concerned, and the steps of review: pure."""

import enum
from datetime import timedelta


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


class ReviewStep(enum.StrEnum):
    """Who reviews: the organiser's branch, then the office."""

    BRANCH = "branch"
    OFFICE = "office"


class Verdict(enum.StrEnum):
    """What a reviewer says."""

    APPROVED = "approved"
    RETURNED = "returned"
    MERGED = "merged"


class ExperienceState(enum.StrEnum):
    """How far an experience (经验) is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    BRANCH_APPROVED = "branch_approved"
    SHARED = "shared"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class ContentState(enum.StrEnum):
    """What the platform said of a text; a person reads every entry in any case."""

    WAITING = "waiting"
    PASSED = "passed"
    RISKY = "risky"
    UNCHECKED = "unchecked"


class LinkKind(enum.StrEnum):
    """How those who were served come to rate: a shown QR code, or links for one rating each."""

    POSTER = "poster"
    ONE_TIME = "one_time"


EFFECT_LIFE = timedelta(days=90)
LONGEST_TEXT = 2000
MOST_PICTURES = 6
MOST_LINKS = 200
