"""Reading schemes, results and decisions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from server.assessment.models import AssessmentDecision, AssessmentResult, AssessmentScheme
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page
from server.identity import queries as identity

Organisation = identity.Organisation
READERS = (Role.OFFICE, Role.LIAISON, Role.HEAD, Role.INSPECTOR)


def schemes(year: int) -> Sequence[AssessmentScheme]:
    """Return every version of a year's scheme, the newest first."""
    return db.session.scalars(
        select(AssessmentScheme)
        .where(AssessmentScheme.year == year)
        .order_by(AssessmentScheme.version.desc())
    ).all()


def newest_scheme(year: int) -> AssessmentScheme | None:
    """Return the newest version of a year's scheme, or None before the first."""
    return next(iter(schemes(year)), None)


def years(actor: Actor) -> list[int]:
    """Return the years of which there is a scheme or a result that the actor may read."""
    found = set(
        db.session.scalars(
            select(AssessmentResult.year)
            .where(AssessmentResult.department_id.in_(identity.places_within(actor, *READERS)))
            .distinct()
        )
    )
    if actor.has(Role.OFFICE):
        found |= set(db.session.scalars(select(AssessmentScheme.year).distinct()))
    return sorted(found, reverse=True)


def results(year: int, actor: Actor) -> Sequence[AssessmentResult]:
    """Return the newest result of each department that the actor may read, by pinyin."""
    return db.session.scalars(
        select(AssessmentResult)
        .join(Organisation, Organisation.id == AssessmentResult.department_id)
        .where(
            AssessmentResult.id.in_(_newest(year)),
            AssessmentResult.department_id.in_(identity.places_within(actor, *READERS)),
        )
        .order_by(Organisation.sort_key, Organisation.id)
    ).all()


def result_page(
    year: int, *, actor: Actor, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[AssessmentResult]:
    """Return a page of the newest results by the departments' pinyin: no order of merit."""
    query = (
        select(AssessmentResult, Organisation)
        .join(Organisation, Organisation.id == AssessmentResult.department_id)
        .where(
            AssessmentResult.id.in_(_newest(year)),
            AssessmentResult.department_id.in_(identity.places_within(actor, *READERS)),
        )
    )
    if q:
        query = query.where(identity.matches(q))
    found = identity.by_pinyin(query, at=1, cursor=cursor, limit=limit)
    return Page([row[0] for row in found.items], found.next_cursor)


def result(result_id: UUID, actor: Actor) -> AssessmentResult:
    """Return a result that the actor may read; refuse with 404 or 403."""
    found = db.session.get(AssessmentResult, result_id)
    if found is None:
        raise Refusal("assessment_unknown", 404)
    actor.require(identity.organisation(found.department_id).path, *READERS)
    return found


def editions(year: int, department_id: int) -> Sequence[AssessmentResult]:
    """Return every edition of a department's result, the newest first."""
    return db.session.scalars(
        select(AssessmentResult)
        .where(AssessmentResult.year == year, AssessmentResult.department_id == department_id)
        .order_by(AssessmentResult.edition.desc())
    ).all()


def newest_results(year: int) -> dict[int, AssessmentResult]:
    """Return the newest result of each department."""
    rows = db.session.scalars(
        select(AssessmentResult).where(AssessmentResult.id.in_(_newest(year)))
    )
    return {one.department_id: one for one in rows}


def decisions(result_ids: Sequence[UUID]) -> Sequence[AssessmentDecision]:
    """Return what was decided on some results, the latest first, decisions taken back too."""
    return db.session.scalars(
        select(AssessmentDecision)
        .where(AssessmentDecision.result_id.in_(list(result_ids)))
        .order_by(AssessmentDecision.recorded_at.desc(), AssessmentDecision.id)
    ).all()


def decision(decision_id: UUID) -> AssessmentDecision:
    """Return one decision; refuse with 404."""
    found = db.session.get(AssessmentDecision, decision_id)
    if found is None:
        raise Refusal("decision_unknown", 404)
    return found


def decision_for_update(decision_id: UUID) -> AssessmentDecision:
    """Return a decision with its row locked; refuse with 404."""
    found = db.session.get(
        AssessmentDecision, decision_id, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise Refusal("decision_unknown", 404)
    return found


def decision_counts(result_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many decisions stand on each of some results."""
    rows = db.session.execute(
        select(AssessmentDecision.result_id, func.count())
        .where(
            AssessmentDecision.result_id.in_(list(result_ids)),
            AssessmentDecision.taken_back_at.is_(None),
        )
        .group_by(AssessmentDecision.result_id)
    )
    return {row[0]: row[1] for row in rows}


def _newest(year: int) -> Select[UUID]:
    found = (
        select(AssessmentResult.id)
        .where(AssessmentResult.year == year)
        .ext(distinct_on(AssessmentResult.department_id))
        .order_by(AssessmentResult.department_id, AssessmentResult.edition.desc())
        .subquery()
    )
    return select(found.c.id)
