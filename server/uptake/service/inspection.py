"""A stationed inspector's own follow-up list: nobody but inspectors of the department sees it."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from server.audit import service as audit
from server.core.access import Actor
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import lock
from server.rectification import queries as rectification
from server.uptake.models import InspectionEntry, ParcelItem
from server.uptake.queries import entry_for_update, stationed_in
from server.uptake.rules import LONGEST_TEXT, SECOND_TAP, InspectionState

SUBJECT = "inspection_entry"


def add_entry(
    department_id: int,
    text: str,
    *,
    due_on: date | None = None,
    case_id: UUID | None = None,
    item_id: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> InspectionEntry:
    """Put something about a department on the list; a case or an item must be of the department."""
    department = stationed_in(department_id, actor)
    _check("text", text)
    if case_id is not None and rectification.case(case_id).department_id != department_id:
        raise Refusal("case_unknown", 404)
    if item_id is not None:
        item = db.session.get(ParcelItem, item_id)
        if item is None or item.department_id != department_id:
            raise Refusal("parcel_item_unknown", 404)
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    lock(f"inspection-{department_id}")
    again = db.session.scalar(
        select(InspectionEntry).where(
            InspectionEntry.department_id == department_id,
            InspectionEntry.text == text,
            InspectionEntry.written_by == actor.id,
            InspectionEntry.written_at > now - SECOND_TAP,
        )
    )
    if again is not None:
        return again
    entry = InspectionEntry(
        id=uuid4(),
        department_id=department_id,
        case_id=case_id,
        item_id=item_id,
        text=text,
        due_on=due_on,
        written_by=actor.id,
        written_at=now,
    )
    db.session.add(entry)
    db.session.flush()
    # The text is the inspectors' own: the audit log says that there is an entry, and no more.
    audit.record(actor, "inspection.added", (SUBJECT, entry.id), at=now, department=department.name)
    return entry


def finish_entry(entry_id: UUID, outcome: str, *, actor: Actor, now: datetime) -> None:
    """Note what came of an entry."""
    entry = entry_for_update(entry_id)
    department = stationed_in(entry.department_id, actor)
    if entry.state == InspectionState.DONE:
        raise Refusal("inspection_done", 409)
    _check("outcome", outcome)
    entry.state, entry.outcome, entry.done_at = InspectionState.DONE.value, outcome, now
    audit.record(
        actor, "inspection.finished", (SUBJECT, entry.id), at=now, department=department.name
    )


def reopen_entry(entry_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Take an entry up again."""
    entry = entry_for_update(entry_id)
    department = stationed_in(entry.department_id, actor)
    if entry.state == InspectionState.OPEN:
        raise Refusal("inspection_open", 409)
    entry.state, entry.done_at = InspectionState.OPEN.value, None
    audit.record(
        actor, "inspection.reopened", (SUBJECT, entry.id), at=now, department=department.name
    )


def _check(field: str, text: str) -> None:
    if not 0 < len(text) <= LONGEST_TEXT:
        message = f"请填写这一项，1 至 {LONGEST_TEXT} 个字。"
        raise InvalidInput([{"field": field, "message": message}])
