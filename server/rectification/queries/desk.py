"""What the desk's lists show beside a case: how it stands with its limit, its quarters, exports."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from server.core.access import Actor
from server.core.database import db
from server.identity import queries as identity
from server.rectification import authority
from server.rectification.models import CallItem, Case
from server.rectification.queries.cases import CaseFilter, conditions, is_late, visible
from server.rectification.queries.nearing import is_yellow
from server.rectification.queries.settings import calendar

Organisation = identity.Organisation
TO_HEAD, TO_INSPECTOR = 2, 3


class Lateness(enum.StrEnum):
    """How an open case without an answer stands with its limit."""

    NONE = "none"
    YELLOW = "yellow"
    LATE = "late"


def lateness(cases: Iterable[Case], *, now: datetime) -> dict[UUID, Lateness]:
    """Return how some cases stand with their limits, with one statement."""
    ids = [one.id for one in cases]
    rows = db.session.execute(
        select(Case.id, is_late(now), is_yellow(now, calendar())).where(Case.id.in_(ids))
    )
    found = dict.fromkeys(ids, Lateness.NONE)
    for case_id, late, yellow in rows:
        if late or yellow:
            found[case_id] = Lateness.LATE if late else Lateness.YELLOW
    return found


def quarters(actor: Actor) -> Sequence[str]:
    """Return the quarters in which the actor sees cases, the latest first."""
    return db.session.scalars(
        select(Case.quarter).where(visible(actor)).distinct().order_by(Case.quarter.desc())
    ).all()


def cases_to_export(asked: CaseFilter, *, actor: Actor, now: datetime, most: int) -> Sequence[Case]:
    """Return up to so many cases of a filter that the actor may see, the latest first."""
    return db.session.scalars(
        select(Case)
        .where(visible(actor), *conditions(asked, now))
        .order_by(Case.registered_at.desc(), Case.id.desc())
        .limit(most)
    ).all()


def cases_by_id(ids: Iterable[UUID]) -> dict[UUID, Case]:
    """Return some cases by their ids; the caller has asked who reads them."""
    rows = db.session.scalars(select(Case).where(Case.id.in_(list(ids))))
    return {one.id: one for one in rows}


@dataclass(frozen=True)
class CallSum:
    """What a round of calling said in all, as far as its reader may see."""

    departments: int = 0
    open: int = 0
    late: int = 0
    heads: int = 0
    inspectors: int = 0


def call_sums(call_ids: Iterable[int], actor: Actor) -> dict[int, CallSum]:
    """Return what some rounds of calling said in all, with one statement."""
    ids = list(call_ids)
    rows = db.session.execute(
        select(
            CallItem.call_id,
            func.count(),
            func.sum(func.cardinality(CallItem.open_cases)),
            func.sum(func.cardinality(CallItem.late_cases)),
            func.count().filter(CallItem.level >= TO_HEAD),
            func.count().filter(CallItem.level >= TO_INSPECTOR),
        )
        .where(
            CallItem.call_id.in_(ids),
            CallItem.department_id.in_(identity.places_within(actor, *authority.READERS)),
        )
        .group_by(CallItem.call_id)
    )
    return {**dict.fromkeys(ids, CallSum()), **{row[0]: CallSum(*row[1:]) for row in rows}}
