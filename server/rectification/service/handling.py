"""What the department does about its case: accept, call back, answer, prove, ask for closing.

Each step locks the case's row first; that is the lock of its origins and its timeline too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.clock import local_date
from server.core.errors import Refusal
from server.notifications.rules import DeskKind
from server.rectification import authority, telling
from server.rectification.models import Case, CaseEvent, CaseOrigin
from server.rectification.queries import cases, settings
from server.rectification.queries.steps import limit_passed
from server.rectification.rules import (
    ANSWERABLE,
    LONGEST_WORD,
    OUTCOME_LABELS,
    CallbackOutcome,
    EventKind,
    OriginKind,
    Stage,
)
from server.rectification.service.dues import counted, set_due
from server.rectification.service.writing import attach, optional, required, write


def accept(case_id: UUID, *, actor: Actor, now: datetime) -> Case:
    """Take a case on (签收), for its department; a second tap changes nothing."""
    case = cases.case_for_update(case_id)
    role = authority.require_department(case, actor)
    if case.stage == Stage.ACCEPTED:
        return case
    require_stage(case, Stage.REGISTERED, Stage.REOPENED)
    case.stage = Stage.ACCEPTED.value
    case.accepted_at = case.accepted_at or now
    write(case, EventKind.ACCEPTED, role=role, at=now, actor=actor)
    _record(actor, "case.accepted", case, now)
    telling.watchers(case, body="部门已签收。", now=now)
    return case


def show_contact(origin_id: int, *, actor: Actor, now: datetime) -> None:
    """Record that somebody looks at a rater's contact, for the callback alone.

    The contact itself is unsealed by the domain that keeps it, after this.
    """
    case, origin = _real_name_origin(origin_id)
    role = authority.require_department(case, actor)
    write(
        case,
        EventKind.CONTACT_SHOWN,
        role=role,
        at=now,
        actor=actor,
        internal=True,
        origin_id=origin.id,
    )
    _record(actor, "case.contact_shown", case, now, origin=origin.id)


def call_back(
    origin_id: int,
    outcome: CallbackOutcome,
    note: str = "",
    *,
    actor: Actor,
    now: datetime,
) -> CaseOrigin:
    """Record a callback (回访) to the rater of one origin; the first one tells if it was in time.

    Raises Refusal where nobody left a contact, and for an unreachable rater without a note of what
    was tried.
    """
    case, origin = _real_name_origin(origin_id)
    role = authority.require_department(case, actor)
    unreached = outcome is CallbackOutcome.UNREACHABLE
    said = (required if unreached else optional)(note, "note", most=LONGEST_WORD)
    if origin.callback_outcome in {None, CallbackOutcome.UNREACHABLE.value}:
        origin.callback_outcome = outcome.value
        origin.called_back_at = origin.called_back_at or now
    write(
        case,
        EventKind.CALLED_BACK,
        role=role,
        at=now,
        actor=actor,
        text=said,
        origin_id=origin.id,
        outcome=outcome.value,
    )
    _record(actor, "case.called_back", case, now, origin=origin.id, outcome=outcome.value)
    telling.watchers(
        case,
        body=f"部门回访：{OUTCOME_LABELS[outcome]}。",
        origin_id=origin.id,
        now=now,
    )
    return origin


def add_measure(
    case_id: UUID,
    text: str,
    pictures: Sequence[UUID] = (),
    *,
    internal: bool = False,
    uploaded_by: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> CaseEvent:
    """Add what was done (整改措施), with evidence; an internal line no rater sees.

    ``uploaded_by`` is the member who uploaded the pictures on the phone.
    """
    case = cases.case_for_update(case_id)
    role = authority.require_department(case, actor)
    require_stage(case, *ANSWERABLE, Stage.WITH_INSPECTOR)
    event = write(
        case,
        EventKind.MEASURE,
        role=role,
        at=now,
        actor=actor,
        text=required(text, "text"),
        internal=internal,
    )
    attach(event, pictures, uploaded_by=uploaded_by, now=now)
    _record(actor, "case.measure_added", case, now, event=event.id)
    if not internal:
        telling.watchers(case, body="部门补充了整改措施。", now=now)
    return event


def answer(
    case_id: UUID,
    text: str,
    pictures: Sequence[UUID] = (),
    *,
    uploaded_by: UUID | None = None,
    actor: Actor,
    now: datetime,
    answered_at: datetime | None = None,
) -> CaseEvent:
    """Answer for the department; the first answer of a round tells whether it was in time.

    ``answered_at`` is when a hotline's reply was given, where a source brings it later; only a
    job, acting for the system, may say so.
    """
    case = cases.case_for_update(case_id)
    role = authority.require_department(case, actor)
    require_stage(case, *ANSWERABLE)
    moment = answered_at or now
    case.accepted_at = case.accepted_at or moment
    case.answered_at = case.answered_at or moment
    case.first_answered_at = case.first_answered_at or moment
    case.stage = Stage.ANSWERED.value
    event = write(
        case, EventKind.ANSWERED, role=role, at=moment, actor=actor, text=required(text, "text")
    )
    attach(event, pictures, uploaded_by=uploaded_by, now=now)
    _record(actor, "case.answered", case, now, event=event.id, round=case.round)
    telling.watchers(case, body="部门已答复，您可以追评是否解决。", now=now)
    return event


def ask_closing(case_id: UUID, *, text: str = "", actor: Actor, now: datetime) -> Case:
    """Ask the office to close an answered case, once every rater with a contact was called back."""
    case = cases.case_for_update(case_id)
    role = authority.require_department(case, actor)
    if case.stage == Stage.CLOSING_ASKED:
        return case
    require_stage(case, Stage.ANSWERED)
    if any(one.real_name and one.called_back_at is None for one in cases.live_origins(case.id)):
        raise Refusal("case_callback_missing", 409)
    case.stage = Stage.CLOSING_ASKED.value
    case.closing_asked_at = now
    event = write(
        case,
        EventKind.CLOSING_ASKED,
        role=role,
        at=now,
        actor=actor,
        text=optional(text, "text"),
    )
    _record(actor, "case.closing_asked", case, now)
    telling.desk(
        case,
        DeskKind.CLOSING_ASKED,
        Role.OFFICE,
        title="部门申请销号",
        body="请核对答复和整改证据。",
        occasion=str(event.id),
        now=now,
    )
    return case


def extend(case_id: UUID, reason: str, *, actor: Actor, now: datetime) -> Case:
    """Extend a case's limit, once, with a reason, before it passes.

    In the first round that is the limit which the rates go by: what a refused answer got after it
    is no time to extend.
    """
    case = cases.case_for_update(case_id)
    role = authority.require_department(case, actor)
    said = required(reason, "reason", most=LONGEST_WORD)
    require_stage(case, Stage.REGISTERED, Stage.ACCEPTED, Stage.REOPENED)
    if case.extended_at is not None:
        raise Refusal("case_extended_already", 409)
    if limit_passed(case, now):
        raise Refusal("case_limit_passed", 409)
    limits = settings.limits_of(case)
    if limits.extension == 0:
        raise Refusal("case_not_extendable", 409)
    case.extended_at, case.extension_reason = now, said
    due = counted(case, settings.calendar(), now)
    # Longer than what the refusal of an answer promised it need not be, but never shorter.
    set_due(case, replace(due, present=max(case.rectify_due_at, due.present)))
    until = local_date(case.rectify_due_at)
    event = write(
        case,
        EventKind.EXTENDED,
        role=role,
        at=now,
        actor=actor,
        text=said,
        until=until.isoformat(),
    )
    _record(actor, "case.extended", case, now, until=until.isoformat())
    telling.watchers(case, body=f"办理期限延至 {until}。", now=now)
    telling.desk(
        case,
        DeskKind.CASE_MOVED,
        Role.OFFICE,
        title="部门延期办理",
        body=f"延至 {until}：{said}"[:300],
        occasion=str(event.id),
        now=now,
    )
    return case


def require_stage(case: Case, *stages: Stage) -> None:
    """Refuse a step that doesn't fit where the case stands."""
    if case.stage == Stage.CLOSED:
        raise Refusal("case_closed", 409)
    if Stage(case.stage) not in stages:
        raise Refusal("case_stage", 409)


def _real_name_origin(origin_id: int) -> tuple[Case, CaseOrigin]:
    case, origin = cases.origin_for_update(origin_id)
    if case.stage == Stage.CLOSED:
        raise Refusal("case_closed", 409)
    if not origin.real_name or origin.released_at is not None:
        raise Refusal("case_without_contact", 409)
    return case, origin


def is_rating(origin: CaseOrigin) -> bool:
    """Tell whether an origin is a rating whose rater has the last word by receipt."""
    return origin.kind == OriginKind.EVALUATION


def _record(actor: Actor, action: str, case: Case, now: datetime, **detail: object) -> None:
    audit.record(actor, action, ("case", case.id), at=now, number=case.number, **detail)
