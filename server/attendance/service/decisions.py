"""The organiser's word: yes or no to a question, confirmation by hand, and changing one's mind."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from server.activities import queries as activities
from server.activities import service as activity_service
from server.activities.rules import EvidenceKind
from server.activities.rules import Standing as Joined
from server.attendance import cases
from server.attendance.answers import Answer, answer, refuse_unless_open
from server.attendance.cases import Case, run
from server.attendance.queries import overdue
from server.attendance.rules import (
    OPENS_BEFORE,
    Outcome,
    Phase,
    Presence,
    Shown,
    leaving_was_denied,
)
from server.attendance.service import standing
from server.attendance.service.standing import Details
from server.attendance.service.words import (
    everybody_vouched_for,
    give_words_back,
    take_words_back,
)
from server.attendance.signing import person_of, signature_of
from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.errors import Refusal
from server.identity import queries as identity
from server.membership import queries as membership
from server.notifications import service as notifications
from server.notifications.rules import NoticeKind

_REJECT = """
    UPDATE evidence SET outcome = 'rejected'
    WHERE activity_id = %(activity)s AND person_id = %(person)s AND phase = %(phase)s
        AND (outcome = 'doubtful' OR kind = 'organiser' OR phase = 'out')
"""
FALLEN_MESSAGE = "为您确认的同伴经确认没有到场，您的打卡还需要其他方式，请联系组织者。"
RISEN_MESSAGES = {
    Presence.PRESENT: "为您确认的同伴已由组织者更正为到场，您的打卡成功。",
    Presence.QUESTION: "为您确认的同伴已由组织者更正为到场，您的打卡待组织者确认。",
}


def decide(
    activity_id: int,
    person_id: UUID,
    *,
    present: bool,
    phase: Phase = Phase.IN,
    actor: Actor,
    now: datetime,
) -> Answer:
    """Say whether a person was there, or (``phase`` out) whether its leaving is as shown.

    The word of the organiser's branch holds against all evidence, and can be changed until 30 days
    after the activity. The office answers what the branch left open for a week.
    """
    before = cases.of_person(activity_id, person_id)
    _refuse_unless_may_decide(before, actor, now)
    refuse_unless_open(before, EvidenceKind.ORGANISER, phase, now)
    if now < before.asked.starts_at - OPENS_BEFORE:
        raise Refusal("check_in_not_begun", 409)
    after = settle(before, present=present, phase=phase, actor=actor, now=now)
    if after.version == before.version:
        return answer(after, phase).for_others()
    audit.record(
        actor,
        "attendance.decided",
        ("activity", activity_id),
        at=now,
        person=str(person_id),
        present=present,
        phase=phase.value,
    )
    _tell(after, present=present, phase=phase, now=now)
    return answer(after, phase).for_others()


def _refuse_unless_may_decide(case: Case, actor: Actor, now: datetime) -> None:
    activity = activities.activity(case.activity_id)
    if not activities.may_manage(activity, actor):
        path = identity.organisation(activity.organiser_id).path
        if not (actor.reaches(path, Role.OFFICE) and _is_the_offices(case, actor, now)):
            raise Refusal("not_allowed", 403)
    if person_of(actor) == case.person_id:
        raise Refusal("own_check_in", 403)
    # Who neither joined nor checked in: of such, an organiser knows those whom he could add.
    unknown = case.joined is None and case.stand is None
    if unknown and not activities.may_add(activity, membership.person(case.person_id), actor):
        raise Refusal("person_unknown", 404)


def _is_the_offices(case: Case, actor: Actor, now: datetime) -> bool:
    """Tell whether the office may answer: a question left open for a week, or its own answer."""
    if case.presence is Presence.QUESTION:
        return overdue(case.activity_id, case.person_id, now)
    return case.decided_by is not None and case.decided_by == signature_of(actor)


def settle(
    case: Case,
    *,
    present: bool,
    phase: Phase,
    actor: Actor,
    on_paper: bool = False,
    now: datetime,
) -> Case:
    """Write a decision; the caller has asked whether it may be made, and records it."""
    vouched: list[UUID] = []
    if phase is Phase.IN:
        # Before anything of the attendance is locked: the places come first (docs/locking.md).
        _take_in_or_out(case, present=present, now=now)
        changes = not present or case.decided is Presence.ABSENT
        vouched = everybody_vouched_for(case) if changes else []
    standing.lock(case.activity_id, [case.person_id, *vouched])
    for _ in range(standing.TRIES):
        current = cases.of_person(case.activity_id, case.person_id)
        if present and current.decided is Presence.ABSENT is not case.decided:
            # A no came between: those whom the person vouched for are not locked.
            break
        if present:
            settled = _yes(current, phase, actor, on_paper=on_paper, now=now)
        else:
            settled = _no(current, phase, actor, now=now)
        if settled is not None:
            if phase is Phase.IN:
                _tell_others(case, settled, now=now)
            return settled
    raise Refusal("conflict", 409)


def _tell_others(before: Case, settled: Case, *, now: datetime) -> None:
    """Take the person's words back or give them back, and tell whose standing that changes."""
    if settled.presence is Presence.ABSENT:
        for one in take_words_back(settled, now=now):
            _notify(one, FALLEN_MESSAGE, now=now)
    elif before.decided is Presence.ABSENT:
        for one in give_words_back(settled, now=now):
            if one.presence in RISEN_MESSAGES:
                _notify(one, RISEN_MESSAGES[one.presence], now=now)


def _take_in_or_out(case: Case, *, present: bool, now: datetime) -> None:
    if present and not case.takes_part:
        activity_service.walk_in(case.activity_id, case.person_id, now)
    if not present and case.joined is Joined.WALK_IN:
        activity_service.walk_out(case.activity_id, case.person_id, now)


def _yes(case: Case, phase: Phase, actor: Actor, *, on_paper: bool, now: datetime) -> Case | None:
    if phase is Phase.OUT and case.presence is not Presence.PRESENT:
        raise Refusal("not_present_yet", 409)
    piece = Shown(
        id=uuid4(),
        kind=EvidenceKind.ORGANISER,
        phase=phase,
        outcome=Outcome.GOOD,
        doubt=None,
        happened_at=case.asked.within(now),
        given_by=signature_of(actor),
    )
    told = any(one.says_the_same_as(piece) and one.outcome is Outcome.GOOD for one in case.shown)
    if told and (phase is Phase.OUT or case.decided is Presence.PRESENT):
        return case
    others = [one for one in case.shown if not one.says_the_same_as(piece)]
    after = replace(case, shown=(*others, piece))
    if phase is Phase.IN:
        after = replace(after, decided_by=signature_of(actor), decided_at=now)
    return standing.write(
        after,
        piece,
        Details(on_paper=on_paper),
        decided=Presence.PRESENT if phase is Phase.IN else None,
        now=now,
    )


def _no(case: Case, phase: Phase, actor: Actor, *, now: datetime) -> Case | None:
    if phase is Phase.IN and case.decided is Presence.ABSENT:
        return case
    if phase is Phase.OUT and _has_not_left(case):
        return case
    values = {"activity": case.activity_id, "person": case.person_id, "phase": phase.value}
    run(_REJECT, values)
    shown = cases.of_person(case.activity_id, case.person_id).shown
    after = replace(case, shown=shown)
    if phase is Phase.OUT:
        return _deny_leaving(after, actor, now=now)
    after = replace(after, decided_by=signature_of(actor), decided_at=now)
    return standing.write(after, decided=Presence.ABSENT, may_fall=True, now=now)


def _has_not_left(case: Case) -> bool:
    outs = [one for one in case.shown if one.phase is Phase.OUT]
    return leaving_was_denied(outs) and all(one.outcome is Outcome.REJECTED for one in outs)


def _deny_leaving(case: Case, actor: Actor, *, now: datetime) -> Case | None:
    """Keep the no as a piece of its own: what comes later does not speak against it."""
    piece = Shown(
        id=uuid4(),
        kind=EvidenceKind.ORGANISER,
        phase=Phase.OUT,
        outcome=Outcome.REJECTED,
        doubt=None,
        happened_at=case.asked.within(now),
        given_by=signature_of(actor),
    )
    others = [one for one in case.shown if not one.says_the_same_as(piece)]
    return standing.write(replace(case, shown=(*others, piece)), piece, now=now)


def _tell(case: Case, *, present: bool, phase: Phase, now: datetime) -> None:
    if phase is Phase.OUT:
        said = "组织者已确认您离开的时间。" if present else "组织者没有确认您离开的时间。"
    elif present:
        said = "组织者已确认您到场。"
    else:
        said = "组织者确认您没有到场。如有疑问，请联系组织者。"
    _notify(case, said, now=now)


def _notify(case: Case, body: str, *, now: datetime) -> None:
    members = membership.members_of([case.person_id])
    notifications.notify(
        members.values(),
        NoticeKind.CHECK_IN_DECIDED,
        ("activity", str(case.activity_id)),
        title=activities.activity(case.activity_id).title,
        body=body,
        page=f"packages/activities/detail/index?id={case.activity_id}",
        occasion=now.isoformat(),
        now=now,
    )
