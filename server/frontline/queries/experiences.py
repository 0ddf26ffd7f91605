"""Lists of experiences, and one experience, as a caller may see them."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from server.core.access import Actor
from server.core.database import db
from server.core.paging import Page, newest_first
from server.frontline.authority import Caller, caller_of, may_organise, steps_of
from server.frontline.models import Experience
from server.frontline.queries import rows
from server.frontline.queries.describing import describe_experiences
from server.frontline.readings import ExperienceReading, TagCount
from server.frontline.rules import ExperienceState
from server.identity import queries as identity
from server.identity.rules import searchable

Organisation = identity.Organisation
SHARED = Experience.state == ExperienceState.SHARED.value
MOST_TAGS_SHOWN = 30
# Every shared one has it.
_SHARED_AT = cast("InstrumentedAttribute[datetime]", Experience.shared_at)


def shown_experience(experience_id: UUID, actor: Actor) -> ExperienceReading:
    """Return one experience as the actor may see it; refuse with 404 what it may not."""
    found = rows.experience(experience_id)
    caller = caller_of(actor)
    if not _may_see(found, caller):
        raise rows.unknown_experience()
    return describe_experiences([found], caller, with_uses=True)[0]


def _may_see(found: Experience, caller: Caller) -> bool:
    if caller.person_id is not None and caller.person_id == found.person_id:
        return True
    if found.state in {ExperienceState.DRAFT, ExperienceState.WITHDRAWN}:
        return False
    if steps_of(caller.actor, identity.organisation(found.branch_id).path):
        return True
    return caller.is_member and found.state == ExperienceState.SHARED


def shared_experiences(
    actor: Actor,
    *,
    q: str = "",
    tag: str = "",
    path: str = "",
    between: tuple[datetime, datetime] | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[ExperienceReading]:
    """Return the shared collection, the latest first.

    ``q`` is looked for in title, words, tags and the branch's name, as written or in pinyin;
    ``path`` is above the branches; ``between`` bounds when it was shared, its end left out.
    """
    caller = caller_of(actor)
    if not caller.is_member:
        return Page([], None)
    query = (
        select(Experience)
        .join(Organisation, Organisation.id == Experience.branch_id)
        .where(SHARED, Organisation.path.startswith(path, autoescape=True))
    )
    if between is not None:
        begins_at, ends_at = between
        query = query.where(begins_at <= _SHARED_AT, ends_at > _SHARED_AT)
    if q:
        query = query.where(
            Experience.search_key.contains(searchable(q), autoescape=True) | identity.matches(q)
        )
    if tag:
        query = query.where(Experience.tags.contains([tag]))
    found = newest_first(query, _SHARED_AT, Experience.id, kind=UUID, cursor=cursor, limit=limit)
    return Page(describe_experiences(found.items, caller), found.next_cursor)


def my_experiences(
    actor: Actor, *, cursor: str | None = None, limit: int = 20
) -> Page[ExperienceReading]:
    """Return the actor's own experiences, the latest first."""
    caller = caller_of(actor)
    if caller.person_id is None:
        return Page([], None)
    query = select(Experience).where(Experience.person_id == caller.person_id)
    return _latest(query, caller, cursor, limit)


def branch_experiences(
    actor: Actor, *, cursor: str | None = None, limit: int = 20
) -> Page[ExperienceReading]:
    """Return what the actor's branch has shared, and to who organises for it what is on its way."""
    caller = caller_of(actor)
    if caller.branch_id is None:
        return Page([], None)
    query = select(Experience).where(Experience.branch_id == caller.branch_id)
    if may_organise(actor, identity.organisation(caller.branch_id).path):
        hidden = [ExperienceState.DRAFT.value, ExperienceState.WITHDRAWN.value]
        query = query.where(Experience.state.not_in(hidden))
    else:
        query = query.where(SHARED)
    return _latest(query, caller, cursor, limit)


def experience_tags(actor: Actor) -> list[TagCount]:
    """Return the tags of the shared collection, the most frequent first."""
    if not caller_of(actor).is_member:
        return []
    tag = func.unnest(Experience.tags).label("tag")
    carried = select(tag).where(SHARED).subquery()
    counted = db.session.execute(
        select(carried.c.tag, func.count().label("number"))
        .group_by(carried.c.tag)
        .order_by(func.count().desc(), carried.c.tag)
        .limit(MOST_TAGS_SHOWN)
    )
    return [TagCount(row.tag, row.number) for row in counted]


def _latest(
    query: Select[Experience], caller: Caller, cursor: str | None, limit: int
) -> Page[ExperienceReading]:
    found = newest_first(
        query, Experience.created_at, Experience.id, kind=UUID, cursor=cursor, limit=limit
    )
    return Page(describe_experiences(found.items, caller), found.next_cursor)
