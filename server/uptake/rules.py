"""Kinds and states of what is handed on: pure."""

import enum


class RecipientKind(enum.StrEnum):
    """Who uses results."""

    DISCIPLINE = "discipline"
    PERSONNEL = "personnel"
    ASSESSMENT = "assessment"
    OTHER = "other"


class ItemState(enum.StrEnum):
    """What became of an item."""

    SENT = "sent"
    TAKEN_OVER = "taken_over"
    DONE = "done"
    RETURNED = "returned"


class DeliveryState(enum.StrEnum):
    """How far the sending of a parcel by webhook is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class InspectionState(enum.StrEnum):
    """Where an entry of the stationed inspectors' own list stands."""

    OPEN = "open"
    DONE = "done"
