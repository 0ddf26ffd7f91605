"""Reading feedback sheets: who sees them, and how far the departments are with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page
from server.feedback.models import FeedbackRun, FeedbackSheet
from server.feedback.rules import SheetState, state_of
from server.identity import queries as identity

Organisation = identity.Organisation
DEPARTMENT = (Role.LIAISON, Role.HEAD)
READERS = (Role.OFFICE, *DEPARTMENT)


@dataclass(frozen=True)
class Standing:
    """How many departments' newest sheets of a quarter stand how."""

    sent: int = 0
    opened: int = 0
    confirmed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.sent + self.opened + self.confirmed


def sheet(sheet_id: UUID, actor: Actor) -> FeedbackSheet:
    """Return a sheet that the actor may read; refuse with 404 or 403."""
    found = db.session.get(FeedbackSheet, sheet_id)
    if found is None:
        raise Refusal("feedback_unknown", 404)
    actor.require(identity.organisation(found.department_id).path, *READERS)
    return found


def sheet_for_update(sheet_id: UUID) -> FeedbackSheet:
    """Return a sheet with its row locked; refuse with 404."""
    found = db.session.get(FeedbackSheet, sheet_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("feedback_unknown", 404)
    return found


def versions(quarter: str, department_id: int) -> Sequence[FeedbackSheet]:
    """Return every version of a department's sheet, the newest first."""
    return db.session.scalars(
        select(FeedbackSheet)
        .where(FeedbackSheet.quarter == quarter, FeedbackSheet.department_id == department_id)
        .order_by(FeedbackSheet.version.desc())
    ).all()


def newest(quarter: str, department_id: int) -> FeedbackSheet | None:
    """Return the newest version of a department's sheet, or None before the first."""
    return next(iter(versions(quarter, department_id)), None)


def quarters(actor: Actor) -> Sequence[str]:
    """Return the quarters of which the actor may read sheets, the latest first."""
    return db.session.scalars(
        select(FeedbackSheet.quarter)
        .where(FeedbackSheet.department_id.in_(identity.places_within(actor, *READERS)))
        .distinct()
        .order_by(FeedbackSheet.quarter.desc())
    ).all()


def sheet_page(
    quarter: str,
    *,
    actor: Actor,
    q: str = "",
    state: SheetState | None = None,
    cursor: str | None = None,
    limit: int = 30,
) -> Page[tuple[FeedbackSheet, Organisation]]:
    """Return the newest sheets of a quarter by the departments' pinyin."""
    newest_ids = _newest_ids(quarter)
    query = (
        select(FeedbackSheet, Organisation)
        .join(Organisation, Organisation.id == FeedbackSheet.department_id)
        .where(
            FeedbackSheet.id.in_(newest_ids),
            FeedbackSheet.department_id.in_(identity.places_within(actor, *READERS)),
        )
    )
    if q:
        query = query.where(identity.matches(q))
    if state is not None:
        query = query.where(_is(state))
    return identity.by_pinyin(query, at=1, cursor=cursor, limit=limit)


def standing(quarter: str, actor: Actor) -> Standing:
    """Return how far the departments that the actor reaches are with a quarter's sheets."""
    rows = db.session.execute(
        select(FeedbackSheet.opened_at, FeedbackSheet.confirmed_at).where(
            FeedbackSheet.id.in_(_newest_ids(quarter)),
            FeedbackSheet.department_id.in_(identity.places_within(actor, *READERS)),
        )
    )
    counts = dict.fromkeys(SheetState, 0)
    for opened_at, confirmed_at in rows:
        counts[state_of(opened_at, confirmed_at)] += 1
    return Standing(*(counts[state] for state in SheetState))


def unconfirmed(quarter: str) -> Sequence[FeedbackSheet]:
    """Return the newest sheets of a quarter that wait for their department's confirmation."""
    return db.session.scalars(
        select(FeedbackSheet)
        .where(FeedbackSheet.id.in_(_newest_ids(quarter)), FeedbackSheet.confirmed_at.is_(None))
        .order_by(FeedbackSheet.department_id)
    ).all()


def run(run_id: UUID) -> FeedbackRun:
    """Return a sending to all departments; refuse with 404."""
    found = db.session.get(FeedbackRun, run_id)
    if found is None:
        raise Refusal("feedback_run_unknown", 404)
    return found


def run_for_update(run_id: UUID) -> FeedbackRun | None:
    """Return a sending with its row locked, or None."""
    return db.session.get(FeedbackRun, run_id, with_for_update=True, populate_existing=True)


def underway(quarter: str) -> FeedbackRun | None:
    """Return the sending that is not done yet, if any."""
    return db.session.scalar(
        select(FeedbackRun).where(FeedbackRun.quarter == quarter, FeedbackRun.finished_at.is_(None))
    )


def _newest_ids(quarter: str) -> Select[UUID]:
    newest_versions = (
        select(FeedbackSheet.id)
        .where(FeedbackSheet.quarter == quarter)
        .ext(distinct_on(FeedbackSheet.department_id))
        .order_by(FeedbackSheet.department_id, FeedbackSheet.version.desc())
        .subquery()
    )
    return select(newest_versions.c.id)


def _is(state: SheetState) -> ColumnElement[bool]:
    if state is SheetState.CONFIRMED:
        return FeedbackSheet.confirmed_at.is_not(None)
    opened = FeedbackSheet.opened_at
    seen = opened.is_(None) if state is SheetState.SENT else opened.is_not(None)
    return FeedbackSheet.confirmed_at.is_(None) & seen
