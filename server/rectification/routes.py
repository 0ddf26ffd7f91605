"""The desk's API of cases: the everyday steps, for the console's token or a linked phone.

A step that is sent again, because its answer got lost, gets the first answer and changes nothing.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.apidocs import refusals
from server.core.clock import local_date
from server.core.limits import limited
from server.core.transaction import commits
from server.identity import queries as identity
from server.pictures import addresses
from server.rectification import authority, queries, service
from server.rectification.models import Case, CaseOrigin
from server.rectification.queries import CaseFilter, Lateness, Line
from server.rectification.queries.steps import steps
from server.rectification.repeated import said_already
from server.rectification.rules import (
    CASE_KIND_LABELS,
    ORIGIN_LABELS,
    OUTCOME_LABELS,
    STAGE_LABELS,
    CallbackOutcome,
    CaseKind,
    EventKind,
    OriginKind,
    Stage,
)
from server.rectification.schemas import (
    ON_THE_PHONE,
    AnswerInput,
    CallbackInput,
    CaseDetailSchema,
    CaseListQuery,
    CasePageSchema,
    ClosingInput,
    ExtensionInput,
    MeasureInput,
)

desk_cases = APIBlueprint("desk_cases", __name__, url_prefix="/api/v1/desk")
CASE = "/cases/<uuid:case_id>"
FILTERS = {
    "open": CaseFilter(is_open=True),
    "late": CaseFilter(is_open=True, late=True),
    "callback": CaseFilter(callback_due=True),
    "closed": CaseFilter(stage=Stage.CLOSED.value),
    "all": CaseFilter(),
}


@desk_cases.get("/cases")
@requires(*authority.READERS)
@limited("read")
@desk_cases.input(CaseListQuery, location="query")
@desk_cases.output(CasePageSchema)
@desk_cases.doc(responses=refusals(401, 403))
def list_cases(query_data: dict[str, Any]) -> dict[str, Any]:
    """List the cases of the caller's departments, the latest registered first."""
    now, chosen = clock.now(), FILTERS[query_data["scope"]]
    asked = CaseFilter(**{**vars(chosen), "q": query_data["q"]})
    page = queries.case_page(
        asked,
        actor=current_actor(),
        now=now,
        cursor=query_data["cursor"],
        limit=query_data["limit"],
    )
    stands = queries.lateness(page.items, now=now)
    names = identity.organisation_names({one.department_id for one in page.items})
    return {
        "items": [_brief(one, names[one.department_id], stands[one.id]) for one in page.items],
        "next_cursor": page.next_cursor,
    }


def _brief(case: Case, department: str, lateness: Lateness) -> dict[str, Any]:
    return {
        "id": case.id,
        "number": case.number,
        "kind": case.kind,
        "kind_label": CASE_KIND_LABELS[CaseKind(case.kind)],
        "title": case.title,
        "department": {"id": case.department_id, "name": department},
        "stage": case.stage,
        "stage_label": STAGE_LABELS[Stage(case.stage)],
        "round": case.round,
        "registered_at": case.registered_at,
        "due_at": case.rectify_due_at,
        "provisional": case.provisional,
        "lateness": lateness.value,
    }


@desk_cases.get(CASE)
@requires(*authority.READERS)
@limited("read")
@desk_cases.output(CaseDetailSchema)
@desk_cases.doc(responses=refusals(401, 403, 404))
def show_case(case_id: UUID) -> dict[str, Any]:
    """Show a case with its timeline and the steps that are open to the caller."""
    return _detail(case_id)


def _detail(case_id: UUID) -> dict[str, Any]:
    now, actor = clock.now(), current_actor()
    case = queries.readable_case(case_id, actor)
    department = identity.organisation(case.department_id)
    origins = queries.origins(case_id)
    is_office = actor.reaches(department.path, Role.OFFICE)
    return {
        **_brief(case, department.name, queries.lateness([case], now=now)[case.id]),
        "summary": case.summary,
        "basis": case.basis,
        "counts_from": case.counts_from,
        "extension_reason": case.extension_reason,
        "closing_note": case.closing_note,
        "origins": [_origin(one) for one in origins],
        "timeline": [_line(one) for one in queries.timeline(case_id, office=is_office)],
        "steps": [one.value for one in steps(case, actor, now=now) if one in ON_THE_PHONE],
    }


def _origin(origin: CaseOrigin) -> dict[str, Any]:
    outcome = origin.callback_outcome
    return {
        "id": origin.id,
        "kind": origin.kind,
        "kind_label": ORIGIN_LABELS[OriginKind(origin.kind)],
        "joined_on": local_date(origin.joined_at),
        "real_name": origin.real_name,
        "wish": origin.wish,
        "released": origin.released_at is not None,
        "callback_due_at": origin.callback_due_at,
        "called_back_at": origin.called_back_at,
        "outcome_label": OUTCOME_LABELS[CallbackOutcome(outcome)] if outcome else "",
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.place,
        "at": line.at,
        "kind": line.kind.value,
        "label": line.label,
        "role_label": line.role_label,
        "internal": line.internal,
        "text": line.text,
        "word_state": line.word_state.value,
        "pictures": [{"id": one.id, "address": addresses.address(one)} for one in line.pictures],
    }


@desk_cases.post(CASE + "/acceptance")
@requires(*authority.DEPARTMENT)
@limited("write")
@desk_cases.output(CaseDetailSchema)
@desk_cases.doc(responses=refusals(401, 403, 404, 409))
@commits
def accept(case_id: UUID) -> dict[str, Any]:
    """Take the case on (签收)."""
    service.accept(case_id, actor=current_actor(), now=clock.now())
    return _detail(case_id)


def _once(
    case_id: UUID, kind: EventKind, text: str, step: Callable[[], object], origin: int | None = None
) -> dict[str, Any]:
    """Carry a step out unless it was just carried out; answer with the case as it is now."""
    actor = current_actor()
    authority.require_reader(queries.case_for_update(case_id), actor)
    if not said_already(case_id, kind, text, origin_id=origin, actor=actor, now=clock.now()):
        step()
    return _detail(case_id)


def _uploader() -> UUID | None:
    """Return the member whose phone is linked to the caller: the one who uploads pictures."""
    account_id = current_actor().id
    return identity.phones_of([account_id]).get(account_id) if account_id else None


@desk_cases.post(CASE + "/answers")
@requires(*authority.DEPARTMENT)
@limited("write")
@desk_cases.input(AnswerInput)
@desk_cases.output(CaseDetailSchema, 201)
@desk_cases.doc(responses=refusals(401, 403, 404, 409))
@commits
def answer(case_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Answer those who rated, with pictures that this phone uploaded before."""
    return _once(
        case_id,
        EventKind.ANSWERED,
        json_data["text"],
        lambda: service.answer(
            case_id,
            json_data["text"],
            json_data["pictures"],
            uploaded_by=_uploader(),
            actor=current_actor(),
            now=clock.now(),
        ),
    )


@desk_cases.post(CASE + "/measures")
@requires(*authority.DEPARTMENT)
@limited("write")
@desk_cases.input(MeasureInput)
@desk_cases.output(CaseDetailSchema, 201)
@desk_cases.doc(responses=refusals(401, 403, 404, 409))
@commits
def add_measure(case_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Add what was done, with evidence."""
    return _once(
        case_id,
        EventKind.MEASURE,
        json_data["text"],
        lambda: service.add_measure(
            case_id,
            json_data["text"],
            json_data["pictures"],
            internal=json_data["internal"],
            uploaded_by=_uploader(),
            actor=current_actor(),
            now=clock.now(),
        ),
    )


@desk_cases.post("/case-origins/<int:origin_id>/callbacks")
@requires(*authority.DEPARTMENT)
@limited("write")
@desk_cases.input(CallbackInput)
@desk_cases.output(CaseDetailSchema, 201)
@desk_cases.doc(responses=refusals(401, 403, 404, 409))
@commits
def call_back(origin_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Record a callback (回访) to one rater."""
    outcome = CallbackOutcome(json_data["outcome"])
    return _once(
        queries.origin(origin_id).case_id,
        EventKind.CALLED_BACK,
        json_data["note"],
        lambda: service.call_back(
            origin_id, outcome, json_data["note"], actor=current_actor(), now=clock.now()
        ),
        origin_id,
    )


@desk_cases.post(CASE + "/closing-requests")
@requires(*authority.DEPARTMENT)
@limited("write")
@desk_cases.input(ClosingInput)
@desk_cases.output(CaseDetailSchema, 201)
@desk_cases.doc(responses=refusals(401, 403, 404, 409))
@commits
def ask_closing(case_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Ask the office to close the case; asking again changes nothing."""
    service.ask_closing(case_id, text=json_data["text"], actor=current_actor(), now=clock.now())
    return _detail(case_id)


@desk_cases.post(CASE + "/extensions")
@requires(*authority.DEPARTMENT)
@limited("write")
@desk_cases.input(ExtensionInput)
@desk_cases.output(CaseDetailSchema, 201)
@desk_cases.doc(responses=refusals(401, 403, 404, 409))
@commits
def extend(case_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Extend the case's limit, once, with a reason."""
    return _once(
        case_id,
        EventKind.EXTENDED,
        json_data["reason"],
        lambda: service.extend(
            case_id, json_data["reason"], actor=current_actor(), now=clock.now()
        ),
    )
