"""Poor ratings become cases (挂号).

A rating with a contact in a service campaign, and one whose rater asked for it in an open survey,
registers within seconds. Anonymous ones follow when their day is over, in random order, and their
limits count from the end of that day; those of a survey follow its settling in the same way. So
neither a case's number nor its time tells when somebody rated. What a source handed over is
registered by ``sources``.

A rating that was corrected keeps its day, and nothing tells since when it has been a poor one: an
anonymous one waits for the next midnight, and its limits count from the day on which it registers.

Each rating is registered in a transaction of its own, under the lock of its row: one that is
withdrawn or corrected meanwhile either registers nothing or releases its origin
(docs/locking.md). Nothing is registered twice: an origin is unique.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    SmallInteger,
    Text,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.evaluation.queries import questions
from server.evaluation.rules import POOR, EvaluationState, is_poor, worst_place
from server.rectification import service as rectification
from server.rectification.limits import start_of
from server.rectification.models import CaseOrigin
from server.rectification.rules import CaseKind, OriginKind, quarter_of

# The sweep of every few seconds looks back no further: what is older was missed for days, and the
# hourly one makes up for it.
RECENT_DAYS = 2
# How long after a settling the hourly sweep still looks for what it has missed.
MADE_UP_DAYS = 30
# The hourly sweep that comes after midnight.
FIRST_SWEEP = timedelta(hours=1)
# Of a rating without a poor question the matter is the department as a whole.
OVERALL = "overall"
_shuffle = random.SystemRandom().shuffle


def register_at_once(*, now: datetime) -> int:
    """Register what doesn't wait: real-name service ratings, and wishes in open surveys."""
    since = clock.local_date(now) - timedelta(days=RECENT_DAYS)
    registered = 0
    for campaign in campaigns.campaigns(states=[CampaignState.OPEN]):
        ids = _unregistered(campaign, _at_once(campaign), Evaluation.rated_on >= since)
        registered += _register_each(campaign, ids, counts_from=now, now=now)
    return registered


def register_past_days(*, now: datetime) -> int:
    """Register every poor rating of the days before today that has no case yet.

    In random order. What a missed run or a fault left is made up for, with the limits that it
    would have had; what stands already is passed over.
    """
    registered = 0
    for campaign in campaigns.campaigns(states=[CampaignState.OPEN, CampaignState.CLOSED]):
        if campaign.state == CampaignState.CLOSED:
            if campaign.settled_at and campaign.settled_at > now - timedelta(days=MADE_UP_DAYS):
                registered += register_closed(campaign.id, now=now)
        elif campaign.kind == CampaignKind.SERVICE:
            ids = _unregistered(campaign, _day_is_over(now))
            _shuffle(ids)
            registered += _register_each(campaign, ids, counts_from=None, now=now)
        else:
            wished = _unregistered(campaign, _at_once(campaign))
            registered += _register_each(campaign, wished, counts_from=now, now=now)
    return registered


def register_last_days(campaign_id: int, *, now: datetime) -> None:
    """Register what a service campaign has left, before settling erases where ratings came from."""
    if campaigns.campaign(campaign_id).kind == CampaignKind.SERVICE:
        register_closed(campaign_id, now=now)


def register_closed(campaign_id: int, *, now: datetime, most: int | None = None) -> int:
    """Register the poor ratings of a closed campaign that have no case yet, in random order.

    Those of a survey all count from the end of its last day. Returns how many were registered:
    with ``most`` no more than that many, chosen at random.
    """
    campaign = campaigns.campaign(campaign_id)
    counts_from = None
    if campaign.kind == CampaignKind.SURVEY:
        counts_from = after(clock.local_date(campaign.closed_at or campaign.closes_at))
    ids = _unregistered(campaign)
    _shuffle(ids)
    return _register_each(campaign, ids[:most], counts_from=counts_from, now=now)


def release(
    campaign_id: int, evaluation_ids: Iterable[UUID], *, by_rater: bool, now: datetime
) -> None:
    """Let go of the origins of ratings that are poor ones no longer: withdrawn, better, set apart.

    ``by_rater``: withdrawn or bettered. The caller holds the ratings' rows locked.
    """
    names = [origin_name(campaign_id, identifier) for identifier in evaluation_ids]
    found = db.session.scalars(
        select(CaseOrigin.origin_id)
        .where(
            CaseOrigin.kind == OriginKind.EVALUATION.value,
            CaseOrigin.origin_id == any_(literal(names, ARRAY(Text))),
            CaseOrigin.released_at.is_(None),
        )
        .order_by(CaseOrigin.id)
    ).all()
    for name in found:
        rectification.release_origin(OriginKind.EVALUATION, name, by_rater=by_rater, now=now)


def follow_correction(rating: Evaluation, *, now: datetime) -> None:
    """Have a corrected rating's case let it go where it is no poor one, or follow its contact.

    The caller holds the rating's row locked.
    """
    if is_poor(rating.overall):
        follow_contact(rating, now=now)
    else:
        release(rating.campaign_id, [rating.id], by_rater=True, now=now)


def follow_contact(rating: Evaluation, *, now: datetime) -> None:
    """Have a rating's case know whether there is still, or now, a contact to call back.

    The caller holds the rating's row locked.
    """
    rectification.follow_contact(
        OriginKind.EVALUATION,
        origin_name(rating.campaign_id, rating.id),
        has_contact=rating.contact_sealed is not None,
        now=now,
    )


def origin_name(campaign_id: int, evaluation_id: UUID) -> str:
    """Return what a case knows a rating by."""
    return f"{campaign_id}:{evaluation_id}"


def after(day: date) -> datetime:
    """Return the first moment after a day in Asia/Shanghai."""
    return start_of(day + timedelta(days=1))


def _day_is_over(now: datetime) -> ColumnElement[bool]:
    """Tell whether a rating's day is over: of a corrected one that of the correction, too.

    Registered within the hour of its correction it would tell that hour.
    """
    over = Evaluation.rated_on < clock.local_date(now)
    if now - start_of(clock.local_date(now)) < FIRST_SWEEP:
        return over
    return and_(over, or_(Evaluation.revision == 1, Evaluation.contact_sealed.is_not(None)))


def _at_once(campaign: Campaign) -> ColumnElement[bool]:
    if campaign.kind == CampaignKind.SURVEY:
        return Evaluation.handle_now.is_(True)
    return Evaluation.contact_sealed.is_not(None)


def _unregistered(campaign: Campaign, *conditions: ColumnElement[bool]) -> list[UUID]:
    """Return the poor ratings that count, have no case, and were not handed over by a source."""
    campaign_id = campaign.id
    by_hand = [_by_hand()] if campaign.kind == CampaignKind.SERVICE else []
    name = func.concat(f"{campaign_id}:", cast(Evaluation.id, Text))
    found = db.session.scalars(
        select(Evaluation.id)
        .where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.overall <= POOR,
            Evaluation.state == EvaluationState.COUNTED,
            Evaluation.channel != Channel.HOTLINE,
            # One that was let go, and is a poor rating again, goes back to its case.
            ~exists().where(
                CaseOrigin.kind == OriginKind.EVALUATION.value,
                CaseOrigin.origin_id == name,
                CaseOrigin.released_at.is_(None),
            ),
            *by_hand,
            *conditions,
        )
        .order_by(Evaluation.id)
    ).all()
    db.session.rollback()
    return list(found)


def _by_hand() -> ColumnElement[bool]:
    """Tell whether somebody filled in a form: what a source hands over is one level, from nowhere.

    A settling erases the address's block, and registers the last day's ratings before it does.
    """
    return or_(
        Evaluation.address_block.is_not(None),
        Evaluation.contact_sealed.is_not(None),
        Evaluation.comment.is_not(None),
        Evaluation.tags.is_not(None),
        Evaluation.counter_id.is_not(None),
        Evaluation.photo_count > 0,
        literal(0, SmallInteger) < any_(Evaluation.levels),
    )


def _register_each(
    campaign: Campaign, ids: Sequence[UUID], *, counts_from: datetime | None, now: datetime
) -> int:
    """Register ratings one by one; one that fails is logged, and tried again by the next sweep."""
    registrar = _Registrar(campaign, now)
    registered = 0
    for identifier in ids:
        try:
            with transaction():
                registered += registrar.register(identifier, counts_from)
        except Exception as error:
            # One faulty rating must not keep the others waiting. The traceback without the texts:
            # they may carry what a person typed.
            told = Exception(type(error).__name__)
            current_app.logger.exception(
                "rating not registered", exc_info=(Exception, told, error.__traceback__)
            )
    return registered


class _Registrar:
    """Registers ratings of one campaign; what they are asked is read once a department."""

    def __init__(self, campaign: Campaign, now: datetime) -> None:
        """Take what of the campaign doesn't change meanwhile."""
        self.campaign_id = campaign.id
        self.title = campaign.title
        self.is_service = campaign.kind == CampaignKind.SERVICE
        self.closed_at = campaign.closed_at
        self.now = now
        self._asked: dict[int, tuple[tuple[str, str], ...]] = {}

    def register(self, evaluation_id: UUID, counts_from: datetime | None) -> bool:
        """Register one rating; False where it has changed since it was looked for.

        Without ``counts_from`` its limits count from the end of its day, or of its correction's.
        """
        rating = db.session.get(
            Evaluation,
            (self.campaign_id, evaluation_id),
            with_for_update=True,
            populate_existing=True,
        )
        if rating is None or rating.state != EvaluationState.COUNTED or not is_poor(rating.overall):
            return False
        code, name = self._worst(rating)
        quarter = quarter_of(self._counted_on(rating))
        rectification.register(
            CaseKind.POOR_RATING if self.is_service else CaseKind.SURVEY_RATING,
            rating.department_id,
            self._matter(rating, code, quarter),
            origin=rectification.Origin(
                OriginKind.EVALUATION,
                origin_name(self.campaign_id, evaluation_id),
                real_name=rating.contact_sealed is not None,
                wish=rating.handle_now,
            ),
            title=self._heading(rating, name),
            summary=f"来自“{self.title}”。",
            counts_from=counts_from or self._counts_from(rating),
            quarter=quarter,
            actor=SYSTEM,
            now=self.now,
        )
        return True

    def _counts_from(self, rating: Evaluation) -> datetime:
        over = after(rating.rated_on)
        if rating.revision == 1:
            return over
        # The department had nothing to answer before: it is late for nothing on its first day.
        seen = start_of(clock.local_date(self.now)) if rating.contact_sealed is None else self.now
        return max(over, seen)

    def _counted_on(self, rating: Evaluation) -> date:
        if self.is_service or self.closed_at is None:
            return rating.rated_on
        return clock.local_date(self.closed_at)

    def _is_visit(self, rating: Evaluation) -> bool:
        # One rating a visit: its code is spent, or the counter's was scanned that day.
        return self.is_service and rating.channel == Channel.SERVICE_CENTRE

    def _matter(self, rating: Evaluation, code: str, quarter: str) -> str:
        if self._is_visit(rating):
            return f"visit:{rating.id}"
        return f"indicator:{code}:{quarter}"

    def _heading(self, rating: Evaluation, name: str) -> str:
        what = f"“{name}”" if name else "总体"
        return f"办事评价：{what}不满意" if self._is_visit(rating) else f"{what}不满意"

    def _worst(self, rating: Evaluation) -> tuple[str, str]:
        place = worst_place(rating.levels)
        if place is None:
            return OVERALL, ""
        department_id = rating.department_id
        if department_id not in self._asked:
            campaign = campaigns.campaign(self.campaign_id)
            self._asked[department_id] = tuple(
                (one.code, one.name) for one in questions(campaign, department_id)
            )
        return self._asked[department_id][place]
