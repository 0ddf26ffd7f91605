"""Schemes, results and decisions of a year. Nothing here commits."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from server.assessment import arithmetic, gathering, queries
from server.assessment import scheme as schemes
from server.assessment.models import AssessmentDecision, AssessmentResult, AssessmentScheme
from server.assessment.rules import (
    DECISION_LABELS,
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_BODY,
    LONGEST_NOTE,
    LONGEST_NUMBER,
    LONGEST_TEXT,
    DecisionKind,
    WithoutCases,
)
from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import lock
from server.identity import queries as identity
from server.scoring import canonical

SUBJECT = "assessment"


def save_scheme(
    year: int,
    quarters: Mapping[str, str],
    rates: Mapping[str, str],
    without_cases: WithoutCases,
    *,
    actor: Actor,
    now: datetime,
) -> AssessmentScheme:
    """Save a new version of a year's scheme; those that were used stay as they are."""
    _require_office(actor)
    _check_year(year)
    try:
        document = schemes.checked(year, quarters, rates, without_cases)
    except schemes.SchemeFaultError as fault:
        raise InvalidInput([{"field": fault.field, "message": fault.message}]) from fault
    lock(f"assessment-{year}")
    before = queries.newest_scheme(year)
    if before is not None and before.document == document:
        raise Refusal("assessment_scheme_unchanged", 409)
    found = AssessmentScheme(
        year=year,
        version=1 if before is None else before.version + 1,
        document=document,
        saved_by=actor.id,
        saved_at=now,
    )
    db.session.add(found)
    db.session.flush()
    subject = ("assessment_scheme", found.id)
    audit.record(
        actor, "assessment.scheme_saved", subject, at=now, year=year, version=found.version
    )
    return found


def compute(year: int, *, note: str = "", actor: Actor, now: datetime) -> int:
    """Work a year's results out by its newest scheme; return how many departments' are new.

    A department whose result is made of the same as before keeps its edition. ``note`` says why
    there is another one: needed where a department has a result already.
    """
    _require_office(actor)
    _check_year(year)
    lock(f"assessment-{year}")
    scheme = queries.newest_scheme(year)
    if scheme is None:
        raise Refusal("assessment_scheme_missing", 409)
    found = gathering.gather(year, now=now)
    if not found.editions:
        raise Refusal("assessment_empty", 409)
    before = queries.newest_results(year)
    named = {"version": scheme.version, "digest": canonical.digest(scheme.document)}
    fresh: list[AssessmentResult] = []
    for department_id in sorted(found.names):
        document = arithmetic.make(scheme.document, found.inputs(department_id, named))
        earlier = before.get(department_id)
        if earlier is None or earlier.document != document:
            fresh.append(_result(scheme, department_id, document, earlier, note))
    if not fresh:
        raise Refusal("assessment_unchanged", 409)
    if any(one.edition > 1 for one in fresh) and not 0 < len(note) <= LONGEST_NOTE:
        message = f"已有部门的结果会改变，请填写原因，1 至 {LONGEST_NOTE} 个字。"
        raise InvalidInput([{"field": "note", "message": message}])
    for one in fresh:
        one.computed_by, one.computed_at = actor.id, now
    db.session.add_all(fresh)
    if scheme.frozen_at is None:
        scheme.frozen_at = now
    audit.record(
        actor,
        "assessment.computed",
        (SUBJECT, year),
        at=now,
        year=year,
        departments=len(fresh),
        scheme=scheme.version,
        reason=note,
    )
    return len(fresh)


def is_sound(result: AssessmentResult) -> bool:
    """Tell whether a result comes out the same again, and its document is the one that was kept."""
    again = arithmetic.again(result.document)
    shown = None if result.result is None else f"{result.result:.2f}"
    return canonical.digest(again) == result.digest.hex() and again["result"] == shown


def record_decision(
    result_id: UUID,
    kind: DecisionKind,
    body: str,
    document_number: str,
    text: str,
    decided_on: date,
    *,
    actor: Actor,
    now: datetime,
) -> AssessmentDecision:
    """Record what the competent body decided on a department's newest result."""
    _require_office(actor)
    result = queries.result(result_id, actor)
    lock(f"assessment-{result.year}")
    newest = queries.editions(result.year, result.department_id)[0]
    if newest.id != result.id:
        raise Refusal("assessment_superseded", 409)
    _check_decision(body, document_number, text)
    if not date(result.year, 1, 1) <= decided_on <= local_date(now):
        message = "作出决定的日期应在考核年度之内或之后，且不晚于今天。"
        raise InvalidInput([{"field": "decided_on", "message": message}])
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    if any(
        (one.kind, one.body, one.document_number, one.text, one.decided_on)
        == (kind, body, document_number, text, decided_on)
        for one in queries.decisions([result.id])
        if one.taken_back_at is None
    ):
        raise Refusal("decision_repeated", 409)
    decision = AssessmentDecision(
        id=uuid4(),
        result_id=result.id,
        kind=kind.value,
        body=body,
        document_number=document_number,
        text=text,
        decided_on=decided_on,
        recorded_by=actor.id,
        recorded_at=now,
    )
    db.session.add(decision)
    db.session.flush()
    _record_decision(actor, "assessment.decision_recorded", decision, result, now)
    return decision


def take_back_decision(decision_id: UUID, reason: str, *, actor: Actor, now: datetime) -> None:
    """Note that a decision no longer holds, and why; it stays on record."""
    _require_office(actor)
    decision = queries.decision_for_update(decision_id)
    if decision.taken_back_at is not None:
        raise Refusal("decision_taken_back", 409)
    if not 0 < len(reason) <= LONGEST_NOTE:
        message = f"请填写撤销原因，1 至 {LONGEST_NOTE} 个字。"
        raise InvalidInput([{"field": "reason", "message": message}])
    decision.taken_back_at, decision.taken_back_reason = now, reason
    result = queries.result(decision.result_id, actor)
    _record_decision(actor, "assessment.decision_taken_back", decision, result, now, reason=reason)


def _result(
    scheme: AssessmentScheme,
    department_id: int,
    document: arithmetic.Document,
    earlier: AssessmentResult | None,
    note: str,
) -> AssessmentResult:
    value = document["result"]
    return AssessmentResult(
        id=uuid4(),
        scheme_id=scheme.id,
        year=scheme.year,
        department_id=department_id,
        edition=1 if earlier is None else earlier.edition + 1,
        result=None if value is None else Decimal(value),
        document=document,
        digest=bytes.fromhex(canonical.digest(document)),
        note="" if earlier is None else note,
    )


def _record_decision(
    actor: Actor,
    action: str,
    decision: AssessmentDecision,
    result: AssessmentResult,
    now: datetime,
    **detail: object,
) -> None:
    audit.record(
        actor,
        action,
        ("assessment_decision", decision.id),
        at=now,
        year=result.year,
        department=result.document["department"]["name"],
        kind=DECISION_LABELS[DecisionKind(decision.kind)],
        body=decision.body,
        number=decision.document_number,
        **detail,
    )


def _check_decision(body: str, document_number: str, text: str) -> None:
    faults = []
    for field, value, least, longest in (
        ("body", body, 1, LONGEST_BODY),
        ("document_number", document_number, 0, LONGEST_NUMBER),
        ("text", text, 1, LONGEST_TEXT),
    ):
        if not least <= len(value) <= longest:
            message = f"请填写这一项，{least} 至 {longest} 个字。"
            faults.append({"field": field, "message": message})
    if faults:
        raise InvalidInput(faults)


def _require_office(actor: Actor) -> None:
    root = identity.root()
    actor.require("" if root is None else root.path, Role.OFFICE)


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal("not_found", 404)
