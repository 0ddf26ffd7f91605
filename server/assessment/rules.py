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
