"""Writing a case's timeline, with the pictures that belong to a line."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from server.core.access import Actor, ActorKind
from server.core.database import db
from server.core.errors import InvalidInput
from server.pictures import service as pictures
from server.pictures.rules import Purpose
from server.rectification.models import Case, CaseEvent
from server.rectification.queries.timeline import SUBJECT
from server.rectification.rules import LONGEST_TEXT, MOST_PICTURES, EventKind, WordState


def write(
    case: Case,
    kind: EventKind,
    *,
    role: str,
    at: datetime,
    actor: Actor | None = None,
    text: str = "",
    internal: bool = False,
    origin_id: int | None = None,
    word_state: WordState = WordState.NONE,
    **detail: object,
) -> CaseEvent:
    """Add a line; of a rater no ``actor`` is given."""
    official = actor is not None and actor.kind is ActorKind.ACCOUNT
    event = CaseEvent(
        case_id=case.id,
        at=at,
        kind=kind.value,
        internal=internal,
        role=role,
        account_id=actor.id if actor is not None and official else None,
        origin_id=origin_id,
        text=text,
        word_state=word_state.value,
        detail=detail,
    )
    db.session.add(event)
    db.session.flush()
    return event


def attach(
    event: CaseEvent, ids: Sequence[UUID], *, uploaded_by: UUID | None, now: datetime
) -> None:
    """Give a line its pictures; ``uploaded_by`` is the member who uploaded them on the phone."""
    if not ids:
        return
    if len(ids) > MOST_PICTURES:
        raise InvalidInput([{"field": "pictures", "message": f"最多 {MOST_PICTURES} 张图片。"}])
    pictures.take_up(
        ids,
        purpose=Purpose.CASE,
        subject=(SUBJECT, str(event.id)),
        uploaded_by=uploaded_by,
        now=now,
    )


def required(text: str, field: str, *, most: int = LONGEST_TEXT) -> str:
    """Return a text that has to be given; refuse an empty or overlong one."""
    said = text.strip()
    if not said:
        raise InvalidInput([{"field": field, "message": "请填写。"}])
    return optional(said, field, most=most)


def optional(text: str, field: str, *, most: int = LONGEST_TEXT) -> str:
    """Return a text that may be empty; refuse an overlong one."""
    said = text.strip()
    if len(said) > most:
        raise InvalidInput([{"field": field, "message": f"最多 {most} 字。"}])
    return said
