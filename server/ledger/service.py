"""Writing down what the log is to say; the sequencer takes it up."""

from server.core.database import db
from server.ledger.models import PendingLeaf
from server.ledger.rules import Event


def note(
    campaign_id: int,
    event: Event,
    *,
    commitment: bytes | None = None,
    previous: bytes | None = None,
    reason: str | None = None,
    body: str | None = None,
    at_close: bool = False,
) -> None:
    """Have the sequencer append an event, in the transaction of what happened.

    ``at_close`` keeps it back until the campaign has closed: of the sample survey no time is told.
    """
    db.session.add(
        PendingLeaf(
            campaign_id=campaign_id,
            event=int(event),
            commitment=commitment,
            previous=previous,
            reason=reason,
            body=body,
            at_close=at_close,
        )
    )
