"""The keys behind the codes, derived from one standing key of the ring."""

from server.attendance import codes
from server.attendance.rules import CHECK_IN_KEY
from server.core.keyring import standing_key


def of_activity(activity_id: int) -> bytes:
    """Return the key that an activity's organisers sign with."""
    return codes.activity_key(standing_key(CHECK_IN_KEY), activity_id)


def of_ticket(activity_id: int, ticket: bytes) -> bytes:
    """Return the key that one participant's phone signs with."""
    return codes.ticket_key(standing_key(CHECK_IN_KEY), activity_id, ticket)
