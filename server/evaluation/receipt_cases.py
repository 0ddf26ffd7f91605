"""What a receipt opens of the case behind its rating: the timeline, an answer, the last word.

Whoever holds the receipt is the rater, anonymous or not; nothing here tells or keeps who that is,
but a watch, which its member asked for. Words are shown to nobody before their check: the
platform's, for somebody in the mini-program, or a person's of the office.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from server.core import clock
from server.core.access import NOBODY
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import receipts
from server.evaluation.models import Evaluation
from server.evaluation.registering import origin_name
from server.evaluation.representation import refuse_unless_representative
from server.identity import queries as identity
from server.pictures.addresses import address
from server.rectification import queries as cases
from server.rectification import service as rectification
from server.rectification.models import Case, CaseOrigin
from server.rectification.queries import Line
from server.rectification.repeated import said_already
from server.rectification.rules import (
    CASE_KIND_LABELS,
    CLOSED_BY_LABELS,
    STAGE_LABELS,
    CaseKind,
    ClosedBy,
    EventKind,
    OriginKind,
    Stage,
    WordState,
)
from server.wechat.platform import PlatformAway, PlatformRefused, current_platform


@dataclass(frozen=True)
class ShownPicture:
    """A picture of a line; ``address`` is None until its check has passed."""

    id: UUID
    address: str | None


@dataclass(frozen=True)
class ShownLine:
    """A line of the timeline without the official behind it.

    ``at`` is None of a rater's own line, which keeps the day alone. ``id`` is its place
    among what is shown.
    """

    id: int
    on: date
    at: datetime | None
    kind: str
    label: str
    by: str
    own: bool
    text: str
    word_state: str
    pictures: Sequence[ShownPicture]


@dataclass(frozen=True)
class May:
    """What the holder of the receipt may do now."""

    answer: bool
    follow_up: bool
    watch: bool


@dataclass(frozen=True)
class ReceiptCase:
    """The case behind a rating, as its rater sees it."""

    number: str
    kind: str
    kind_label: str
    department_id: int
    department_name: str
    stage: str
    stage_label: str
    round: int
    registered_on: date
    rectify_due_at: datetime
    provisional: bool
    extended: bool
    callback_due_at: datetime | None
    called_back: bool
    closed_on: date | None
    closed_by_label: str
    lines: Sequence[ShownLine]
    may: May
    watching: bool


def view(
    campaign_id: int, secret: str, *, member_id: UUID | None = None, now: datetime
) -> ReceiptCase | None:
    """Return the case behind the rating of a receipt; None where it has none (yet)."""
    evaluation = receipts.rating_of(campaign_id, secret)
    known = _known(evaluation)
    return None if known is None else _view(*known, member_id, now)


def answer(
    campaign_id: int, secret: str, text: str, *, member_id: UUID | None, now: datetime
) -> ReceiptCase:
    """Add the rater's answer to the timeline."""
    _allowed(campaign_id, secret, member_id)
    word_state = checked(member_id, text)
    with transaction():
        case, origin = _case_of(campaign_id, secret)
        cases.case_for_update(case.id)
        # The answer to the first tap got lost on its way, and the phone has sent it again.
        if not said_already(
            case.id,
            EventKind.RATER_ANSWERED,
            text,
            origin_id=origin.id,
            actor=NOBODY,
            now=now,
        ):
            rectification.rater_answers(origin.id, text, word_state=word_state, now=now)
        return _view(case, origin, member_id, now)


def follow_up(
    campaign_id: int,
    secret: str,
    *,
    solved: bool,
    word: str,
    member_id: UUID | None,
    now: datetime,
) -> ReceiptCase:
    """Take in the rater's last word (追评) on the answer: solved or not."""
    _allowed(campaign_id, secret, member_id)
    word_state = checked(member_id, word)
    with transaction():
        case, origin = _case_of(campaign_id, secret)
        rectification.follow_up(origin.id, solved, word, word_state=word_state, now=now)
        return _view(case, origin, member_id, now)


def watch(campaign_id: int, secret: str, *, member_id: UUID, now: datetime) -> ReceiptCase:
    """Have a member told what becomes of the case: kept until it closes, seen by no department."""
    case, origin = _case_of(campaign_id, secret)
    rectification.watch(case.id, origin.id, member_id, now=now)
    return _view(case, origin, member_id, now)


def unwatch(campaign_id: int, secret: str, *, member_id: UUID, now: datetime) -> ReceiptCase:
    """Forget that a member asked to be told."""
    case, origin = _case_of(campaign_id, secret)
    rectification.unwatch(case.id, member_id)
    return _view(case, origin, member_id, now)


def checked(member_id: UUID | None, text: str) -> WordState:
    """Ask the platform about words; what it doesn't pass is left to a person of the office.

    No transaction is open meanwhile. The platform needs the openid of somebody who was in the
    mini-program lately; nothing of it is kept with the words.
    """
    if member_id is None or not text:
        return WordState.HELD
    openid = identity.openid(member_id)
    db.session.rollback()
    try:
        passed = current_platform().check_text(openid, text).passed
    except (PlatformAway, PlatformRefused):
        return WordState.HELD
    return WordState.PASSED if passed else WordState.HELD


def _allowed(campaign_id: int, secret: str, member_id: UUID | None) -> None:
    """Refuse before the platform is asked what would be refused after it."""
    evaluation = receipts.rating_of(campaign_id, secret)
    # An organisation speaks through who represents it today.
    refuse_unless_representative(evaluation, member_id)
    if _known(evaluation) is None:
        raise Refusal("receipt_without_case", 404)
    db.session.rollback()


def _case_of(campaign_id: int, secret: str) -> tuple[Case, CaseOrigin]:
    known = _known(receipts.rating_of(campaign_id, secret))
    if known is None:
        raise Refusal("receipt_without_case", 404)
    return known


def _known(evaluation: Evaluation) -> tuple[Case, CaseOrigin] | None:
    name = origin_name(evaluation.campaign_id, evaluation.id)
    return cases.case_of_origin(OriginKind.EVALUATION, name)


def _view(case: Case, origin: CaseOrigin, member_id: UUID | None, now: datetime) -> ReceiptCase:
    kind, stage = CaseKind(case.kind), Stage(case.stage)
    watching = member_id is not None and cases.watch(case.id, member_id) is not None
    return ReceiptCase(
        number=case.number,
        kind=kind.value,
        kind_label=CASE_KIND_LABELS[kind],
        department_id=case.department_id,
        department_name=identity.organisation(case.department_id).name,
        stage=stage.value,
        stage_label=STAGE_LABELS[stage],
        round=case.round,
        registered_on=clock.local_date(case.registered_at),
        rectify_due_at=case.rectify_due_at,
        provisional=case.provisional,
        extended=case.extended_at is not None,
        callback_due_at=origin.callback_due_at,
        called_back=origin.called_back_at is not None,
        closed_on=None if case.closed_at is None else clock.local_date(case.closed_at),
        closed_by_label=CLOSED_BY_LABELS[ClosedBy(case.closed_by)] if case.closed_by else "",
        lines=[_line(line) for line in cases.timeline(case.id, rater=True, origin=origin.id)],
        may=_may(case, origin, now),
        watching=watching,
    )


def _may(case: Case, origin: CaseOrigin, now: datetime) -> May:
    is_open = case.stage != Stage.CLOSED and origin.released_at is None
    return May(
        answer=is_open,
        follow_up=rectification.may_follow_up(case, origin, now=now),
        watch=is_open,
    )


def _line(line: Line) -> ShownLine:
    return ShownLine(
        id=line.place,
        on=clock.local_date(line.at),
        at=None if line.of_the_day else line.at,
        kind=line.kind.value,
        label=line.label,
        by=line.role_label,
        own=line.own,
        text=line.text,
        word_state=line.word_state.value if line.own else WordState.NONE.value,
        pictures=[ShownPicture(one.id, address(one)) for one in line.pictures],
    )
