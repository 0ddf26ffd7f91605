"""States of a quarter's edition, what of cases is shown in it, and why a figure is not: pure."""

import enum
import re
from datetime import datetime, timedelta

from server.activities.rules import Quarter
from server.campaigns.rules import CampaignKind
from server.core import clock

LONGEST_NOTE = 500
LONGEST_GROUP_NAME = 50
MOST_GROUPS = 30
CODE = re.compile(r"([0-9]{4})Q([1-4])")


class EditionState(enum.StrEnum):
    """Where an edition stands."""

    FROZEN = "frozen"
    APPROVED = "approved"
    PUBLISHED = "published"
    DROPPED = "dropped"


STATE_LABELS = {
    EditionState.FROZEN: "待审核",
    EditionState.APPROVED: "待公布",
    EditionState.PUBLISHED: "已公布",
    EditionState.DROPPED: "已作废",
}
UNDERWAY = (EditionState.FROZEN, EditionState.APPROVED)


class Measure(enum.StrEnum):
    """What is shown of a department's cases: a number of them, and parts of that number.

    ``due``: cases that were closed, or whose limit has passed. ``called_back``: real-name ratings;
    ``satisfied``: raters' last words.
    """

    REGISTERED = "registered"
    DUE = "due"
    CALLED_BACK = "called_back"
    SATISFIED = "satisfied"


# The parts of each measure's number, in the order in which they are shown.
PARTS: dict[Measure, tuple[str, ...]] = {
    Measure.REGISTERED: (),
    Measure.DUE: ("answered", "closed"),
    Measure.CALLED_BACK: ("called", "in_time"),
    Measure.SATISFIED: ("solved",),
}
MEASURE_LABELS = {
    Measure.REGISTERED: "挂号件数",
    Measure.DUE: "到期件数",
    Measure.CALLED_BACK: "应回访数",
    Measure.SATISFIED: "群众追评数",
}
PART_LABELS = {
    "answered": "按时答复",
    "closed": "按时销号",
    "called": "已回访",
    "in_time": "按时回访",
    "solved": "认为已解决",
}
# What is shown as a rate: measure, part, heading.
RATES: tuple[tuple[Measure, str, str], ...] = (
    (Measure.CALLED_BACK, "called", "回访率"),
    (Measure.DUE, "closed", "按时销号率"),
    (Measure.SATISFIED, "solved", "整改满意率"),
)


class Reason(enum.StrEnum):
    """Why a case figure is not shown; told to the office, never to the public."""

    FEW = "few"
    CHANGED = "changed"
    COMPLEMENT = "complement"


REASON_LABELS = {
    Reason.FEW: "少于最小公布人数",
    Reason.CHANGED: "与已公布的版本相差太少，会看出是哪一件",
    Reason.COMPLEMENT: "为防止从合计或以前的版本推算出上述数字",
}

# Words of a document's places, for who reads what differs between two editions.
WORDS = {
    **{measure.value: label for measure, label in MEASURE_LABELS.items()},
    **PART_LABELS,
    "cases": "差评件",
    "of": "件数",
    "rank": "组内名次区间",
    "ranked": "参加比较的部门数",
    "group": "分组",
    "campaigns": "评价活动",
    "as_of": "统计截止",
    "smallest_group": "最小公布人数",
    "closed_on": "结束日期",
    "interval_level": "置信水平",
    "kind": "类型",
}


def quarter_code(quarter: Quarter) -> str:
    """Return a quarter as cases and editions name it: 2026Q4."""
    return f"{quarter.year}Q{quarter.number}"


def read_quarter(code: str) -> Quarter:
    """Read "2026Q4"; raise ValueError for anything else."""
    found = CODE.fullmatch(code)
    if found is None:
        raise ValueError(code)
    return Quarter(int(found[1]), int(found[2]))


def quarter_label(code: str) -> str:
    """Return a quarter as people read it."""
    return read_quarter(code).label


def paper_label(code: str) -> str:
    """Return a quarter as papers write it: official texts have no spaces around figures."""
    return quarter_label(code).replace(" ", "")


def quarter_of_campaign(
    kind: CampaignKind, *, opens_at: datetime, closes_at: datetime, closed_at: datetime | None
) -> str | None:
    """Return the quarter that a campaign belongs to; it belongs to no other.

    Ratings by matter belong to the quarter in which most of their time lies, a survey to that in
    which it closed: one that is open belongs to none.
    """
    if kind is CampaignKind.SERVICE:
        return quarter_code(Quarter.of(clock.local_date(opens_at + (closes_at - opens_at) / 2)))
    if closed_at is None:
        return None
    # What runs to the end of a quarter is closed a moment after it.
    last = min(closed_at, closes_at) - timedelta(microseconds=1)
    return quarter_code(Quarter.of(clock.local_date(last)))
