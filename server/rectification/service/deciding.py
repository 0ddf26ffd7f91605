"""What those who are not the rated department decide: closing, refusing, sending back, transfer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.audit import service as audit
from server.core.access import Actor, ActorKind, Role
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries as identity
from server.identity.rules import RATED_KINDS, OrganisationKind
from server.notifications.rules import DeskKind
from server.rectification import authority, telling
from server.rectification.limits import due_at, start_of
from server.rectification.models import Case, CaseEvent, CaseOrigin, FollowUp
from server.rectification.queries import cases, settings
from server.rectification.rules import (
    ANSWERABLE,
    ANSWERED,
    CLOSED_BY_LABELS,
    FINDINGS,
    LONGEST_WORD,
    RATER,
    SYSTEM_ROLE,
    CaseKind,
    ClosedBy,
    EventKind,
    OriginKind,
    Stage,
    WordState,
)
from server.rectification.service.handling import is_rating, require_stage
from server.rectification.service.moving import clock_of, move
from server.rectification.service.writing import required, write

# What an answer that the office refuses gets at least, so that waiting for it costs no time.
REFUSED_DAYS = 3


def refuse_closing(case_id: UUID, reason: str, *, actor: Actor, now: datetime) -> Case:
    """Send an answer back to the department, for the office: it has to answer again.

    Three days at least are left for it: the office's time isn't the department's. The rates go by
    the first limit all the same, and by the answer that wasn't refused.
    """
    case = cases.case_for_update(case_id)
    role = authority.require_neutral(case, actor, Role.OFFICE)
    require_stage(case, *ANSWERED)
    said = required(reason, "reason", most=LONGEST_WORD)
    case.stage = Stage.ACCEPTED.value
    if case.first_answered_at == case.answered_at:
        # Or the first empty words would count as an answer in time.
        case.first_answered_at = None
    case.answered_at = case.closing_asked_at = None
    limits = settings.limits_of(case)
    least = due_at(now, REFUSED_DAYS, limits.unit, settings.calendar())
    case.due_floor = least.at
    case.rectify_due_at = max(case.rectify_due_at, least.at)
    event = write(case, EventKind.CLOSING_REFUSED, role=role, at=now, actor=actor, text=said)
    _record(actor, "case.closing_refused", case, now)
    telling.department(case, title="销号未通过", body=said[:300], occasion=event.id, now=now)
    telling.watchers(case, body="答复未通过审核，部门将重新办理。", now=now)
    return case


def close(case_id: UUID, closed_by: ClosedBy, note: str, *, actor: Actor, now: datetime) -> Case:
    """Close a case (销号) on somebody's word, never on the rated department's.

    The office closes on the raters' word or silence, after the hotline's callback, or by evidence
    where there is no rater; the inspector what is with him and what was found by inspection.
    """
    case = cases.case_for_update(case_id)
    if case.stage == Stage.CLOSED:
        raise Refusal("case_closed", 409)
    if closed_by is ClosedBy.INSPECTOR:
        role = authority.require_neutral(case, actor, Role.INSPECTOR)
        if case.stage != Stage.WITH_INSPECTOR and case.kind not in FINDINGS:
            raise Refusal("case_stage", 409)
    elif closed_by is ClosedBy.APPEAL:
        role = authority.require_neutral(case, actor, Role.ADJUDICATOR)
    elif closed_by is ClosedBy.WITHDRAWAL:
        if actor.kind is not ActorKind.SYSTEM:
            raise Refusal("not_allowed", 403)
        role = SYSTEM_ROLE
    else:
        role = authority.require_neutral(case, actor, Role.OFFICE)
        require_stage(case, *ANSWERED)
        require_grounds(case, closed_by, now)
    said = note.strip() if actor.kind is ActorKind.SYSTEM else required(note, "note")
    end(case, closed_by, said, role=role, actor=actor, at=now)
    return case


def end(
    case: Case, closed_by: ClosedBy, note: str, *, role: str, actor: Actor, at: datetime
) -> None:
    """Close a locked case, tell it, and forget who asked to be told."""
    case.stage = Stage.CLOSED.value
    case.closed_at, case.closed_by, case.closing_note = at, closed_by.value, note
    event = write(
        case,
        EventKind.CLOSED,
        role=role,
        at=at,
        actor=actor,
        text=note,
        closed_by=closed_by.value,
    )
    _record(actor, "case.closed", case, at, closed_by=closed_by.value)
    body = CLOSED_BY_LABELS[closed_by]
    telling.department(case, title="已销号", body=body, occasion=event.id, now=at)
    telling.watchers_of_end(case, now=at)


def require_grounds(case: Case, closed_by: ClosedBy, now: datetime) -> None:
    """Refuse a closing of the office for which there is no ground yet."""
    live = cases.live_origins(case.id)
    kinds = {OriginKind(one.kind) for one in live}
    if closed_by is ClosedBy.HOTLINE:
        if OriginKind.EVALUATION in kinds or OriginKind.MATTER not in kinds:
            raise Refusal("case_not_of_hotline", 409)
        return
    if closed_by is ClosedBy.EVIDENCE:
        if kinds & {OriginKind.EVALUATION, OriginKind.MATTER}:
            raise Refusal("case_has_raters", 409)
        return
    solved = _solved(case)
    raters = {one.id for one in live if is_rating(one)}
    if closed_by is ClosedBy.RATER and not solved:
        raise Refusal("case_without_word", 409)
    if raters <= solved and solved:
        return
    since = silent_since(case, live)
    limits = settings.limits_of(case)
    until = due_at(since, limits.silence, limits.unit, settings.calendar()).at
    if now <= until:
        raise Refusal("case_silence_short", 409, day=local_date(until).isoformat())


def silent_since(case: Case, live: list[CaseOrigin]) -> datetime:
    """Return since when the raters could have spoken: the answer, or the last one's joining."""
    answered = case.answered_at or case.registered_at
    return max([answered, *(one.joined_at for one in live)])


def _solved(case: Case) -> set[int]:
    """Return the origins whose raters said in this round that it is solved."""
    found = db.session.scalars(
        select(FollowUp.origin_id)
        .join(CaseOrigin, CaseOrigin.id == FollowUp.origin_id)
        .where(
            CaseOrigin.case_id == case.id,
            CaseOrigin.released_at.is_(None),
            FollowUp.round == case.round,
            FollowUp.solved,
        )
    )
    return set(found)


def all_solved(case: Case) -> bool:
    """Tell whether every rater behind a case has said in this round that it is solved."""
    raters = {one.id for one in cases.live_origins(case.id) if is_rating(one)}
    return bool(raters) and raters <= _solved(case)


def send_back(case_id: UUID, note: str, *, actor: Actor, now: datetime) -> Case:
    """Give a case that came to the inspector back to its department, with his note."""
    case = cases.case_for_update(case_id)
    role = authority.require_neutral(case, actor, Role.INSPECTOR)
    require_stage(case, Stage.WITH_INSPECTOR)
    said = required(note, "note")
    reopen(case, now)
    event = write(case, EventKind.REOPENED, role=role, at=now, actor=actor, text=said)
    _record(actor, "case.sent_back", case, now)
    telling.department(
        case, title="派驻纪检组退回重办", body=said[:300], occasion=event.id, now=now
    )
    telling.watchers(case, body="派驻纪检组退回部门重新办理。", now=now)
    return case


def reopen(case: Case, limit_from: datetime) -> None:
    """Let a locked case be worked on again, under a limit that begins anew."""
    case.stage = Stage.REOPENED.value
    case.closed_at = case.closed_by = None
    case.closing_note = ""
    case.answered_at = case.closing_asked_at = None
    limits = settings.limits_of(case)
    due = due_at(limit_from, limits.rectify, limits.unit, settings.calendar())
    # The limit of the first round stays in ``first_due_at``; the extension was for that one.
    case.limit_from = limit_from
    case.extended_at, case.extension_reason = None, ""
    case.rectify_due_at, case.due_floor = due.at, None
    case.provisional = case.provisional or due.provisional


def transfer(
    case_id: UUID, department_id: int, reason: str, *, actor: Actor, now: datetime
) -> Case:
    """Hand a case to another department, for the office: it went to the wrong one.

    Its limits begin anew there, but not with one that had it before. A survey's rating is of its
    department, and stays.
    """
    case = cases.case_for_update(case_id)
    role = authority.require_neutral(case, actor, Role.OFFICE)
    require_stage(case, *ANSWERABLE)
    said = required(reason, "reason", most=LONGEST_WORD)
    place = identity.organisation(department_id)
    if OrganisationKind(place.kind) not in RATED_KINDS or not place.active:
        raise Refusal("organisation_unknown", 404, field="department")
    if department_id == case.department_id or case.kind == CaseKind.SURVEY_RATING:
        raise Refusal("case_not_transferable", 409)
    authority.role_at(place.path, actor, Role.OFFICE)
    if _has_open(department_id, case.matter):
        raise Refusal("uq_case_open_matter", 409)
    before = case.department_id
    event = write(
        case,
        EventKind.TRANSFERRED,
        role=role,
        at=now,
        actor=actor,
        text=said,
        before=before,
        after=department_id,
        clock=clock_of(case),
    )
    telling.department(case, title="差评件已转办", body=said[:300], occasion=event.id, now=now)
    move(case, department_id, now)
    _record(actor, "case.transferred", case, now, before=before, after=department_id)
    telling.desk(
        case,
        DeskKind.CASE_REGISTERED,
        *authority.DEPARTMENT,
        title="转来差评件",
        body="请签收并在时限内办理。",
        occasion=str(event.id),
        now=now,
    )
    telling.watchers(case, body=f"已转由{place.name}办理。", now=now)
    return case


def _has_open(department_id: int, matter: str) -> bool:
    found = select(Case.id).where(
        Case.department_id == department_id,
        Case.matter == matter,
        Case.stage != Stage.CLOSED.value,
    )
    return db.session.scalar(found) is not None


def rater_moment(case: Case, now: datetime) -> datetime:
    """Return what is told of the time of a rater's act: its day's start, in the case's order."""
    told = start_of(local_date(now))
    return max(told, case.registered_at, case.answered_at or told)


def decide_word(event_id: int, *, shown: bool, actor: Actor, now: datetime) -> CaseEvent:
    """Show a rater's words to the department, or refuse them, for the office or its check."""
    found = db.session.get(CaseEvent, event_id)
    if found is None or found.role != RATER:
        raise Refusal("case_unknown", 404)
    case = cases.case_for_update(found.case_id)
    authority.require_neutral(case, actor, Role.OFFICE)
    db.session.refresh(found)
    if found.word_state not in {WordState.WAITING, WordState.HELD}:
        raise Refusal("case_word_decided", 409)
    found.word_state = (WordState.PASSED if shown else WordState.REFUSED).value
    _record(
        actor,
        "case.word_shown" if shown else "case.word_refused",
        case,
        now,
        event=event_id,
    )
    if shown:
        telling.department(
            case,
            title="评价人有新的留言",
            body="请查看时间线。",
            occasion=f"word {event_id}",
            now=start_of(local_date(now)),
        )
    return found


def note(case_id: UUID, text: str, *, actor: Actor, now: datetime) -> CaseEvent:
    """Add an internal note, for office, inspector or department; no rater sees it."""
    case = cases.case_for_update(case_id)
    role = authority.role_at(
        authority.path_of(case), actor, *authority.DEPARTMENT, Role.OFFICE, Role.INSPECTOR
    )
    event = write(
        case,
        EventKind.NOTE,
        role=role,
        at=now,
        actor=actor,
        text=required(text, "text"),
        internal=True,
    )
    _record(actor, "case.noted", case, now, event=event.id)
    return event


def _record(actor: Actor, action: str, case: Case, now: datetime, **detail: object) -> None:
    audit.record(actor, action, ("case", case.id), at=now, number=case.number, **detail)
