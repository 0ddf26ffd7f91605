"""Handing results on, and following what becomes of them. Nothing here commits."""

from server.uptake.service.delivery import attempt_began, attempt_ended, send_again
from server.uptake.service.inspection import add_entry, finish_entry, reopen_entry
from server.uptake.service.parcels import (
    acknowledge,
    acknowledge_by_hand,
    cases_by_number,
    file_of,
    make_parcel,
    note_item,
)
from server.uptake.service.recipients import (
    add_recipient,
    change_recipient,
    renew_secret,
    verified,
)

__all__ = [
    "acknowledge",
    "acknowledge_by_hand",
    "add_entry",
    "add_recipient",
    "attempt_began",
    "attempt_ended",
    "cases_by_number",
    "change_recipient",
    "file_of",
    "finish_entry",
    "make_parcel",
    "note_item",
    "renew_secret",
    "reopen_entry",
    "send_again",
    "verified",
]
