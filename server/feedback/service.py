"""Sending sheets, and what the departments do with them. Nothing here commits."""

from datetime import datetime
from uuid import UUID, uuid4

from server.audit import service as audit
from server.core.access import Actor, ActorKind, Role
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import lock
from server.feedback import gathering, queries
from server.feedback.document import Document, content_digest, is_empty
from server.feedback.models import FeedbackRun, FeedbackSheet
from server.feedback.queries import DEPARTMENT
from server.feedback.rules import LONGEST_STATEMENT
from server.identity import queries as identity
from server.notifications import service as notifications
from server.notifications.rules import DeskKind
from server.quarterly.rules import quarter_label, read_quarter
from server.scoring import canonical

SUBJECT = "feedback_sheet"
PAGE = "/console/feedback/{}"


def preview(quarter: str, department_id: int, *, actor: Actor, now: datetime) -> Document:
    """Return what a sheet that is sent now would say."""
    _check_quarter(quarter)
    actor.require(identity.organisation(department_id).path, Role.OFFICE)
    return gathering.gather(quarter, department_id, now=now)


def send(
    quarter: str,
    department_id: int,
    *,
    actor: Actor,
    now: datetime,
    digest: str | None = None,
) -> FeedbackSheet:
    """Send a department its sheet of a quarter; later versions take an earlier one's place.

    Args:
        quarter: its code, 2026Q4.
        department_id: whose sheet.
        actor: the office that reaches the department.
        now: when.
        digest: of the content that was looked at; ``feedback_changed`` where it is another by now.

    Raises:
        Refusal: ``feedback_empty`` where there is nothing to tell; ``feedback_unchanged`` where
            the newest version says the same.
    """
    _check_quarter(quarter)
    actor.require(identity.organisation(department_id).path, Role.OFFICE)
    return _send(quarter, department_id, digest, actor, now)


def _send(
    quarter: str, department_id: int, digest: str | None, actor: Actor, now: datetime
) -> FeedbackSheet:
    lock(f"feedback-{quarter}-{department_id}")
    document = gathering.gather(quarter, department_id, now=now)
    found = content_digest(document)
    if digest is not None and digest != found:
        raise Refusal("feedback_changed", 409)
    if is_empty(document):
        raise Refusal("feedback_empty", 409)
    before = queries.newest(quarter, department_id)
    if before is not None and content_digest(before.document) == found:
        raise Refusal("feedback_unchanged", 409)
    sheet = FeedbackSheet(
        id=uuid4(),
        quarter=quarter,
        department_id=department_id,
        version=1 if before is None else before.version + 1,
        document=document,
        digest=bytes.fromhex(canonical.digest(document)),
        sent_by=actor.id,
        sent_at=now,
    )
    db.session.add(sheet)
    db.session.flush()
    _record(actor, "feedback.sent", sheet, now)
    _tell(sheet, now, title=f"{quarter_label(quarter)}一对一反馈", occasion="")
    return sheet


def start_run(quarter: str, *, actor: Actor, now: datetime) -> FeedbackRun:
    """Begin to send a quarter's sheets to all departments; the caller enqueues ``tasks.send_all``.

    Refuses while another sending of the quarter goes on.
    """
    _check_quarter(quarter)
    root = identity.root()
    actor.require("" if root is None else root.path, Role.OFFICE)
    lock(f"feedback-run-{quarter}")
    if queries.underway(quarter) is not None:
        raise Refusal("feedback_run_underway", 409)
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    run = FeedbackRun(
        id=uuid4(),
        quarter=quarter,
        departments=[one.id for one in identity.rated_departments()],
        done=0,
        sent=0,
        skipped=0,
        requested_by=actor.id,
        requested_at=now,
    )
    db.session.add(run)
    db.session.flush()
    audit.record(
        actor,
        "feedback.run_started",
        ("feedback_run", run.id),
        at=now,
        quarter=quarter,
        departments=len(run.departments),
    )
    return run


def run_step(run_id: UUID, *, now: datetime) -> bool:
    """Send the next department's sheet of a run; tell whether there is more to do.

    Safe to repeat: the row is locked, and a department's sheet and the run's place are written in
    one transaction.
    """
    run = queries.run_for_update(run_id)
    if run is None or run.finished_at is not None:
        return False
    if run.done < len(run.departments):
        sender = Actor(ActorKind.ACCOUNT, run.requested_by)
        if _sent(run.quarter, run.departments[run.done], sender, now):
            run.sent += 1
        else:
            run.skipped += 1
        run.done += 1
    if run.done < len(run.departments):
        return True
    run.finished_at = now
    return False


def mark_opened(sheet_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Note that the department has opened its sheet; tell whether it was the first time.

    Only its own liaison or head opens it: the office's look at it says nothing.
    """
    found = db.session.get(FeedbackSheet, sheet_id)
    if found is None or found.opened_at is not None or not speaks_for(found, actor):
        return False
    sheet = queries.sheet_for_update(sheet_id)
    if sheet.opened_at is not None:
        return False
    sheet.opened_by, sheet.opened_at = actor.id, now
    _record(actor, "feedback.opened", sheet, now)
    return True


def confirm(sheet_id: UUID, statement: str, *, actor: Actor, now: datetime) -> None:
    """Confirm a sheet in the department's name, with what the department has to say."""
    sheet = queries.sheet_for_update(sheet_id)
    actor.require(identity.organisation(sheet.department_id).path, *DEPARTMENT)
    if sheet.confirmed_at is not None:
        raise Refusal("feedback_confirmed_already", 409)
    newest = queries.newest(sheet.quarter, sheet.department_id)
    if newest is not None and newest.id != sheet.id:
        raise Refusal("feedback_superseded", 409)
    if not 0 < len(statement) <= LONGEST_STATEMENT:
        message = f"请填写确认意见，1 至 {LONGEST_STATEMENT} 个字。"
        raise InvalidInput([{"field": "statement", "message": message}])
    if sheet.opened_at is None:
        sheet.opened_by, sheet.opened_at = actor.id, now
    sheet.confirmed_by, sheet.confirmed_at, sheet.statement = actor.id, now, statement
    _record(actor, "feedback.confirmed", sheet, now)
    _tell_office(sheet, now)


def remind(sheet_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Remind a department of a sheet that it has not confirmed, once a day."""
    sheet = queries.sheet_for_update(sheet_id)
    actor.require(identity.organisation(sheet.department_id).path, Role.OFFICE)
    if sheet.confirmed_at is not None:
        raise Refusal("feedback_confirmed_already", 409)
    newest = queries.newest(sheet.quarter, sheet.department_id)
    if newest is not None and newest.id != sheet.id:
        raise Refusal("feedback_superseded", 409)
    if not _readers(sheet, now):
        raise Refusal("feedback_nobody", 409)
    if not _remind(sheet, actor, now):
        raise Refusal("feedback_reminded", 409)


def remind_all(quarter: str, *, actor: Actor, now: datetime) -> int:
    """Remind every department whose sheet of a quarter is not confirmed; return how many."""
    _check_quarter(quarter)
    root = identity.root()
    actor.require("" if root is None else root.path, Role.OFFICE)
    return sum(_remind(sheet, actor, now) for sheet in queries.unconfirmed(quarter))


def speaks_for(sheet: FeedbackSheet, actor: Actor) -> bool:
    """Tell whether the actor is the sheet's department's liaison or head."""
    return actor.reaches(identity.organisation(sheet.department_id).path, *DEPARTMENT)


def _sent(quarter: str, department_id: int, sender: Actor, now: datetime) -> bool:
    """Send one sheet of a run; tell whether there was something new to send."""
    try:
        _send(quarter, department_id, None, sender, now)
    except Refusal as refusal:
        if refusal.code not in {"feedback_empty", "feedback_unchanged"}:
            raise
        return False
    return True


def _remind(sheet: FeedbackSheet, actor: Actor, now: datetime) -> bool:
    title = f"请确认{quarter_label(sheet.quarter)}一对一反馈"
    told = _tell(sheet, now, title=title, occasion=f"reminded {local_date(now)}")
    if told:
        _record(actor, "feedback.reminded", sheet, now)
    return bool(told)


def _readers(sheet: FeedbackSheet, now: datetime) -> list[UUID]:
    path = identity.organisation(sheet.department_id).path
    return identity.holders(path, *DEPARTMENT, today=local_date(now))


def _tell(sheet: FeedbackSheet, now: datetime, *, title: str, occasion: str) -> int:
    return notifications.tell_desk(
        _readers(sheet, now),
        DeskKind.FEEDBACK_SENT,
        (SUBJECT, str(sheet.id)),
        title=title,
        body="请打开反馈表，核对本部门的数字、短板和待办，并填写确认意见。",
        page=PAGE.format(sheet.id),
        now=now,
        occasion=occasion,
    )


def _tell_office(sheet: FeedbackSheet, now: datetime) -> None:
    department = identity.organisation(sheet.department_id)
    notifications.tell_desk(
        identity.holders(department.path, Role.OFFICE, today=local_date(now)),
        DeskKind.FEEDBACK_CONFIRMED,
        (SUBJECT, str(sheet.id)),
        title=f"{department.name}已确认反馈",
        body=f"{quarter_label(sheet.quarter)}一对一反馈第 {sheet.version} 版已确认，附有意见。",
        page=PAGE.format(sheet.id),
        now=now,
    )


def _record(actor: Actor, action: str, sheet: FeedbackSheet, now: datetime) -> None:
    audit.record(
        actor,
        action,
        (SUBJECT, sheet.id),
        at=now,
        quarter=sheet.quarter,
        department=sheet.document["department"]["name"],
        version=sheet.version,
    )


def _check_quarter(quarter: str) -> None:
    try:
        read_quarter(quarter)
    except ValueError as error:
        raise Refusal("not_found", 404) from error
