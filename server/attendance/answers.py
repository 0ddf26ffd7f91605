"""What a person is told after a check-in, and the refusals that all kinds of it share."""

from dataclasses import dataclass, replace
from datetime import datetime

from server.activities.rules import ActivityState, EvidenceKind
from server.attendance.cases import Case
from server.attendance.rules import (
    SETTLED_AFTER,
    Doubt,
    Outcome,
    Phase,
    Presence,
    good_kinds,
    message,
)
from server.core.errors import Refusal


@dataclass(frozen=True)
class Answer:
    """Where a person stands, with the sentence that its phone shows."""

    presence: Presence | None
    phase: Phase
    kinds: list[EvidenceKind]
    doubts: list[Doubt]
    message: str
    left: bool
    came_at: datetime | None
    left_at: datetime | None

    def for_others(self) -> "Answer":
        """Return what anybody but the person may be told: no time of coming or going."""
        return replace(self, came_at=None, left_at=None)


def doubts_of(case: Case, phase: Phase) -> list[Doubt]:
    """Return what is still asked about a person's coming or going, in the order it arrived."""
    if phase is Phase.IN and case.presence in {Presence.PRESENT, Presence.ABSENT}:
        return []
    found = [
        one.doubt
        for one in case.shown
        if one.phase is phase and one.outcome is Outcome.DOUBTFUL and one.doubt is not None
    ]
    return list(dict.fromkeys(found))


def answer(case: Case, phase: Phase, sentence: str = "") -> Answer:
    """Say where a person stands; ``sentence`` is told in place of the usual one."""
    kinds = good_kinds(case.shown, case.asked, phase)
    told = sentence or (message(case.stand, case.shown, case.asked, phase) if case.stand else "")
    return Answer(
        presence=case.presence,
        phase=phase,
        kinds=[kind for kind in EvidenceKind if kind in kinds],
        doubts=doubts_of(case, phase),
        message=told,
        left=case.stand is not None and case.stand.left_at is not None,
        came_at=case.stand.came_at if case.stand else None,
        left_at=case.stand.left_at if case.stand else None,
    )


def refuse_unless_open(case: Case, kind: EvidenceKind, phase: Phase, now: datetime) -> None:
    """Refuse what an activity does not take, at all or any more."""
    if case.state is ActivityState.CANCELLED:
        raise Refusal("check_in_cancelled", 409)
    if now > case.asked.ends_at + SETTLED_AFTER:
        raise Refusal("check_in_over", 409)
    if phase is Phase.OUT and not case.asked.check_out:
        raise Refusal("check_out_not_asked", 409)
    if not case.asked.accepts(kind):
        raise Refusal("evidence_not_accepted", 422, field="kind")
