"""Reading sources, mappings, runs and matters; the figures of service times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text

from server.core.access import Actor, ActorKind, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.identity import queries as identity
from server.sources.columns import normal
from server.sources.models import (
    Source,
    SourceCategory,
    SourceMapping,
    SourceMatter,
    SourceMatterVersion,
    SourceRun,
)

__all__ = ["Source", "SourceCategory", "SourceMapping", "SourceMatter", "SourceRun"]

MOST_RUNS = 30
EXPORT_ROWS = 50_000
SERVICE_TIMES = """
    SELECT count(*) AS replied,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY taken) AS median,
        count(*) FILTER (WHERE taken <= interval '120 hours') AS within_5,
        count(*) FILTER (WHERE taken <= interval '360 hours') AS within_15,
        max(taken) AS longest,
        count(*) FILTER (WHERE taken < interval '0') AS reversed
    FROM (SELECT make_interval(secs => extract(epoch FROM replied_at - happened_at)) AS taken
        FROM source_matter WHERE source_id = :source AND replied_at IS NOT NULL) AS replies
"""
TOTALS = """
    SELECT asked.source_id, count(kept.id) AS matters,
        count(kept.id) FILTER (WHERE department_id IS NULL) AS unassigned,
        count(*) FILTER (WHERE rating = 'waiting') AS waiting,
        count(*) FILTER (WHERE rating = 'counted') AS counted,
        count(kept.id) FILTER (WHERE level IS NULL) AS unrated,
        count(*) FILTER (WHERE category_id IS NOT NULL) AS categorised,
        count(*) FILTER (WHERE category_id IS NULL AND suggested_category_id IS NOT NULL)
            AS suggested,
        min(happened_at) AS earliest, max(happened_at) AS latest
    FROM unnest(CAST(:sources AS integer[])) AS asked (source_id)
        LEFT JOIN source_matter AS kept USING (source_id)
    GROUP BY 1
"""


@dataclass(frozen=True)
class ServiceTimes:
    """Times from a matter to its reply, elapsed, over every matter that has a reply's time."""

    replied: int
    median: timedelta | None
    within_5: int
    within_15: int
    longest: timedelta | None
    reversed: int

    @staticmethod
    def days(span: timedelta | None) -> float:
        """Return a span in days of 24 hours."""
        return 0.0 if span is None else span / timedelta(days=1)

    def share(self, count: int) -> float:
        """Return a count's share of the replies, in per cent."""
        return count * 100 / self.replied if self.replied else 0.0


def require_keeper(source: Source, actor: Actor) -> None:
    """Refuse unless the actor's office keeps the source."""
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(identity.organisation(source.organisation_id).path, Role.OFFICE)


def sources(actor: Actor) -> list[Source]:
    """Return the sources that the actor's office keeps, by name."""
    found = db.session.scalars(select(Source).order_by(Source.name)).all()
    paths = {
        one.id: one.path
        for one in identity.organisations_by_id({source.organisation_id for source in found})
    }
    return [one for one in found if actor.reaches(paths[one.organisation_id], Role.OFFICE)]


def source(source_id: int, actor: Actor) -> Source:
    """Return a source that the actor keeps; refuse with 404 or 403."""
    found = db.session.get(Source, source_id)
    if found is None:
        raise Refusal("source_unknown", 404)
    require_keeper(found, actor)
    return found


def source_names() -> dict[int, str]:
    """Return the names of all sources."""
    return {row.id: row.name for row in db.session.execute(select(Source.id, Source.name))}


def mapping(source_id: int, version: int | None = None) -> SourceMapping | None:
    """Return a version of a source's mapping, the newest without one; None before the first."""
    query = select(SourceMapping).where(SourceMapping.source_id == source_id)
    if version is not None:
        query = query.where(SourceMapping.version == version)
    return db.session.scalar(query.order_by(SourceMapping.version.desc()).limit(1))


def runs(source_id: int) -> Sequence[SourceRun]:
    """Return a source's latest runs."""
    return db.session.scalars(
        select(SourceRun)
        .where(SourceRun.source_id == source_id)
        .order_by(SourceRun.created_at.desc(), SourceRun.id)
        .limit(MOST_RUNS)
    ).all()


def run(run_id: UUID, actor: Actor, *, lock: bool = False) -> tuple[SourceRun, Source]:
    """Return a run with its source; refuse with 404 or 403."""
    found = db.session.get(
        SourceRun,
        run_id,
        with_for_update={"key_share": True} if lock else None,
        populate_existing=True,
    )
    if found is None:
        raise Refusal("source_run_unknown", 404)
    return found, source(found.source_id, actor)


def department_words(mapped: dict[str, int]) -> dict[str, int]:
    """Return departments by each of their names, and by a source's own words; doubtful ones not."""
    found: dict[str, int | None] = {}
    for department in identity.rated_departments():
        for name in {department.name, department.short_name, *department.aliases} - {""}:
            word = normal(name)
            taken = found.setdefault(word, department.id)
            if taken != department.id:
                found[word] = None
    words = {word: one for word, one in found.items() if one is not None}
    return words | {normal(word): one for word, one in mapped.items()}


def totals(source_ids: Iterable[int]) -> dict[int, Any]:
    """Return counts by source, with one query for all."""
    rows = db.session.execute(text(TOTALS), {"sources": [*source_ids]})
    return {row.source_id: row for row in rows}


def service_times(source_id: int) -> ServiceTimes:
    """Return how long replies took."""
    row = db.session.execute(text(SERVICE_TIMES), {"source": source_id}).one()
    return ServiceTimes(**row._mapping)  # noqa: SLF001 SQLAlchemy's public name for it


@dataclass(frozen=True)
class MatterFilter:
    """What to look for among matters; empty parts are not asked."""

    source_id: int | None = None
    q: str = ""
    department_id: int | None = None
    category_id: int | None = None
    suggested_id: int | None = None
    level: int | None = None
    rating: str = ""
    unassigned: bool = False


def _matters(asked: MatterFilter, source_ids: Iterable[int]) -> Select[Any]:
    query = select(SourceMatter).where(SourceMatter.source_id.in_(source_ids))
    for column, value in (
        (SourceMatter.source_id, asked.source_id),
        (SourceMatter.department_id, asked.department_id),
        (SourceMatter.category_id, asked.category_id),
        (SourceMatter.suggested_category_id, asked.suggested_id),
        (SourceMatter.level, asked.level),
        (SourceMatter.rating, asked.rating or None),
    ):
        if value is not None:
            query = query.where(column == value)
    if asked.unassigned:
        query = query.where(SourceMatter.department_id.is_(None))
    if asked.q:
        columns = (SourceMatter.subject, SourceMatter.body, SourceMatter.department_name)
        query = query.where(
            or_(
                SourceMatter.ticket == asked.q,
                *[column.contains(asked.q, autoescape=True) for column in columns],
            )
        )
    return query


def matter_page(
    asked: MatterFilter, actor: Actor, *, cursor: str | None, limit: int = 30
) -> Page[SourceMatter]:
    """Return matters of the actor's sources, the latest first."""
    return newest_first(
        _matters(asked, [one.id for one in sources(actor)]),
        SourceMatter.happened_at,
        SourceMatter.id,
        kind=int,
        cursor=cursor,
        limit=limit,
    )


def matters_to_export(asked: MatterFilter, actor: Actor) -> Sequence[SourceMatter]:
    """Return the matters of a filter for a file, the latest first; one more than go into it."""
    query = _matters(asked, [one.id for one in sources(actor)])
    order = (SourceMatter.happened_at.desc(), SourceMatter.id.desc())
    return db.session.scalars(query.order_by(*order).limit(EXPORT_ROWS + 1)).all()


def matter(matter_id: int, actor: Actor) -> SourceMatter:
    """Return a matter; refuse with 404 or 403."""
    found = db.session.get(SourceMatter, matter_id)
    if found is None:
        raise Refusal("matter_unknown", 404)
    source(found.source_id, actor)
    return found


def versions(matter_id: int) -> Sequence[SourceMatterVersion]:
    """Return what a matter said before, the latest first."""
    return db.session.scalars(
        select(SourceMatterVersion)
        .where(SourceMatterVersion.matter_id == matter_id)
        .order_by(SourceMatterVersion.version.desc())
    ).all()


def categories() -> Sequence[SourceCategory]:
    """Return the leaves of the topic tree that are in use, in order of their names."""
    order = (SourceCategory.first, SourceCategory.second, SourceCategory.third)
    return db.session.scalars(
        select(SourceCategory).where(SourceCategory.active).order_by(*order)
    ).all()


def categories_by_id(ids: Iterable[int | None]) -> dict[int, SourceCategory]:
    """Return leaves by id, those out of use included."""
    wanted = {one for one in ids if one}
    found = db.session.scalars(select(SourceCategory).where(SourceCategory.id.in_(wanted)))
    return {one.id: one for one in found} if wanted else {}


def without_suggestions() -> Sequence[int]:
    """Return the sources with matters for which no topic was looked for."""
    waiting = select(SourceMatter.id).where(
        SourceMatter.source_id == Source.id, ~SourceMatter.suggested
    )
    return db.session.scalars(select(Source.id).where(waiting.exists()).order_by(Source.id)).all()


def suggested_counts(actor: Actor) -> Sequence[Any]:
    """Return which topics are suggested in the queue, the most frequent first."""
    return db.session.execute(
        select(SourceMatter.suggested_category_id, func.count().label("count"))
        .where(
            SourceMatter.source_id.in_([one.id for one in sources(actor)]),
            SourceMatter.department_id.is_(None),
            SourceMatter.suggested_category_id.is_not(None),
        )
        .group_by(SourceMatter.suggested_category_id)
        .order_by(func.count().desc(), SourceMatter.suggested_category_id)
        .limit(40)
    ).all()
