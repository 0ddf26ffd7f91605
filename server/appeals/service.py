"""Filing, taking back and deciding appeals (申诉).

Order of the locks: the appeal, the rating, its case (docs/locking.md). That a rating is contested
once is a partial unique index.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from server.appeals import queries, telling
from server.appeals.models import Appeal
from server.appeals.rules import (
    CLAIMS,
    CONTESTANTS,
    EVIDENCE,
    MOST_EVIDENCE,
    SIDE_LABELS,
    AppealState,
    side_of,
)
from server.audit import service as audit
from server.core.access import SYSTEM, Actor, Role
from server.core.clock import chinese_day
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.evaluation import casework, contested
from server.evaluation.rules import REASON_LABELS, ExclusionReason
from server.identity import queries as identity
from server.pictures import service as pictures
from server.pictures.rules import Purpose
from server.rectification import contesting
from server.rectification import queries as cases
from server.rectification.authority import role_at
from server.rectification.limits import due_at
from server.rectification.rules import SYSTEM_ROLE, EventKind, Unit
from server.settings import queries as settings
from server.settings.rules import APPEAL_DAYS

MOOT = "评价已撤回或已不再计入，申诉终止。"


def file_appeal(
    case_id: UUID,
    *,
    origin: int,
    claim: ExclusionReason,
    grounds: str,
    evidence: Sequence[UUID] = (),
    actor: Actor,
    now: datetime,
) -> Appeal:
    """Contest the rating behind a case's origin, for the department; each rating once.

    Raises Refusal where the case is closed, the origin is no rating, it no longer counts, or the
    department may not see it: who appeals must know of what, and learns nothing by appealing.
    """
    person = _person(actor)
    _refuse_second(contesting.rating_behind(case_id, origin))
    found = contesting.hold(case_id, origin)
    role = role_at(identity.organisation(found.department_id).path, actor, *CONTESTANTS)
    _check(claim, evidence)
    if not contested.counts(found.campaign_id, found.evaluation_id):
        raise Refusal("evaluation_not_counted", 409)
    shown = casework.rating_behind(cases.origin(origin), actor)
    if shown.withheld or not shown.standing:
        raise Refusal("appeal_rating_withheld", 409)
    days = int(settings.value(APPEAL_DAYS))
    appeal = Appeal(
        case_id=case_id,
        campaign_id=found.campaign_id,
        evaluation_id=found.evaluation_id,
        department_id=found.department_id,
        claim=claim.value,
        grounds=grounds,
        filed_by=person,
        filed_at=now,
        due_at=due_at(now, days, Unit.WORKING, cases.calendar()).at,
    )
    db.session.add(appeal)
    db.session.flush()
    pictures.take_up(
        evidence,
        purpose=Purpose.CASE,
        subject=(EVIDENCE, str(appeal.id)),
        uploaded_by=None,
        now=now,
    )
    words = (
        f"部门认为这份评价“{REASON_LABELS[claim]}”，提出申诉，"
        f"由不属于任何一方的裁定人员在 {chinese_day(appeal.due_at)}前裁定。"
    )
    _write(appeal, EventKind.APPEALED, words, actor, role, now)
    _record(actor, "appeal.filed", appeal, now)
    telling.filed(queries.appeal(appeal.id, actor=actor), now=now)
    return appeal


def _check(claim: ExclusionReason, evidence: Sequence[UUID]) -> None:
    if claim not in CLAIMS:
        raise InvalidInput([{"field": "claim", "message": "请从给出的理由中选择。"}])
    if len(evidence) > MOST_EVIDENCE:
        message = f"最多 {MOST_EVIDENCE} 张图片。"
        raise InvalidInput([{"field": "pictures", "message": message}])


def take_back(appeal_id: UUID, *, actor: Actor, now: datetime) -> Appeal:
    """Take an appeal back before it is decided, on the department's word; it may file anew."""
    appeal = _open_appeal(appeal_id)
    role = role_at(identity.organisation(appeal.department_id).path, actor, *CONTESTANTS)
    _end(appeal, "", "部门撤回了申诉。", actor, role, now)
    _record(actor, "appeal.taken_back", appeal, now)
    return appeal


def decide(appeal_id: UUID, *, uphold: bool, decision: str, actor: Actor, now: datetime) -> Appeal:
    """Decide an appeal as an adjudicator of neither side.

    Upheld, the rating is set apart with the claim as its reason, and no longer keeps its case
    open; figures that are published stay as they are until the next publication.
    """
    appeal = _open_appeal(appeal_id)
    person = _require_neutral(appeal, actor)
    appeal.state = (AppealState.UPHELD if uphold else AppealState.REJECTED).value
    appeal.decided_by, appeal.decided_at, appeal.decision = person, now, decision
    db.session.flush()
    if uphold:
        contested.exclude_on_appeal(
            appeal.campaign_id,
            appeal.evaluation_id,
            reason=ExclusionReason(appeal.claim),
            contested_by=appeal.filed_by,
            contested_at=appeal.filed_at,
            actor=actor,
            now=now,
        )
    verdict = "申诉成立，这份评价不再计入" if uphold else "申诉不成立，这份评价照常计入"
    words = f"裁定：{verdict}。{decision}"
    _write(appeal, EventKind.APPEAL_DECIDED, words, actor, Role.ADJUDICATOR, now)
    if uphold:
        contesting.set_apart(appeal.campaign_id, appeal.evaluation_id, actor=actor, now=now)
    _record(actor, "appeal.upheld" if uphold else "appeal.rejected", appeal, now)
    telling.decided(queries.appeal(appeal.id, actor=actor), now=now)
    return appeal


def end_moot(appeal_id: UUID, *, now: datetime) -> bool:
    """End an appeal whose rating was withdrawn or set apart since; tell whether it was."""
    appeal = queries.appeal_for_update(appeal_id)
    if appeal.state != AppealState.FILED or not _is_moot(appeal):
        return False
    _end(appeal, MOOT, MOOT, SYSTEM, SYSTEM_ROLE, now)
    _record(SYSTEM, "appeal.lapsed", appeal, now)
    return True


def _refuse_second(rating: tuple[int, UUID]) -> None:
    """Refuse a rating that has an appeal, before its case is locked.

    Left to the unique index alone, whoever files would hold the case and wait for who decides, who
    waits for the case.
    """
    if queries.standing_for_update(*rating) is not None:
        raise Refusal("uq_appeal_once", 409)


def _open_appeal(appeal_id: UUID) -> Appeal:
    appeal = queries.appeal_for_update(appeal_id)
    if appeal.state != AppealState.FILED:
        raise Refusal("appeal_not_open", 409)
    return appeal


def _require_neutral(appeal: Appeal, actor: Actor) -> UUID:
    path = identity.organisation(appeal.department_id).path
    actor.require(path, Role.ADJUDICATOR)
    hands = queries.hands_in(appeal.case_id, appeal.campaign_id, appeal.evaluation_id)
    side = side_of(actor, path, filed_by=appeal.filed_by, hands=hands)
    if side is not None:
        raise Refusal("appeal_not_neutral", 403, reason=SIDE_LABELS[side])
    if _is_moot(appeal):
        raise Refusal("appeal_moot", 409)
    return _person(actor)


def _is_moot(appeal: Appeal) -> bool:
    if not contested.counts(appeal.campaign_id, appeal.evaluation_id):
        return True
    return contesting.is_released(appeal.campaign_id, appeal.evaluation_id)


def _end(appeal: Appeal, decision: str, words: str, actor: Actor, role: str, now: datetime) -> None:
    appeal.state = AppealState.TAKEN_BACK.value
    appeal.decided_at, appeal.decision = now, decision
    _write(appeal, EventKind.APPEAL_ENDED, words, actor, role, now)


def _write(
    appeal: Appeal, kind: EventKind, text: str, actor: Actor, role: str, now: datetime
) -> None:
    """Put a line into the case's timeline that the rater concerned reads too, without names."""
    contesting.note(
        appeal.case_id,
        (appeal.campaign_id, appeal.evaluation_id),
        kind,
        text=text,
        actor=actor,
        role=str(role),
        detail={"appeal": str(appeal.id), "claim": appeal.claim, "state": appeal.state},
        now=now,
    )


def _record(actor: Actor, action: str, appeal: Appeal, now: datetime) -> None:
    audit.record(
        actor,
        action,
        ("appeal", appeal.id),
        at=now,
        case=str(appeal.case_id),
        campaign=appeal.campaign_id,
        reason=appeal.claim,
    )


def _person(actor: Actor) -> UUID:
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    return actor.id
