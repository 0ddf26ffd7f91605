"""A problem that the front can't solve becomes a case of the department that can (转办)."""

from datetime import datetime
from uuid import UUID

from server.audit import service as audit
from server.core.access import Actor, ActorKind
from server.core.clock import local_date
from server.core.errors import Refusal
from server.frontline.authority import may_review
from server.frontline.models import Entry
from server.frontline.queries import rows
from server.frontline.rules import EntryState, ReviewStep, Solution
from server.identity import queries as identity
from server.rectification import queries as cases
from server.rectification import service as rectification
from server.rectification.queries import Case
from server.rectification.rules import CaseKind, OriginKind, quarter_of

TITLE_LENGTH = 60


def hand_on(entry_id: UUID, department_id: int, *, actor: Actor, now: datetime) -> Case:
    """Register an approved entry's open problem as a case of a department, once.

    For who gives the second verdict on entries of its branch. The entry keeps the case's id; the
    case knows the entry, and nobody's name.
    """
    entry = rows.entry_for_update(entry_id)
    path = identity.organisation(entry.branch_id).path
    if not may_review(actor, path, ReviewStep.OFFICE):
        raise Refusal("not_allowed", 403)
    if entry.case_id is not None:
        return cases.case(entry.case_id)
    return register(entry, department_id, actor=actor, now=now)


def register(entry: Entry, department_id: int, *, actor: Actor, now: datetime) -> Case:
    """Register a locked entry's problem; refuse what isn't approved, open and to be handed on."""
    handed = entry.state == EntryState.APPROVED and entry.hand_on
    if not handed or entry.solution != Solution.OPEN:
        raise Refusal("entry_not_to_hand_on", 409)
    if department_id not in {one.id for one in identity.rated_departments()}:
        raise Refusal("organisation_unknown", 404, field="department")
    first = " ".join(entry.problem.split())
    case = rectification.register(
        CaseKind.FRONTLINE,
        department_id,
        f"entry:{entry.id}",
        origin=rectification.Origin(OriginKind.FRONTLINE_ENTRY, str(entry.id)),
        title=first[:TITLE_LENGTH] or "一线问题",
        summary=f"{entry.problem}\n地点：{entry.place}",
        counts_from=now,
        quarter=quarter_of(local_date(now)),
        actor=actor,
        now=now,
    )
    entry.case_id = case.id
    if actor.kind is ActorKind.ACCOUNT:
        audit.record(
            actor,
            "frontline_entry.handed_on",
            ("frontline_entry", entry.id),
            at=now,
            case=case.number,
            department=department_id,
        )
    return case
