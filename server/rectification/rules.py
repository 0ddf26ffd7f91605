"""Kinds, stages and verdicts of cases: pure."""

import enum
from dataclasses import dataclass
from datetime import date


class CaseKind(enum.StrEnum):
    """What a case is about; each kind has its own limits."""

    POOR_RATING = "poor_rating"
    SURVEY_RATING = "survey_rating"
    HOTLINE_RATING = "hotline_rating"
    HOTLINE_URGENT = "hotline_urgent"
    HOTLINE_COMMON = "hotline_common"
    HOTLINE_COMPLEX = "hotline_complex"
    FRONTLINE = "frontline"
    PATROL = "patrol"
    SUPERVISION = "supervision"
    DISCIPLINE = "discipline"


class OriginKind(enum.StrEnum):
    """What registered a case; with an id it is all that a case knows of where it came from.

    ``evaluation``: "<campaign id>:<evaluation id>"; ``matter``: the id of a source's matter;
    ``frontline_entry``: its id; ``finding``: the document's number.
    """

    EVALUATION = "evaluation"
    MATTER = "matter"
    FRONTLINE_ENTRY = "frontline_entry"
    FINDING = "finding"


class Unit(enum.StrEnum):
    """How a limit's days are counted."""

    CALENDAR = "calendar"
    WORKING = "working"


class Stage(enum.StrEnum):
    """Where a case stands."""

    REGISTERED = "registered"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    CLOSING_ASKED = "closing_asked"
    REOPENED = "reopened"
    WITH_INSPECTOR = "with_inspector"
    CLOSED = "closed"


class ClosedBy(enum.StrEnum):
    """On whose word a case was closed."""

    RATER = "rater"
    SILENCE = "silence"
    HOTLINE = "hotline"
    INSPECTOR = "inspector"
    EVIDENCE = "evidence"
    APPEAL = "appeal"
    WITHDRAWAL = "withdrawal"


class CallbackOutcome(enum.StrEnum):
    """What came of calling a rater back."""

    REACHED = "reached"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"


class EventKind(enum.StrEnum):
    """What stands in a case's timeline."""

    REGISTERED = "registered"
    JOINED = "joined"
    ACCEPTED = "accepted"
    CONTACT_SHOWN = "contact_shown"
    CALLED_BACK = "called_back"
    MEASURE = "measure"
    ANSWERED = "answered"
    CLOSING_ASKED = "closing_asked"
    CLOSING_REFUSED = "closing_refused"
    EXTENDED = "extended"
    CALLED = "called"
    RATER_ANSWERED = "rater_answered"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    REOPENED = "reopened"
    TO_INSPECTOR = "to_inspector"
    NOTE = "note"
    TRANSFERRED = "transferred"
    APPEALED = "appealed"
    APPEAL_DECIDED = "appeal_decided"
    APPEAL_ENDED = "appeal_ended"
    CLOSED = "closed"


class WordState(enum.StrEnum):
    """Where a rater's words stand: nobody but the office sees them before their check."""

    NONE = "none"
    WAITING = "waiting"
    PASSED = "passed"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True)
class Limits:
    """How many days a kind of case has, counted in ``unit``.

    ``callback`` is None where nobody is called back. ``silence`` days after an answer the office
    may close without the rater's word.
    """

    unit: Unit
    callback: int | None
    rectify: int
    extension: int
    silence: int


# What holds until the office sets something else; the migration writes the same.
DEFAULT_LIMITS = {
    CaseKind.POOR_RATING: Limits(Unit.CALENDAR, 1, 15, 15, 15),
    CaseKind.SURVEY_RATING: Limits(Unit.CALENDAR, 1, 15, 15, 15),
    CaseKind.HOTLINE_RATING: Limits(Unit.WORKING, 1, 5, 5, 10),
    CaseKind.HOTLINE_URGENT: Limits(Unit.WORKING, None, 3, 3, 10),
    CaseKind.HOTLINE_COMMON: Limits(Unit.WORKING, None, 5, 5, 10),
    CaseKind.HOTLINE_COMPLEX: Limits(Unit.WORKING, None, 7, 7, 10),
    CaseKind.FRONTLINE: Limits(Unit.WORKING, None, 15, 15, 10),
    CaseKind.PATROL: Limits(Unit.CALENDAR, None, 90, 30, 15),
    CaseKind.SUPERVISION: Limits(Unit.WORKING, None, 15, 15, 10),
    CaseKind.DISCIPLINE: Limits(Unit.WORKING, None, 15, 15, 10),
}
DEFAULT_REASON = "系统默认"
DEFAULT_WEEKDAYS = (1, 2, 3, 4, 5)
DEFAULT_HOUR = 9

# What an inspection found: registered by the office or an inspector, who cite the rule.
FINDINGS = frozenset({CaseKind.PATROL, CaseKind.SUPERVISION, CaseKind.DISCIPLINE})
# Kinds of a hotline's matter that was no rating: a source says which of them its matters are.
MATTER_KINDS = (CaseKind.HOTLINE_URGENT, CaseKind.HOTLINE_COMMON, CaseKind.HOTLINE_COMPLEX)
ANSWERABLE = frozenset(
    {Stage.REGISTERED, Stage.ACCEPTED, Stage.REOPENED, Stage.ANSWERED, Stage.CLOSING_ASKED}
)
# Stages in which an answer stands and a rater's last word on it is asked.
ANSWERED = frozenset({Stage.ANSWERED, Stage.CLOSING_ASKED})
# A case that is closed on these words can still be taken up by a rater whom nobody asked.
CONTESTABLE = frozenset({ClosedBy.SILENCE, ClosedBy.HOTLINE, ClosedBy.EVIDENCE, ClosedBy.RATER})
# Closed without a verdict on what the department did: in no rate, unless by a rater who took the
# rating back when the department knew of it.
UNCOUNTED = frozenset({ClosedBy.WITHDRAWAL, ClosedBy.APPEAL})
FOLLOW_UP_DAYS = 30
MOST_WORDS = 20
MOST_PICTURES = 9
LONGEST_TITLE = 200
LONGEST_TEXT = 5000
LONGEST_WORD = 2000
LAST_ROUND = 2
HIGHEST_CALL = 3

RATER, SYSTEM_ROLE = "rater", "system"
ROLE_WORDS = {RATER: "评价人", SYSTEM_ROLE: "系统"}

CASE_KIND_LABELS = {
    CaseKind.POOR_RATING: "办事差评",
    CaseKind.SURVEY_RATING: "测评差评",
    CaseKind.HOTLINE_RATING: "热线差评",
    CaseKind.HOTLINE_URGENT: "热线紧急件",
    CaseKind.HOTLINE_COMMON: "热线普通件",
    CaseKind.HOTLINE_COMPLEX: "热线疑难件",
    CaseKind.FRONTLINE: "一线问题",
    CaseKind.PATROL: "巡察反馈",
    CaseKind.SUPERVISION: "督查反馈",
    CaseKind.DISCIPLINE: "纪检建议",
}
ORIGIN_LABELS = {
    OriginKind.EVALUATION: "群众评价",
    OriginKind.MATTER: "热线、中心事项",
    OriginKind.FRONTLINE_ENTRY: "一线日志",
    OriginKind.FINDING: "检查反馈",
}
UNIT_LABELS = {Unit.CALENDAR: "自然日", Unit.WORKING: "工作日"}
STAGE_LABELS = {
    Stage.REGISTERED: "已挂号",
    Stage.ACCEPTED: "办理中",
    Stage.ANSWERED: "已答复",
    Stage.CLOSING_ASKED: "申请销号",
    Stage.REOPENED: "退回重办",
    Stage.WITH_INSPECTOR: "转派驻纪检组",
    Stage.CLOSED: "已销号",
}
CLOSED_BY_LABELS = {
    ClosedBy.RATER: "评价人认可",
    ClosedBy.SILENCE: "评价人逾期未回应",
    ClosedBy.HOTLINE: "热线回访",
    ClosedBy.INSPECTOR: "派驻纪检组认定",
    ClosedBy.EVIDENCE: "凭整改证据",
    ClosedBy.APPEAL: "申诉成立",
    ClosedBy.WITHDRAWAL: "评价撤回或不予采纳",
}
OUTCOME_LABELS = {
    CallbackOutcome.REACHED: "已联系上",
    CallbackOutcome.UNREACHABLE: "联系不上",
    CallbackOutcome.DECLINED: "不愿接受回访",
}
EVENT_LABELS = {
    EventKind.REGISTERED: "挂号",
    EventKind.JOINED: "并入",
    EventKind.ACCEPTED: "签收",
    EventKind.CONTACT_SHOWN: "查看联系方式",
    EventKind.CALLED_BACK: "回访",
    EventKind.MEASURE: "整改措施",
    EventKind.ANSWERED: "答复",
    EventKind.CLOSING_ASKED: "申请销号",
    EventKind.CLOSING_REFUSED: "销号未通过",
    EventKind.EXTENDED: "延期",
    EventKind.CALLED: "叫号",
    EventKind.RATER_ANSWERED: "评价人回复",
    EventKind.SOLVED: "追评：已解决",
    EventKind.NOT_SOLVED: "追评：未解决",
    EventKind.REOPENED: "退回重办",
    EventKind.TO_INSPECTOR: "转派驻纪检组",
    EventKind.NOTE: "备注",
    EventKind.TRANSFERRED: "转办",
    EventKind.APPEALED: "提出申诉",
    EventKind.APPEAL_DECIDED: "申诉裁定",
    EventKind.APPEAL_ENDED: "申诉终止",
    EventKind.CLOSED: "销号",
}


def quarter_of(day: date) -> str:
    """Return the quarter of a day as cases are counted in: 2026Q4."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def case_number(year: int, count: int) -> str:
    """Return the number of a year's nth case: 2026-00012."""
    return f"{year}-{count:05d}"
