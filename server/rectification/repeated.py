"""A second tap: whether somebody has just said the very same thing to a case.

On the phone an answer can get lost on its way back, and the step is sent again. What is the same
in case, step, person and words within a day is that, and gets the first answer.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from server.core.access import Actor
from server.core.database import db
from server.rectification.models import CaseEvent
from server.rectification.rules import EventKind

WITHIN = timedelta(days=1)


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

    Something else said meanwhile makes it a new one: then the same words mean something again.
    """
    about = CaseEvent.origin_id.is_(None) if origin_id is None else CaseEvent.origin_id == origin_id
    newest = db.session.execute(
        select(CaseEvent.text, CaseEvent.account_id, CaseEvent.at)
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
    )
