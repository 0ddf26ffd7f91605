"""What a rater does by receipt: answers, follows up once a round (追评), asks to be told.

The routes are above, in ``evaluation``: they know the rating by its receipt and name its origin
here. No line tells the time of a rater's act, only its day.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from server.core.access import SYSTEM, Role
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import Refusal
from server.notifications.rules import DeskKind
from server.rectification import telling
from server.rectification.limits import ONE_DAY, start_of
from server.rectification.models import Case, CaseEvent, CaseOrigin, CaseWatch, FollowUp
from server.rectification.queries import cases
from server.rectification.rules import (
    ANSWERED,
    CONTESTABLE,
    FOLLOW_UP_DAYS,
    LAST_ROUND,
    LONGEST_WORD,
    MOST_WORDS,
    RATER,
    SYSTEM_ROLE,
    ClosedBy,
    EventKind,
    Stage,
    WordState,
)
from server.rectification.service.deciding import all_solved, end, rater_moment, reopen
from server.rectification.service.handling import is_rating
from server.rectification.service.writing import optional, required, write


def rater_answers(
    origin_id: int,
    text: str,
    *,
    word_state: WordState = WordState.WAITING,
    now: datetime,
) -> CaseEvent:
    """Add a rater's words to an open case; nobody but the office reads them before their check.

    ``word_state`` is PASSED where the platform has checked them already.
    """
    case, origin = _rating_origin(origin_id)
    if case.stage == Stage.CLOSED:
        raise Refusal("case_closed", 409)
    said = db.session.scalar(
        select(func.count()).where(
            CaseEvent.case_id == case.id,
            CaseEvent.origin_id == origin.id,
            CaseEvent.kind == EventKind.RATER_ANSWERED.value,
        )
    )
    if (said or 0) >= MOST_WORDS:
        raise Refusal("case_words_many", 409)
    moment = rater_moment(case, now)
    event = write(
        case,
        EventKind.RATER_ANSWERED,
        role=RATER,
        at=moment,
        text=required(text, "text", most=LONGEST_WORD),
        origin_id=origin.id,
        word_state=word_state,
    )
    _tell_words(case, event, moment)
    return event


def may_follow_up(case: Case, origin: CaseOrigin, *, now: datetime) -> bool:
    """Tell whether a rater can say now that it is solved or not."""
    if origin.released_at is not None or not is_rating(origin):
        return False
    if db.session.get(FollowUp, (origin.id, case.round)) is not None:
        return False
    return case.stage in ANSWERED or is_contestable(case, now)


def follow_up(
    origin_id: int,
    solved: bool,  # noqa: FBT001 the rater's one word
    word: str = "",
    *,
    word_state: WordState = WordState.WAITING,
    now: datetime,
) -> Case:
    """Take a rater's last word on an answer (追评): once a round and origin.

    When all raters of the case say solved, it closes on their word. Any "not solved" reopens it
    once; the second time it goes to the inspector. A case that was closed without the rater's word
    can be taken up for thirty days. A second tap with the same word changes nothing.
    """
    case, origin = _rating_origin(origin_id)
    said = optional(word, "word", most=LONGEST_WORD)
    before = _newest_word(origin.id)
    if before is not None and before.round == case.round:
        if before.solved == solved:
            return case
        raise Refusal("case_followed_up", 409)
    if not may_follow_up(case, origin, now=now):
        if before is not None and before.solved == solved and case.stage not in ANSWERED:
            # The answer to the tap that reopened it was lost.
            return case
        raise Refusal("case_not_answered", 409)
    moment = rater_moment(case, now)
    event = write(
        case,
        EventKind.SOLVED if solved else EventKind.NOT_SOLVED,
        role=RATER,
        at=moment,
        text=said,
        origin_id=origin.id,
        word_state=word_state if said else WordState.NONE,
        round=case.round,
    )
    db.session.add(
        FollowUp(
            origin_id=origin.id,
            round=case.round,
            solved=solved,
            on_day=local_date(now),
            event_id=event.id,
        )
    )
    db.session.flush()
    if solved:
        if case.stage in ANSWERED and all_solved(case):
            end(case, ClosedBy.RATER, "", role=RATER, actor=SYSTEM, at=moment)
        return case
    not_solved(case, moment)
    return case


def not_solved(case: Case, moment: datetime) -> None:
    """Reopen a locked case, or hand it to the inspector after the second round."""
    if case.stage == Stage.CLOSED and _another_open(case):
        # A later rating has opened the matter anew: there it is worked on.
        return
    if case.round < LAST_ROUND:
        case.round = LAST_ROUND
        # Of a rater's act the day is told: the limit counts from its end.
        reopen(case, start_of(local_date(moment) + ONE_DAY))
        event = write(case, EventKind.REOPENED, role=SYSTEM_ROLE, at=moment)
        telling.department(
            case,
            title="评价人认为未解决，请重新办理",
            body="办理期限重新计算。",
            occasion=event.id,
            now=moment,
        )
        body = "已退回部门重新办理。"
    else:
        case.stage = Stage.WITH_INSPECTOR.value
        case.closed_at = case.closed_by = None
        case.closing_note = ""
        event = write(case, EventKind.TO_INSPECTOR, role=SYSTEM_ROLE, at=moment)
        for roles in ((Role.INSPECTOR,), (Role.LIAISON, Role.HEAD, Role.OFFICE)):
            telling.desk(
                case,
                DeskKind.CASE_MOVED,
                *roles,
                title="两次办理仍未解决，转派驻纪检组",
                body="请派驻纪检组核查后销号或退回。",
                occasion=str(event.id),
                now=moment,
            )
        body = "已转派驻纪检组核查。"
    telling.watchers(case, body=body, now=moment)


def _another_open(case: Case) -> bool:
    found = select(Case.id).where(
        Case.department_id == case.department_id,
        Case.matter == case.matter,
        Case.stage != Stage.CLOSED.value,
        Case.id != case.id,
    )
    return db.session.scalar(found) is not None


def is_contestable(case: Case, now: datetime) -> bool:
    """Tell whether a closed case can still be taken up: not after a verdict on it, nor too late."""
    if case.closed_at is None or ClosedBy(str(case.closed_by)) not in CONTESTABLE:
        return False
    return now <= case.closed_at + timedelta(days=FOLLOW_UP_DAYS)


def _newest_word(origin_id: int) -> FollowUp | None:
    return db.session.scalar(
        select(FollowUp)
        .where(FollowUp.origin_id == origin_id)
        .order_by(FollowUp.round.desc())
        .limit(1)
    )


def _rating_origin(origin_id: int) -> tuple[Case, CaseOrigin]:
    case, origin = cases.origin_for_update(origin_id)
    if not is_rating(origin) or origin.released_at is not None:
        raise Refusal("case_not_of_rating", 409)
    return case, origin


def _tell_words(case: Case, event: CaseEvent, moment: datetime) -> None:
    """Tell the department of words that passed, and the office of those that wait for it."""
    if event.word_state == WordState.PASSED:
        telling.department(
            case, title="评价人有新的留言", body="请查看时间线。", occasion=event.id, now=moment
        )
        return
    telling.desk(
        case,
        DeskKind.CASE_MOVED,
        Role.OFFICE,
        title="评价人的留言待审核",
        body="审核后部门才能看到。",
        occasion=str(event.id),
        now=moment,
    )


def watch(case_id: UUID, origin_id: int, member_id: UUID, *, now: datetime) -> None:
    """Let a member be told of an open case: he was told what that links before he asked."""
    case, origin = _rating_origin(origin_id)
    if case.id != case_id:
        raise Refusal("case_unknown", 404)
    if case.stage == Stage.CLOSED:
        raise Refusal("case_closed", 409)
    db.session.execute(
        insert(CaseWatch)
        .values(
            case_id=case.id,
            member_id=member_id,
            origin_id=origin.id,
            asked_on=local_date(now),
        )
        .on_conflict_do_nothing()
    )


def unwatch(case_id: UUID, member_id: UUID) -> None:
    """Forget that a member asked to be told of a case, and what he was told of it."""
    telling.forget_watches(case_id, CaseWatch.member_id == member_id)
