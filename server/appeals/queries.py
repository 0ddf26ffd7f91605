"""Reading appeals: who sees which, and how each one stands."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from server.appeals.models import Appeal
from server.appeals.rules import CONTESTANTS, AppealState, Side, side_of
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.evaluation import contested as ratings
from server.evaluation.rules import ExclusionReason
from server.identity import queries as identity
from server.rectification import contesting

Organisation = identity.Organisation
# Who may read appeals; the department's own people see those of their department alone.
READERS = (Role.ADJUDICATOR, Role.OFFICE, Role.INSPECTOR, *CONTESTANTS)


@dataclass(frozen=True, kw_only=True)
class AppealReading:
    """An appeal with the names that its pages show."""

    id: UUID
    case_id: UUID
    case_number: str
    case_title: str
    campaign_id: int
    evaluation_id: UUID
    department_id: int
    department_name: str
    path: str
    claim: ExclusionReason
    grounds: str
    state: AppealState
    filed_by: UUID
    filed_at: datetime
    due_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    decision: str

    def is_late(self, now: datetime) -> bool:
        """Tell whether it was decided, or still waits, after its limit."""
        if self.state is AppealState.TAKEN_BACK:
            return False
        return (self.decided_at or now) > self.due_at


@dataclass(frozen=True)
class AppealFilters:
    """What a list of appeals is narrowed to."""

    state: AppealState | None = None
    department_id: int | None = None
    late: bool = False


@dataclass(frozen=True)
class AppealCounts:
    """How many appeals wait, and how many of them past their limit."""

    waiting: int
    late: int


def appeal(appeal_id: UUID, *, actor: Actor) -> AppealReading:
    """Return an appeal that somebody may read; refuse with 404 or 403."""
    found = _row(appeal_id)
    reading = _readings([found])[0]
    actor.require(reading.path, *READERS)
    return reading


def appeal_for_update(appeal_id: UUID) -> Appeal:
    """Return an appeal read afresh, with its row locked; refuse with 404."""
    found = db.session.get(Appeal, appeal_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("appeal_unknown", 404)
    return found


def standing_for_update(campaign_id: int, evaluation_id: UUID) -> Appeal | None:
    """Return the appeal against a rating that was not taken back, with its row locked, or None."""
    return db.session.scalar(
        select(Appeal)
        .where(
            Appeal.campaign_id == campaign_id,
            Appeal.evaluation_id == evaluation_id,
            Appeal.state != AppealState.TAKEN_BACK.value,
        )
        .with_for_update()
    )


def appeal_page(
    filters: AppealFilters,
    *,
    actor: Actor,
    now: datetime,
    cursor: str | None = None,
    limit: int = 30,
) -> Page[AppealReading]:
    """Return the appeals that somebody may read, the latest first."""
    query = _narrowed(select(Appeal), filters, now).where(
        Appeal.department_id.in_(identity.places_within(actor, *READERS))
    )
    found = newest_first(query, Appeal.filed_at, Appeal.id, kind=UUID, cursor=cursor, limit=limit)
    return Page(_readings(found.items), found.next_cursor)


def counts(*, actor: Actor, now: datetime) -> AppealCounts:
    """Return how many appeals that somebody may read wait, and how many are late."""
    row = db.session.execute(
        select(func.count(), func.count().filter(Appeal.due_at < now)).where(
            Appeal.state == AppealState.FILED.value,
            Appeal.department_id.in_(identity.places_within(actor, *READERS)),
        )
    ).one()
    return AppealCounts(waiting=row[0], late=row[1])


def to_decide(*, actor: Actor, now: datetime) -> AppealCounts:
    """Return how many appeals wait for somebody's decision, and how many are late.

    Whose side somebody is on is told by the grants alone here; who had a hand in a case, or filed,
    sees so on its page.
    """
    if actor.has(Role.OFFICE):
        return AppealCounts(0, 0)
    row = db.session.execute(
        select(func.count(), func.count().filter(Appeal.due_at < now)).where(
            Appeal.state == AppealState.FILED.value,
            Appeal.department_id.in_(identity.places_within(actor, Role.ADJUDICATOR)),
            Appeal.filed_by != actor.id,
        )
    ).one()
    return AppealCounts(waiting=row[0], late=row[1])


def of_case(case_id: UUID) -> list[AppealReading]:
    """Return a case's appeals, the oldest first; the caller has asked who reads the case."""
    rows = db.session.scalars(
        select(Appeal).where(Appeal.case_id == case_id).order_by(Appeal.filed_at, Appeal.id)
    )
    return _readings(rows.all())


def contested(evaluations: Collection[tuple[int, UUID]]) -> set[tuple[int, UUID]]:
    """Return which of some ratings have an appeal that was not taken back."""
    ids = [evaluation_id for _, evaluation_id in evaluations]
    rows = db.session.execute(
        select(Appeal.campaign_id, Appeal.evaluation_id).where(
            Appeal.evaluation_id.in_(ids), Appeal.state != AppealState.TAKEN_BACK.value
        )
    )
    return {(row[0], row[1]) for row in rows} & set(evaluations)


def side(reading: AppealReading, actor: Actor) -> Side | None:
    """Return on which side somebody stands of an appeal, or None for neither."""
    hands = hands_in(reading.case_id, reading.campaign_id, reading.evaluation_id)
    return side_of(actor, reading.path, filed_by=reading.filed_by, hands=hands)


def hands_in(case_id: UUID, campaign_id: int, evaluation_id: UUID) -> set[UUID]:
    """Return the accounts that have done something about a case, or about its rating."""
    return contesting.hands(case_id) | ratings.hands(campaign_id, evaluation_id)


def waiting() -> list[Appeal]:
    """Return every appeal that waits, for the daily look at them."""
    return list(
        db.session.scalars(
            select(Appeal).where(Appeal.state == AppealState.FILED.value).order_by(Appeal.filed_at)
        )
    )


def readings(ids: Sequence[UUID]) -> list[AppealReading]:
    """Return some appeals, whoever asks: for jobs."""
    return _readings(db.session.scalars(select(Appeal).where(Appeal.id.in_(ids))))


def _row(appeal_id: UUID) -> Appeal:
    found = db.session.get(Appeal, appeal_id)
    if found is None:
        raise Refusal("appeal_unknown", 404)
    return found


def _narrowed(query: Select[Any], filters: AppealFilters, now: datetime) -> Select[Any]:
    if filters.state is not None:
        query = query.where(Appeal.state == filters.state.value)
    if filters.department_id is not None:
        query = query.where(Appeal.department_id == filters.department_id)
    if filters.late:
        query = query.where(
            func.coalesce(Appeal.decided_at, now) > Appeal.due_at,
            Appeal.state != AppealState.TAKEN_BACK.value,
        )
    return query


def _readings(rows: Iterable[Appeal]) -> list[AppealReading]:
    found = list(rows)
    places = {
        one.id: one for one in identity.organisations_by_id({row.department_id for row in found})
    }
    cases = contesting.titles({row.case_id for row in found})
    return [
        AppealReading(
            id=row.id,
            case_id=row.case_id,
            case_number=cases[row.case_id][0],
            case_title=cases[row.case_id][1],
            campaign_id=row.campaign_id,
            evaluation_id=row.evaluation_id,
            department_id=row.department_id,
            department_name=places[row.department_id].name,
            path=places[row.department_id].path,
            claim=ExclusionReason(row.claim),
            grounds=row.grounds,
            state=AppealState(row.state),
            filed_by=row.filed_by,
            filed_at=row.filed_at,
            due_at=row.due_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            decision=row.decision,
        )
        for row in found
    ]
