"""A second tap: whether somebody has just said the very same thing to a case.

On the phone an answer can get lost on its way back, and the step is sent again. What is the same
in case, step, person and words within a day is that, and gets the first answer.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select

from server.core.access import Actor
from server.core.database import db
from server.rectification.models import CaseEvent
from server.rectification.rules import EventKind

WITHIN = timedelta(days=1)
# After these the case is worked on again: the same answer as before is a new one.
WORK_AGAIN = (EventKind.CLOSING_REFUSED, EventKind.REOPENED, EventKind.TRANSFERRED)


def said_already(
    case_id: UUID,
    kind: EventKind,
    text: str,
    *,
    origin_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> bool:
    """Tell whether a step is a repeat. Its caller holds the case's row, so that taps queue up.

    Something else said meanwhile, or the case sent back to work, makes it a new one: then the same
    words mean something again.
    """
    about = CaseEvent.origin_id.is_(None) if origin_id is None else CaseEvent.origin_id == origin_id
    newest = db.session.execute(
        select(CaseEvent.id, CaseEvent.text, CaseEvent.account_id, CaseEvent.at)
        .where(
            CaseEvent.case_id == case_id,
            CaseEvent.kind == kind.value,
            about,
        )
        .order_by(CaseEvent.id.desc())
        .limit(1)
    ).first()
    return (
        newest is not None
        and (newest.text, newest.account_id) == (text.strip(), actor.id)
        and newest.at > now - WITHIN
        and not _sent_back_since(case_id, newest.id)
    )


def _sent_back_since(case_id: UUID, event_id: int) -> bool:
    sent_back = exists().where(
        CaseEvent.case_id == case_id,
        CaseEvent.id > event_id,
        CaseEvent.kind.in_([kind.value for kind in WORK_AGAIN]),
    )
    return bool(db.session.scalar(select(sent_back)))
