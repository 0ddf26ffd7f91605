"""Verdicts on entries, under the entry's lock: the branch first, then the office."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from server.audit import service as audit
from server.core.access import Actor, ActorKind
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.frontline.authority import Caller, caller_of, may_review, steps_of
from server.frontline.models import Entry, EntryReview
from server.frontline.queries import rows
from server.frontline.queries.describing import branch_approver
from server.frontline.rules import (
    ENTRY_STATE_LABELS,
    LIVE,
    STEP_LABELS,
    STEP_OF_ENTRY,
    UNDO_LIFE,
    EntryState,
    ReviewStep,
    Verdict,
)
from server.frontline.service import handing_on
from server.frontline.service.telling import tell_of_entry
from server.identity import queries as identity

NEEDS_REASON = "请写明理由，让填写人知道怎样修改。"
NEEDS_TARGET = "请选择要并入的日志。"


def review_entry(
    entry_id: UUID,
    *,
    verdict: Verdict,
    reason: str = "",
    into: UUID | None = None,
    step: ReviewStep | None = None,
    revision: int | None = None,
    department: int | None = None,
    actor: Actor,
    now: datetime,
) -> Entry:
    """Give a step's verdict on an entry; return the entry as it stands then.

    ``step`` and ``revision`` are what the reviewer saw: where they have changed, a colleague was
    first or the author has corrected, and the answer is a 409 that says so. Without them the
    verdict is on the step that waits. ``into`` names the entry of the same problem for a merger.
    With ``department`` the last approval hands the problem on to it; without, that is done later.
    """
    _check(verdict, reason, into, entry_id)
    caller = caller_of(actor)
    path = _path_for(entry_id, caller)
    target_id = _root_of(into) if into is not None else None
    entry, target = _locked(entry_id, target_id)
    step = _open_step(entry, caller, path, step)
    if revision is not None and revision != entry.revision:
        raise Refusal("entry_changed_meanwhile", 409)
    approver = branch_approver(entry, rows.reviews([entry.id]).get(entry.id, []))
    if step is ReviewStep.OFFICE and caller.is_person(approver):
        raise Refusal("review_same_person", 403)
    if target is not None:
        _merge(entry, target, caller)
    else:
        _decide(entry, verdict, step, now)
        if department is not None and entry.state == EntryState.APPROVED:
            handing_on.register(entry, department, actor=actor, now=now)
    db.session.add(
        EntryReview(
            entry_id=entry.id,
            step=step.value,
            verdict=verdict.value,
            reason=reason,
            reviewed_by=caller.id,
            reviewed_at=now,
        )
    )
    db.session.flush()
    _record(actor, f"frontline_entry.{verdict.value}", entry, now, step=step.value)
    tell_of_entry(entry, step, verdict, reason, now)
    return entry


def undo_merge(entry_id: UUID, *, actor: Actor, now: datetime) -> Entry:
    """Part a merged entry again within 30 days: it goes back to the branch's step as it was."""
    path = _path_for(entry_id, caller_of(actor))
    if not may_review(actor, path, ReviewStep.OFFICE):
        raise Refusal("not_allowed", 403)
    entry = rows.entry_for_update(entry_id)
    if entry.state != EntryState.MERGED:
        raise Refusal("entry_not_merged", 409)
    merged_at = db.session.scalar(
        select(EntryReview.reviewed_at)
        .where(EntryReview.entry_id == entry_id, EntryReview.verdict == Verdict.MERGED.value)
        .order_by(EntryReview.id.desc())
        .limit(1)
    )
    if merged_at is not None and now > merged_at + UNDO_LIFE:
        raise Refusal("entry_merge_settled", 409, days=UNDO_LIFE.days)
    was_in = entry.merged_into
    entry.state = EntryState.SUBMITTED.value
    entry.merged_into = None
    entry.submitted_at = now
    entry.revision += 1
    db.session.flush()
    _record(actor, "frontline_entry.parted", entry, now, was_in=str(was_in))
    return entry


def _check(verdict: Verdict, reason: str, into: UUID | None, entry_id: UUID) -> None:
    faults = []
    if verdict is not Verdict.APPROVED and not reason:
        faults.append({"field": "reason", "message": NEEDS_REASON})
    if (verdict is Verdict.MERGED) != (into is not None) or into == entry_id:
        faults.append({"field": "into", "message": NEEDS_TARGET})
    if faults:
        raise InvalidInput(faults)


def _path_for(entry_id: UUID, caller: Caller) -> str:
    """Return the path of an entry's branch; refuse who reviews nothing there."""
    entry = rows.entry(entry_id)
    if caller.person_id is not None and caller.person_id == entry.person_id:
        raise Refusal("review_own", 403)
    path = identity.organisation(entry.branch_id).path
    if not steps_of(caller.actor, path):
        raise Refusal("not_allowed", 403)
    return path


def _root_of(entry_id: UUID) -> UUID:
    """Return the entry that one stands for: itself, or what it was merged into."""
    return rows.entry(entry_id).merged_into or entry_id


def _locked(entry_id: UUID, target_id: UUID | None) -> tuple[Entry, Entry | None]:
    """Lock an entry and its target in the order of their ids, so that two mergers never block."""
    wanted = {entry_id} if target_id is None else {entry_id, target_id}
    found = {
        one.id: one
        for one in db.session.scalars(
            select(Entry)
            .where(Entry.id.in_(wanted))
            .order_by(Entry.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    return found[entry_id], found[target_id] if target_id is not None else None


def _open_step(entry: Entry, caller: Caller, path: str, asked: ReviewStep | None) -> ReviewStep:
    """Return the step that the verdict is on; refuse with who decided, or who decides now."""
    state = EntryState(entry.state)
    waits = STEP_OF_ENTRY.get(state)
    if waits is None or asked not in {None, waits}:
        raise Refusal("entry_decided", 409, state=ENTRY_STATE_LABELS[state])
    if may_review(caller.actor, path, waits):
        return waits
    if waits is ReviewStep.OFFICE:
        raise Refusal("entry_decided", 409, state=ENTRY_STATE_LABELS[state])
    raise Refusal("entry_not_yet", 409, step=STEP_LABELS[waits])


def _merge(entry: Entry, target: Entry, caller: Caller) -> None:
    """Merge an entry into another, with all that was merged into itself before.

    Never into the caller's own: a colleague's work would count as his.
    """
    if caller.person_id is not None and caller.person_id == target.person_id:
        raise Refusal("review_own", 403)
    if target.id == entry.id or target.state not in LIVE:
        raise Refusal("entry_merge_target", 409)
    if not steps_of(caller.actor, identity.organisation(target.branch_id).path):
        raise Refusal("entry_merge_target", 409)
    entry.state = EntryState.MERGED.value
    entry.merged_into = target.id
    db.session.execute(
        update(Entry).where(Entry.merged_into == entry.id).values(merged_into=target.id)
    )


def _decide(entry: Entry, verdict: Verdict, step: ReviewStep, now: datetime) -> None:
    if verdict is Verdict.RETURNED:
        entry.state = EntryState.RETURNED.value
    elif step is ReviewStep.BRANCH:
        entry.state = EntryState.BRANCH_APPROVED.value
    else:
        entry.state = EntryState.APPROVED.value
        entry.approved_at = now


def _record(actor: Actor, action: str, entry: Entry, now: datetime, **detail: object) -> None:
    if actor.kind is ActorKind.ACCOUNT:
        audit.record(actor, action, ("frontline_entry", entry.id), at=now, **detail)
