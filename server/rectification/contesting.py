"""What an appeal does to a case: it needs a rating that is still there, and leaves lines behind.

Appeals themselves are a domain above (``appeals``); a case knows of them what stands in its
timeline.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.rectification import telling
from server.rectification.models import Case, CaseEvent, CaseOrigin
from server.rectification.queries import cases
from server.rectification.rules import ClosedBy, EventKind, OriginKind, Stage
from server.rectification.service.releasing import release_origin
from server.rectification.service.writing import write


@dataclass(frozen=True)
class Contested:
    """The rating behind a case's origin, and the department whose case it is."""

    department_id: int
    campaign_id: int
    evaluation_id: UUID


def rating_behind(case_id: UUID, origin: int) -> tuple[int, UUID]:
    """Return campaign and id of the rating behind an origin of a case; refuse another origin."""
    found = db.session.get(CaseOrigin, origin)
    if found is None or found.case_id != case_id or found.kind != OriginKind.EVALUATION:
        raise Refusal("appeal_not_a_rating", 422, field="origin")
    return rating_of(found.origin_id)


def hold(case_id: UUID, origin: int) -> Contested:
    """Lock a case and return the rating behind one of its origins.

    Raises Refusal where the case is closed, or the origin no rating that still stands behind it.
    """
    case = cases.case_for_update(case_id)
    if case.stage == Stage.CLOSED:
        raise Refusal("appeal_case_closed", 409)
    campaign_id, evaluation_id = rating_behind(case_id, origin)
    if db.session.get_one(CaseOrigin, origin, populate_existing=True).released_at is not None:
        raise Refusal("appeal_not_a_rating", 422, field="origin")
    return Contested(case.department_id, campaign_id, evaluation_id)


def rating_of(origin_id: str) -> tuple[int, UUID]:
    """Return campaign and id of the rating that an origin names."""
    campaign_id, _, evaluation_id = origin_id.partition(":")
    return int(campaign_id), UUID(evaluation_id)


def hands(case_id: UUID) -> set[UUID]:
    """Return the accounts that have done something about a case."""
    found = db.session.scalars(
        select(CaseEvent.account_id).where(CaseEvent.case_id == case_id).distinct()
    )
    return {one for one in found if one is not None}


def titles(case_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return the number and title of some cases."""
    rows = db.session.execute(
        select(Case.id, Case.number, Case.title).where(Case.id.in_(list(case_ids)))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def is_released(campaign_id: int, evaluation_id: UUID) -> bool:
    """Tell whether a rating stands behind a case no longer."""
    found = _origin(campaign_id, evaluation_id)
    return found is None or found.released_at is not None


def note(
    case_id: UUID,
    rating: tuple[int, UUID],
    kind: EventKind,
    *,
    text: str,
    actor: Actor,
    role: str,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    """Add a line about the appeal against a rating to its case's timeline.

    It carries the rating's origin: of the raters only the one concerned reads it, and is told of it
    who asked to be.
    """
    case = cases.case_for_update(case_id)
    found = _origin(*rating)
    origin_id = found.id if found else None
    write(case, kind, role=role, at=now, actor=actor, text=text, origin_id=origin_id, **detail)
    if origin_id is not None:
        telling.watchers(case, body="您的评价有新的核查情况。", origin_id=origin_id, now=now)


def set_apart(campaign_id: int, evaluation_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Let go of a rating whose appeal was upheld; a case that nothing else keeps open closes."""
    release_origin(
        OriginKind.EVALUATION,
        _name(campaign_id, evaluation_id),
        now=now,
        closed_by=ClosedBy.APPEAL,
        actor=actor,
    )


def _name(campaign_id: int, evaluation_id: UUID) -> str:
    return f"{campaign_id}:{evaluation_id}"


def _origin(campaign_id: int, evaluation_id: UUID) -> CaseOrigin | None:
    return db.session.scalar(
        select(CaseOrigin).where(
            CaseOrigin.kind == OriginKind.EVALUATION.value,
            CaseOrigin.origin_id == _name(campaign_id, evaluation_id),
        )
    )
