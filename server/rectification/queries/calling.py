"""Reading the rounds of calling (叫号)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from server.core.access import Actor, ActorKind
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.identity import queries as identity
from server.rectification import authority
from server.rectification.models import Call, CallItem, CallRhythm


def rhythm() -> CallRhythm | None:
    """Return the rhythm that holds; None where the default does."""
    return db.session.scalar(select(CallRhythm).order_by(CallRhythm.id.desc()).limit(1))


def rhythms() -> Sequence[CallRhythm]:
    """Return every rhythm that was set, newest first."""
    return db.session.scalars(select(CallRhythm).order_by(CallRhythm.id.desc())).all()


def call_page(*, cursor: str | None, limit: int = 30) -> Page[Call]:
    """Return the rounds of calling, the latest first."""
    return newest_first(select(Call), Call.due_at, Call.id, kind=int, cursor=cursor, limit=limit)


def call(call_id: int) -> Call:
    """Return a round of calling; refuse with 404."""
    found = db.session.get(Call, call_id)
    if found is None:
        raise Refusal("call_unknown", 404)
    return found


def call_items(call_id: int, actor: Actor) -> list[tuple[CallItem, str]]:
    """Return what a call said to each department that the actor may see, with its name."""
    rows: Sequence[Any] = db.session.execute(
        select(CallItem, identity.Organisation)
        .join(identity.Organisation, identity.Organisation.id == CallItem.department_id)
        .where(CallItem.call_id == call_id)
        .order_by(identity.Organisation.sort_key, identity.Organisation.id)
    ).all()
    return [
        (item, place.name)
        for item, place in rows
        if actor.kind is ActorKind.SYSTEM or actor.reaches(place.path, *authority.READERS)
    ]


def last_call(before: datetime | None = None) -> Call | None:
    """Return the latest round of calling, of those before a moment where one is given."""
    query = select(Call).order_by(Call.due_at.desc()).limit(1)
    if before is not None:
        query = query.where(Call.due_at < before)
    return db.session.scalar(query)


def levels_of(call_id: int) -> dict[int, int]:
    """Return the level of each department that a call found late."""
    rows = db.session.execute(
        select(CallItem.department_id, CallItem.level).where(
            CallItem.call_id == call_id, CallItem.late_cases != []
        )
    )
    return {row.department_id: row.level for row in rows}
