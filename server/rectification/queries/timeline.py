"""A case's timeline, as its readers may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.core.access import ROLE_LABELS, Actor, Role
from server.core.database import db
from server.core.paging import Page, page
from server.pictures import queries as album
from server.rectification.models import Case, CaseEvent
from server.rectification.queries.cases import visible
from server.rectification.rules import (
    EVENT_LABELS,
    RATER,
    ROLE_WORDS,
    SYSTEM_ROLE,
    EventKind,
    WordState,
)

SUBJECT = "case_event"
# What the system does at once when a rater has spoken: its moment would be the rater's.
FOLLOWS_RATER = frozenset({EventKind.REOPENED, EventKind.TO_INSPECTOR, EventKind.CLOSED})


@dataclass(frozen=True)
class Line:
    """A line of a timeline; ``text`` is what its reader may see of the words.

    ``place`` counts from 1 among what this reader sees: the table's own numbers run through all
    cases and internal lines, and would tell a rater's hour. ``own`` tells a rater
    which lines are about the own rating.
    """

    place: int
    at: datetime
    kind: EventKind
    label: str
    role: str
    role_label: str
    internal: bool
    account_id: UUID | None
    origin_id: int | None
    own: bool
    text: str
    word_state: WordState
    detail: Mapping[str, Any]
    pictures: Sequence[album.Picture] = field(default=())

    @property
    def of_the_day(self) -> bool:
        """Whether only the day is told: of what a rater did, and of what followed from it."""
        follows = self.role == SYSTEM_ROLE and self.kind in FOLLOWS_RATER
        return self.role == RATER or follows


def timeline(
    case_id: UUID, *, rater: bool = False, origin: int | None = None, office: bool = False
) -> list[Line]:
    """Return a case's timeline, in order.

    A rater sees no internal line, and of what concerns one rating only the ``origin``'s own. A
    rater's words that wait for their check, or are held, only the office and their author see.
    """
    events = db.session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)
    ).all()
    if rater:
        events = [one for one in events if not one.internal and one.origin_id in {None, origin}]
    shown = album.of_subjects(SUBJECT, [one.id for one in events])
    return [
        _line(place, one, shown[str(one.id)], origin=origin, office=office)
        for place, one in enumerate(events, start=1)
    ]


def _line(
    place: int,
    event: CaseEvent,
    attached: Sequence[album.Picture],
    *,
    origin: int | None,
    office: bool,
) -> Line:
    kind, state = EventKind(event.kind), WordState(event.word_state)
    own = origin is not None and event.origin_id == origin
    readable = office or own or state in {WordState.NONE, WordState.PASSED}
    return Line(
        place=place,
        at=event.at,
        kind=kind,
        label=EVENT_LABELS[kind],
        role=event.role,
        role_label=role_label(event.role),
        internal=event.internal,
        account_id=event.account_id,
        origin_id=event.origin_id,
        own=own,
        text=event.text if readable else "",
        word_state=state,
        detail=event.detail,
        pictures=attached,
    )


def role_label(role: str) -> str:
    """Return in whose name a line was written, in words."""
    return ROLE_WORDS[role] if role in ROLE_WORDS else ROLE_LABELS[Role(role)]


def waiting_words(actor: Actor, *, cursor: str | None, limit: int = 30) -> Page[CaseEvent]:
    """Return raters' words that wait for the office's decision, the oldest first."""
    open_states = [WordState.WAITING.value, WordState.HELD.value]
    query = (
        select(CaseEvent)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(CaseEvent.word_state.in_(open_states), CaseEvent.role == RATER, visible(actor))
    )
    found = page(
        query,
        [CaseEvent.id],
        kinds=[int],
        key=lambda row: [row[0].id],
        cursor=cursor,
        limit=limit,
    )
    return Page([row[0] for row in found.items], found.next_cursor)
