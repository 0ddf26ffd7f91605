"""Reading cases and their origins."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy import case as choose

from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.identity import queries as identity
from server.rectification import authority
from server.rectification.models import Case, CaseEvent, CaseOrigin, CaseWatch
from server.rectification.queries.nearing import is_yellow
from server.rectification.queries.settings import calendar
from server.rectification.rules import OriginKind, Stage

Organisation = identity.Organisation
__all__ = ["Case", "CaseOrigin"]


def case(case_id: UUID) -> Case:
    """Return one case; refuse with 404."""
    found = db.session.get(Case, case_id)
    if found is None:
        raise Refusal("case_unknown", 404)
    return found


def readable_case(case_id: UUID, actor: Actor) -> Case:
    """Return a case that the actor may see; refuse with 404 or 403."""
    found = case(case_id)
    authority.require_reader(found, actor)
    return found


def case_for_update(case_id: UUID) -> Case:
    """Return one case, read afresh, with its row locked until the transaction ends."""
    found = db.session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("case_unknown", 404)
    return found


def open_case_for_update(department_id: int, matter: str) -> Case | None:
    """Return the open case of a department and matter, read afresh, with its row locked."""
    return db.session.scalar(
        select(Case)
        .where(
            Case.department_id == department_id,
            Case.matter == matter,
            Case.stage != Stage.CLOSED.value,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def origin(origin_id: int) -> CaseOrigin:
    """Return one origin; refuse with 404."""
    found = db.session.get(CaseOrigin, origin_id)
    if found is None:
        raise Refusal("case_unknown", 404)
    return found


def origin_for_update(origin_id: int) -> tuple[Case, CaseOrigin]:
    """Return an origin with its case, the case's row locked: that is the lock of both."""
    found = case_for_update(origin(origin_id).case_id)
    return found, db.session.get_one(CaseOrigin, origin_id, populate_existing=True)


def origins(case_id: UUID) -> Sequence[CaseOrigin]:
    """Return what registered a case or joined it, in that order."""
    return db.session.scalars(
        select(CaseOrigin).where(CaseOrigin.case_id == case_id).order_by(CaseOrigin.id)
    ).all()


def live_origins(case_id: UUID) -> list[CaseOrigin]:
    """Return the origins that keep a case open: those that were not let go."""
    return [one for one in origins(case_id) if one.released_at is None]


def case_of_origin(kind: OriginKind, origin_id: str) -> tuple[Case, CaseOrigin] | None:
    """Return the case that something registered or joined, and its origin; None without one."""
    found = db.session.execute(
        select(Case, CaseOrigin)
        .join(CaseOrigin, CaseOrigin.case_id == Case.id)
        .where(CaseOrigin.kind == kind.value, CaseOrigin.origin_id == origin_id)
    ).first()
    return None if found is None else (found[0], found[1])


def watch(case_id: UUID, member_id: UUID) -> CaseWatch | None:
    """Return that a member asked to be told of a case, or None."""
    return db.session.get(CaseWatch, (case_id, member_id))


def is_late(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a case's limit has passed without an answer."""
    return and_(
        Case.stage != Stage.CLOSED.value, Case.answered_at.is_(None), Case.rectify_due_at < now
    )


@dataclass(frozen=True)
class CaseFilter:
    """What to look for among cases; empty parts are not asked."""

    q: str = ""
    stage: str = ""
    kind: str = ""
    quarter: str = ""
    department_id: int | None = None
    is_open: bool = False
    late: bool = False
    yellow: bool = False
    callback_due: bool = False


def case_page(
    asked: CaseFilter, *, actor: Actor, now: datetime, cursor: str | None, limit: int = 30
) -> Page[Case]:
    """Return the cases that the actor may see, the latest registered first."""
    query = select(Case).where(visible(actor), *conditions(asked, now))
    return newest_first(query, Case.registered_at, Case.id, kind=UUID, cursor=cursor, limit=limit)


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a case's department is one that the actor's role reaches."""
    return Case.department_id.in_(identity.places_within(actor, *authority.READERS))


def conditions(asked: CaseFilter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (Case.stage, asked.stage),
        (Case.kind, asked.kind),
        (Case.quarter, asked.quarter),
        (Case.department_id, asked.department_id),
    ):
        if value:
            found.append(column == value)
    if asked.is_open:
        found.append(Case.stage != Stage.CLOSED.value)
    if asked.late:
        found.append(is_late(now))
    if asked.yellow:
        found.append(is_yellow(now, calendar()))
    if asked.callback_due:
        waiting = select(CaseOrigin.case_id).where(
            CaseOrigin.callback_due_at.is_not(None),
            CaseOrigin.called_back_at.is_(None),
            CaseOrigin.released_at.is_(None),
        )
        found += [Case.stage != Stage.CLOSED.value, Case.id.in_(waiting)]
    if asked.q:
        contains = (
            column.contains(asked.q, autoescape=True) for column in (Case.title, Case.summary)
        )
        found.append(or_(Case.number == asked.q, *contains))
    return found


@dataclass(frozen=True)
class Standing:
    """How many cases of a department are open, late, and warned of."""

    open: int = 0
    late: int = 0
    closing_asked: int = 0
    with_inspector: int = 0
    yellow: int = 0


def standing(
    department_ids: Collection[int] | None = None, *, now: datetime
) -> dict[int, Standing]:
    """Return how the cases of departments stand, of all that have one without a choice."""
    late = is_late(now)
    query = select(
        Case.department_id,
        func.count().label("open"),
        func.count(choose((late, 1))).label("late"),
        func.count(choose((Case.stage == Stage.CLOSING_ASKED.value, 1))).label("closing_asked"),
        func.count(choose((Case.stage == Stage.WITH_INSPECTOR.value, 1))).label("with_inspector"),
        func.count(choose((is_yellow(now, calendar()), 1))).label("yellow"),
    ).where(Case.stage != Stage.CLOSED.value)
    if department_ids is not None:
        query = query.where(Case.department_id.in_(list(department_ids)))
    rows: Sequence[Any] = db.session.execute(query.group_by(Case.department_id)).all()
    found = {row[0]: Standing(*row[1:]) for row in rows}
    return {one: found.get(one, Standing()) for one in department_ids or found}


def callback_begins(origin: CaseOrigin) -> datetime:
    """Return from when an origin's callback counts: since it joined, or its contact came later."""
    since = CaseEvent.detail["callback_from"].as_string()
    added = db.session.scalar(
        select(since)
        .where(
            CaseEvent.case_id == origin.case_id,
            CaseEvent.origin_id == origin.id,
            since.is_not(None),
        )
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    return max(origin.joined_at, datetime.fromisoformat(added)) if added else origin.joined_at
