"""Kinds, stages and verdicts of cases: pure."""

import enum


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
    CLOSED = "closed"


class WordState(enum.StrEnum):
    """Where a rater's words stand: nobody but the office sees them before their check."""

    NONE = "none"
    WAITING = "waiting"
    PASSED = "passed"
    HELD = "held"
    REFUSED = "refused"
