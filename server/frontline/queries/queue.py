"""The review queue: what waits for a caller's steps, of entries, experiences and check-ins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_

from server.attendance import queries as attendance
from server.core.access import Actor
from server.core.database import db
from server.core.paging import LARGEST_PAGE, Page, decode, encode
from server.frontline.authority import Caller, Organisation, caller_of, reviewable
from server.frontline.models import Entry, EntryReview, Experience
from server.frontline.queries.describing import describe_entries, describe_experiences
from server.frontline.readings import EntryReading, ExperienceReading
from server.frontline.rules import EntryState, ExperienceState, ReviewStep, Verdict

CHECK_IN = "check_in"
ENTRY = "entry"
EXPERIENCE = "experience"


@dataclass(frozen=True)
class QueueItem:
    """One thing that waits for a verdict, and since when; one of the three is there.

    ``id`` is the entry's or experience's, of a check-in its person's; a check-in waits since its
    activity began.
    """

    kind: str
    id: UUID
    since: datetime
    entry: EntryReading | None = None
    experience: ExperienceReading | None = None
    check_in: attendance.Question | None = None


@dataclass(frozen=True, order=True)
class _Place:
    """Where an item stands in the queue: the moment, and what parts equal moments."""

    since: datetime
    kind: str
    activity: int
    id: UUID


def review_queue(
    actor: Actor, *, cursor: str | None = None, limit: int = 20, now: datetime
) -> Page[QueueItem]:
    """Return what waits for a verdict of the actor's, oldest first.

    Of doubtful check-ins only the oldest two hundred: the rest follows as they are answered.
    """
    asked = {_place_of(one): one for one in attendance.questions(actor, now=now)}
    return _page(actor, (ENTRY, EXPERIENCE), asked, cursor, limit)


def waiting_entries(actor: Actor, *, cursor: str | None = None, limit: int = 20) -> Page[QueueItem]:
    """Return the entries alone that wait for a verdict of the actor's, oldest first."""
    return _page(actor, (ENTRY,), {}, cursor, limit)


def waiting_experiences(
    actor: Actor, *, cursor: str | None = None, limit: int = 20
) -> Page[QueueItem]:
    """Return the experiences alone that wait for a verdict of the actor's, oldest first."""
    return _page(actor, (EXPERIENCE,), {}, cursor, limit)


def _page(
    actor: Actor,
    kinds: Sequence[str],
    asked: Mapping[_Place, attendance.Question],
    cursor: str | None,
    limit: int,
) -> Page[QueueItem]:
    caller = caller_of(actor)
    limit = max(1, min(limit, LARGEST_PAGE))
    after = _read(cursor)
    places = [place for place in asked if after is None or place > after]
    if ENTRY in kinds:
        places += _places(ENTRY, _entries(caller), Entry, after, limit)
    if EXPERIENCE in kinds:
        places += _places(EXPERIENCE, _experiences(caller), Experience, after, limit)
    places.sort()
    shown = places[:limit]
    last = shown[-1] if len(places) > limit else None
    return Page(
        _items(shown, asked, caller),
        encode([last.since.isoformat(), last.kind, last.activity, last.id]) if last else None,
    )


def waiting_count(actor: Actor, *, now: datetime) -> int:
    """Return how much waits for a verdict of the actor's, two hundred check-ins at most."""
    caller = caller_of(actor)
    return len(attendance.questions(actor, now=now)) + sum(
        db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
        for query in (_entries(caller), _experiences(caller))
    )


def _read(cursor: str | None) -> _Place | None:
    if not cursor:
        return None
    return _Place(*decode(cursor, [_moment, str, int, UUID]))


def _place_of(question: attendance.Question) -> _Place:
    # Not since the check-in: nobody else is told when a person came (attendance).
    return _Place(question.starts_at, CHECK_IN, question.activity_id, question.person)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def _entries(caller: Caller) -> Select[*tuple[Any, ...]]:
    decided_by_me = exists().where(
        EntryReview.entry_id == Entry.id,
        EntryReview.step == ReviewStep.BRANCH.value,
        EntryReview.verdict == Verdict.APPROVED.value,
        EntryReview.reviewed_by == caller.id,
        EntryReview.reviewed_at >= Entry.submitted_at,
    )
    return _waiting(
        caller,
        Entry,
        and_(
            Entry.state == EntryState.SUBMITTED.value,
            reviewable(caller.actor, ReviewStep.BRANCH),
        ),
        and_(
            Entry.state == EntryState.BRANCH_APPROVED.value,
            reviewable(caller.actor, ReviewStep.OFFICE),
            ~decided_by_me,
        ),
    )


def _experiences(caller: Caller) -> Select[*tuple[Any, ...]]:
    return _waiting(
        caller,
        Experience,
        and_(
            Experience.state == ExperienceState.SUBMITTED.value,
            reviewable(caller.actor, ReviewStep.BRANCH),
        ),
        and_(
            Experience.state == ExperienceState.BRANCH_APPROVED.value,
            reviewable(caller.actor, ReviewStep.OFFICE),
            Experience.branch_reviewer.is_distinct_from(caller.id),
        ),
    )


def _waiting(
    caller: Caller, table: type[Entry] | type[Experience], *conditions: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(table.submitted_at, table.id)
        .join(Organisation, Organisation.id == table.branch_id)
        .where(or_(*conditions))
    )
    if caller.person_id is not None:
        query = query.where(table.person_id != caller.person_id)
    return query


def _places(
    kind: str,
    query: Select[*tuple[Any, ...]],
    table: type[Entry] | type[Experience],
    after: _Place | None,
    limit: int,
) -> list[_Place]:
    """Return the first places of one kind behind ``after``, one more than a page has."""
    if after is not None:
        if kind == after.kind:
            mine = tuple_(table.submitted_at, table.id)
            query = query.where(mine > tuple_(after.since, after.id))
        elif kind > after.kind:
            query = query.where(table.submitted_at >= after.since)
        else:
            query = query.where(table.submitted_at > after.since)
    rows = db.session.execute(query.order_by(table.submitted_at, table.id).limit(limit + 1))
    return [_Place(since, kind, 0, identifier) for since, identifier in rows]


def _items(
    places: Sequence[_Place], asked: Mapping[_Place, attendance.Question], caller: Caller
) -> list[QueueItem]:
    entries = _loaded(Entry, (place.id for place in places if place.kind == ENTRY))
    experiences = _loaded(Experience, (place.id for place in places if place.kind == EXPERIENCE))
    readings = {one.id: one for one in describe_entries(entries, caller)}
    learnt = {one.id: one for one in describe_experiences(experiences, caller)}
    return [
        QueueItem(
            place.kind,
            place.id,
            place.since,
            entry=readings.get(place.id) if place.kind == ENTRY else None,
            experience=learnt.get(place.id) if place.kind == EXPERIENCE else None,
            check_in=asked.get(place),
        )
        for place in places
    ]


def _loaded(table: Any, ids: Iterable[UUID]) -> list[Any]:
    return list(db.session.scalars(select(table).where(table.id.in_(list(ids)))))
