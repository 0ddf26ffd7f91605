"""Kinds and states of what is handed on: pure."""

import enum
from datetime import timedelta

LONGEST_NAME = 100
LONGEST_TEXT = 2000
LONGEST_NOTE = 500
LONGEST_ADDRESS = 500
MOST_ITEMS = 200
# The same again within this time is a second tap and no second act.
SECOND_TAP = timedelta(minutes=10)
# Six tries in nine hours; after the last one a person decides.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
MOST_ATTEMPTS = len(PAUSES) + 1
# A request that was signed longer ago is refused: long enough for clocks that go wrong a little.
SIGNATURE_WINDOW = timedelta(minutes=5)
KEY_NAME = "uptake"
SECRET_PURPOSE = "uptake.secret"  # noqa: S105 the column's name, no secret
# What is printed on a parcel, and copied by whoever acknowledges it by hand.
CODE_DIGITS = 8


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


RECIPIENT_LABELS = {
    RecipientKind.DISCIPLINE: "纪检监察",
    RecipientKind.PERSONNEL: "组织人事",
    RecipientKind.ASSESSMENT: "考核",
    RecipientKind.OTHER: "其他",
}
ITEM_LABELS = {
    ItemState.SENT: "待接收",
    ItemState.TAKEN_OVER: "已接收，办理中",
    ItemState.DONE: "已办结",
    ItemState.RETURNED: "已退回",
}
DELIVERY_LABELS = {
    DeliveryState.WAITING: "等待推送",
    DeliveryState.DELIVERED: "已推送",
    DeliveryState.DEAD: "推送失败",
}
INSPECTION_LABELS = {InspectionState.OPEN: "跟踪中", InspectionState.DONE: "已了结"}
# Onwards only: a message that comes late or twice takes nothing back.
NEXT_STATES = {
    ItemState.SENT: frozenset({ItemState.TAKEN_OVER, ItemState.DONE, ItemState.RETURNED}),
    ItemState.TAKEN_OVER: frozenset({ItemState.DONE, ItemState.RETURNED}),
    ItemState.DONE: frozenset[ItemState](),
    ItemState.RETURNED: frozenset[ItemState](),
}


def next_pause(attempts: int) -> timedelta | None:
    """Return how long to wait after so many tries; None where that was the last one."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
