"""What becomes of a case's limits when another department gets it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from server.core.database import db
from server.rectification.limits import due_at
from server.rectification.models import Case, CaseEvent
from server.rectification.queries import cases, settings
from server.rectification.rules import EventKind, Stage


def move(case: Case, department_id: int, now: datetime) -> None:
    """Give a locked case to another department, where its limits begin anew.

    One that had it before goes on counting from where it began: it gets the days of a new limit to
    rectify, and the rates go by its own first limit.
    """
    limits = settings.limits_of(case)
    calendar = settings.calendar()
    due = due_at(now, limits.rectify, limits.unit, calendar)
    held = _held_before(case, department_id) if case.round == 1 else None
    case.department_id = department_id
    case.stage = Stage.REGISTERED.value
    case.limit_from, case.due_floor = now, None
    case.rectify_due_at, case.provisional = due.at, due.provisional or case.provisional
    case.accepted_at = case.answered_at = case.closing_asked_at = None
    case.extended_at, case.extension_reason = None, ""
    if case.round == 1:
        case.counts_from, case.provisional = now, due.provisional
        case.first_due_at, case.first_answered_at = due.at, None
    if held is not None:
        _take_up_again(case, held)
    case.calls = 0
    begun = case.counts_from if case.round == 1 else now
    for origin in cases.live_origins(case.id):
        if origin.callback_due_at and origin.called_back_at is None and limits.callback:
            begins = max(origin.joined_at, begun)
            origin.callback_due_at = due_at(begins, limits.callback, limits.unit, calendar).at
    db.session.flush()


def clock_of(case: Case) -> dict[str, Any]:
    """Return a case's limits with its department, as the line keeps them that takes it away."""
    return {
        "counts_from": case.counts_from.isoformat(),
        "first_due_at": case.first_due_at.isoformat(),
        "extended_at": case.extended_at.isoformat() if case.extended_at else None,
        "extension_reason": case.extension_reason,
        "provisional": case.provisional,
    }


def _held_before(case: Case, department_id: int) -> dict[str, Any] | None:
    """Return the limits that a case had with a department which it was taken from."""
    detail = db.session.scalar(
        select(CaseEvent.detail)
        .where(
            CaseEvent.case_id == case.id,
            CaseEvent.kind == EventKind.TRANSFERRED.value,
            CaseEvent.detail["before"].as_integer() == department_id,
        )
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    return detail.get("clock") if detail else None


def _take_up_again(case: Case, held: dict[str, Any]) -> None:
    case.due_floor = case.rectify_due_at
    case.counts_from = case.limit_from = datetime.fromisoformat(held["counts_from"])
    case.first_due_at = min(case.first_due_at, datetime.fromisoformat(held["first_due_at"]))
    case.provisional = case.provisional or held["provisional"]
    if held["extended_at"]:
        case.extended_at = datetime.fromisoformat(held["extended_at"])
        case.extension_reason = held["extension_reason"]
