"""What lets a case go, and what brings it back: ratings withdrawn, bettered, set apart, poor again.

A rating has one case for good. Poor again it goes back to that one, so that nobody makes a second
case of a matter by changing the same rating to and fro.
"""

from datetime import datetime

from server.core.access import SYSTEM, Actor
from server.core.clock import local_date
from server.rectification import authority, telling
from server.rectification.limits import ONE_DAY, start_of
from server.rectification.models import Case, CaseOrigin, CaseWatch
from server.rectification.queries import cases
from server.rectification.rules import (
    ANSWERED,
    CLOSED_BY_LABELS,
    LAST_ROUND,
    RATER,
    SYSTEM_ROLE,
    ClosedBy,
    EventKind,
    OriginKind,
    Stage,
)
from server.rectification.service.deciding import all_solved, end, rater_moment, reopen
from server.rectification.service.raters import is_contestable, not_solved
from server.rectification.service.writing import write

LET_GO = "一份评价已撤回、改好或不予采纳，不再计入这一件。"
POOR_AGAIN = "评价又为差评，本件继续办理，时限重新计算。"


def release_origin(
    kind: OriginKind,
    origin_id: str,
    *,
    now: datetime,
    closed_by: ClosedBy = ClosedBy.WITHDRAWAL,
    by_rater: bool = False,
    actor: Actor = SYSTEM,
) -> Case | None:
    """Let go of what was withdrawn or set apart: a case that nothing keeps open any more closes.

    ``by_rater``: it was withdrawn or bettered, and not set apart by a decision. If the department
    knew of it by then, it stays in the figures (``queries.rates``). Idempotent; returns the case,
    or None where the origin has none. A withdrawn rating's time is told by the day alone.
    """
    known = cases.case_of_origin(kind, origin_id)
    if known is None:
        return None
    case, origin = cases.origin_for_update(known[1].id)
    if origin.released_at is not None:
        return case
    rated = kind is OriginKind.EVALUATION
    moment = rater_moment(case, now) if rated else now
    origin.released_at = moment
    write(
        case,
        EventKind.NOTE,
        role=SYSTEM_ROLE,
        at=moment,
        text=LET_GO if rated else "一项来源已不再计入这一件。",
        internal=True,
        origin_id=origin.id,
        # The same line whoever let it go: the department isn't told which.
        stays=by_rater and _was_known(case, origin, now),
    )
    # A member who follows the case by this rating alone has nothing to follow any more.
    telling.forget_watches(case.id, CaseWatch.origin_id == origin.id)
    if case.stage == Stage.CLOSED:
        return case
    if not cases.live_origins(case.id):
        note, by = CLOSED_BY_LABELS[closed_by], SYSTEM if rated else actor
        end(case, closed_by, note, role=SYSTEM_ROLE, actor=by, at=moment)
    elif case.stage in ANSWERED and all_solved(case):
        end(case, ClosedBy.RATER, "", role=RATER, actor=SYSTEM, at=moment)
    return case


def _was_known(case: Case, origin: CaseOrigin, now: datetime) -> bool:
    """Tell whether a department knew of an origin before it was taken back.

    It does from the day after it joined, and as soon as somebody of it has done anything about the
    case. What a rater puts right on the same day, untouched, is a slip.
    """
    return local_date(now) > local_date(origin.joined_at) or authority.has_acted(case.id)


def case_to_return_to(origin_id: int) -> tuple[Case, CaseOrigin]:
    """Return, locked, the case that a rating goes back to when it is poor again: its own.

    Unless that is closed and the matter has another open one, which it joins.
    """
    own, origin = cases.origin_for_update(origin_id)
    if own.stage != Stage.CLOSED:
        return own, origin
    return cases.open_case_for_update(own.department_id, own.matter) or own, origin


def take_up_again(case: Case, now: datetime) -> None:
    """Go on with a locked case that had closed, and whose only rating is a poor one again.

    What had not been answered goes on in its round. After an answer it is as if the rater had said
    "not solved": reopened once, then the inspector's. What is over for good stays closed.
    """
    ended = case.closed_by == ClosedBy.WITHDRAWAL
    moment = rater_moment(case, now)
    if ended and case.answered_at is None:
        _go_on(case, moment)
    elif ended or is_contestable(case, now):
        not_solved(case, moment)


def _go_on(case: Case, moment: datetime) -> None:
    """Let an unanswered case run again, under a limit that counts from the end of the day.

    A first limit that had passed before stays: a rating that was taken back undoes no lateness.
    """
    assert case.closed_at is not None  # noqa: S101 the caller's case is closed
    in_time = case.first_answered_at is None and case.first_due_at >= case.closed_at
    reopen(case, start_of(local_date(moment) + ONE_DAY))
    if case.round < LAST_ROUND:
        case.stage = (Stage.ACCEPTED if case.accepted_at else Stage.REGISTERED).value
        if in_time:
            case.counts_from, case.first_due_at = case.limit_from, case.rectify_due_at
    event = write(case, EventKind.REOPENED, role=SYSTEM_ROLE, at=moment, text=POOR_AGAIN)
    telling.department(
        case, title="同一事项又有差评，请继续办理", body=POOR_AGAIN, occasion=event.id, now=moment
    )
