"""Cases made through the service, with the clock given."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.core.access import SYSTEM, Actor
from server.core.clock import SHANGHAI, local_date
from server.core.database import db
from server.core.transaction import transaction
from server.notifications.models import DeskNotice
from server.rectification import service
from server.rectification.models import Case, CaseEvent, CaseOrigin
from server.rectification.rules import CaseKind, OriginKind, quarter_of
from server.rectification.service import Origin
from tests.factories.city import City

# A Wednesday with an ordinary week behind it.
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    """Return a moment that is written in Shanghai's time."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def rated(
    city: City,
    name: str = "1:a",
    *,
    kind: CaseKind = CaseKind.POOR_RATING,
    origin_kind: OriginKind = OriginKind.EVALUATION,
    matter: str = "indicator:A1:2026Q4",
    place: int = 0,
    real_name: bool = False,
    now: datetime = NOON,
    counts_from: datetime | None = None,
    actor: Actor = SYSTEM,
    **more: Any,
) -> Case:
    """Register a case of a department by a rating, or by what is said."""
    with transaction():
        return service.register(
            kind,
            city.departments[place].id,
            matter,
            origin=Origin(origin_kind, name, real_name=real_name),
            title="“办事指南”不满意",
            counts_from=counts_from or now,
            quarter=quarter_of(local_date(now)),
            actor=actor,
            now=now,
            **more,
        )


def done(step: Callable[[], Any]) -> Any:
    """Carry a step out in a transaction of its own."""
    with transaction():
        return step()


def fresh(case: Case) -> Case:
    """Return a case as it stands now."""
    db.session.expire_all()
    return db.session.get_one(Case, case.id)


def origin_of(case: Case, place: int = 0) -> CaseOrigin:
    """Return an origin of a case."""
    found = db.session.scalars(
        select(CaseOrigin).where(CaseOrigin.case_id == case.id).order_by(CaseOrigin.id)
    ).all()
    return found[place]


def lines(case: Case) -> list[str]:
    """Return the kinds of a case's timeline."""
    return list(
        db.session.scalars(
            select(CaseEvent.kind).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
        )
    )


def told(account_id: UUID, kind: str = "") -> list[str]:
    """Return the titles of what an account was told, in that order."""
    query = select(DeskNotice.title).where(DeskNotice.account_id == account_id)
    if kind:
        query = query.where(DeskNotice.kind == kind)
    return list(db.session.scalars(query.order_by(DeskNotice.created_at, DeskNotice.title)))
