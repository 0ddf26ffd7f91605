"""Results of closed campaigns, per department and channel, without a weighted total.

A group is the raters of one department through one channel. A group is withheld where it is
smaller than the smallest group shown; of a withheld group no figure leaves this module, neither
counts nor exclusions, and no total over groups is given from which one could be worked out.

score = sum(score of level x ratings of that level) / ratings, exact, rounded half up to 2 places.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import and_, func, select, true

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.evaluation.models import Evaluation, Exclusion, GroupSize
from server.evaluation.queries import questions
from server.evaluation.readings import Question
from server.evaluation.rules import (
    LEVEL_LABELS,
    UNKNOWN,
    EvaluationState,
    ExclusionReason,
    ExclusionState,
)
from server.identity import queries as identity
from server.settings import queries as settings
from server.settings.rules import LEVEL_SCORES, SMALLEST_GROUP

Made = TypeVar("Made")
Scores = Mapping[int, Decimal]
CENT = Decimal("0.01")
MOST_KEPT = 256


@dataclass(frozen=True)
class ClosedCampaign:
    """A campaign that has closed; its results stand once it is settled."""

    id: int
    title: str
    description: str
    kind: CampaignKind
    closed_on: date
    settled: bool


@dataclass(frozen=True)
class ChannelResult:
    """A group's result; everything but the channel is None where it is withheld.

    ``distribution`` has all five levels; ``excluded`` the reasons that occurred.
    """

    channel: Channel
    withheld: bool = True
    count: int | None = None
    distribution: Mapping[int, int] | None = None
    score: Decimal | None = None
    excluded: Mapping[ExclusionReason, int] | None = None


@dataclass(frozen=True)
class LeafChannelResult:
    """A leaf's result in one group. ``count`` is of known answers, ``unknown`` of 不了解."""

    channel: Channel
    withheld: bool = True
    count: int | None = None
    unknown: int | None = None
    mean_score: Decimal | None = None


@dataclass(frozen=True)
class LeafResult:
    """A leaf's result in every channel."""

    question: Question
    channels: tuple[LeafChannelResult, ...]


@dataclass(frozen=True)
class DepartmentOverview:
    """A department's result in every channel of the campaign."""

    id: int
    name: str
    channels: tuple[ChannelResult, ...]


@dataclass(frozen=True)
class CampaignResults:
    """A campaign's departments by pinyin."""

    campaign: ClosedCampaign
    smallest_group: int
    level_scores: Scores
    departments: tuple[DepartmentOverview, ...]


@dataclass(frozen=True)
class DepartmentResult:
    """One department's result with its leaves."""

    campaign: ClosedCampaign
    smallest_group: int
    level_scores: Scores
    department: DepartmentOverview
    leaves: tuple[LeafResult, ...]


def closed_campaigns() -> list[ClosedCampaign]:
    """Return the closed campaigns, the latest first."""
    return [_closed(found) for found in campaigns.campaigns(states=[CampaignState.CLOSED])]


def overview(campaign_id: int, *, q: str = "") -> CampaignResults:
    """Return a settled campaign's results; ``q`` narrows to departments that match by name.

    Refuses a sealed campaign with ``campaign_sealed`` and one that is still being settled with
    ``campaign_not_settled``.
    """
    campaign = _settled(campaign_id)
    whole = _kept(campaign, 0, lambda smallest: _overview(campaign, smallest))
    if not q:
        return whole
    matching = set(db.session.scalars(select(identity.Organisation.id).where(identity.matches(q))))
    return replace(
        whole, departments=tuple(item for item in whole.departments if item.id in matching)
    )


def department_result(campaign_id: int, department_id: int) -> DepartmentResult:
    """Return one department's result; refuses as ``overview`` does."""
    campaign = _settled(campaign_id)
    whole = overview(campaign_id)
    found = [item for item in whole.departments if item.id == department_id]
    if not found:
        raise Refusal("department_unknown", 404, field="department")
    department = found[0]
    leaves = _kept(
        campaign,
        department_id,
        lambda smallest: _leaves(campaign, department, smallest, whole.level_scores),
    )
    return DepartmentResult(
        whole.campaign, whole.smallest_group, whole.level_scores, department, leaves
    )


def score(distribution: Mapping[int, int], scores: Scores) -> Decimal | None:
    """Return the mean score of a distribution of levels 1 to 5, or None of an empty one."""
    total = sum(distribution.values())
    if not total:
        return None
    points = sum((scores[level] * number for level, number in distribution.items()), Decimal(0))
    return (points / total).quantize(CENT, ROUND_HALF_UP)


def _settled(campaign_id: int) -> Campaign:
    campaign = campaigns.public_campaign(campaign_id)
    if campaign.state != CampaignState.CLOSED:
        raise Refusal("campaign_sealed", 409)
    if campaign.settled_at is None:
        raise Refusal("campaign_not_settled", 409, headers={"Retry-After": "3"})
    return campaign


def _closed(campaign: Campaign) -> ClosedCampaign:
    return ClosedCampaign(
        id=campaign.id,
        title=campaign.title,
        description=campaign.description,
        kind=CampaignKind(campaign.kind),
        closed_on=clock.local_date(campaign.closed_at or campaign.closes_at),
        settled=campaign.settled_at is not None,
    )


def _kept(campaign: Campaign, department_id: int, make: Callable[[int], Made]) -> Made:
    """Return what ``make`` made of the smallest group, unless it was made before.

    What a settled campaign's results depend on is few: a confirmed exclusion is the only thing
    that still changes them, and it is never taken back. So the public pages read a million
    ratings once, not at every call, and are never out of date.
    """
    smallest = int(settings.value(SMALLEST_GROUP))
    excluded = db.session.scalar(
        select(func.count())
        .select_from(Exclusion)
        .where(
            Exclusion.campaign_id == campaign.id,
            Exclusion.state == ExclusionState.CONFIRMED.value,
        )
    )
    basis = (campaign.settled_at, smallest, excluded)
    kept: dict[tuple[int, int], tuple[object, Any]] = current_app.extensions.setdefault(
        "evaluation_results", {}
    )
    found = kept.get((campaign.id, department_id))
    if found and found[0] == basis:
        made: Made = found[1]
        return made
    made = make(smallest)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[campaign.id, department_id] = (basis, made)
    return made


def _overview(campaign: Campaign, smallest: int) -> CampaignResults:
    organisation = identity.Organisation
    departments = db.session.execute(
        select(organisation.id, organisation.name)
        .join(CampaignDepartment, CampaignDepartment.department_id == organisation.id)
        .where(CampaignDepartment.campaign_id == campaign.id)
        .order_by(organisation.sort_key, organisation.id)
    ).all()
    scores = _scores(campaign)
    groups = _groups(campaign.id)
    raters = _raters(campaign.id)
    return CampaignResults(
        campaign=_closed(campaign),
        smallest_group=smallest,
        level_scores=scores,
        departments=tuple(
            DepartmentOverview(
                row.id,
                row.name,
                tuple(
                    _channel_result(
                        Channel(channel),
                        groups.get((row.id, channel), _Group()),
                        raters.get((row.id, channel), 0),
                        smallest,
                        scores,
                    )
                    for channel in sorted(campaign.channels)
                ),
            )
            for row in departments
        ),
    )


class _Group:
    """Ratings of one group: counted ones by level, excluded ones by reason."""

    def __init__(self) -> None:
        self.counted: Counter[int] = Counter()
        self.excluded: Counter[ExclusionReason] = Counter()


def _groups(campaign_id: int) -> Mapping[tuple[int, int], _Group]:
    groups: dict[tuple[int, int], _Group] = defaultdict(_Group)
    rows = db.session.execute(
        select(
            Evaluation.department_id,
            Evaluation.channel,
            Evaluation.state,
            Evaluation.overall,
            Exclusion.reason,
            func.count().label("number"),
        )
        .outerjoin(
            Exclusion,
            and_(
                Exclusion.campaign_id == Evaluation.campaign_id,
                Exclusion.evaluation_id == Evaluation.id,
                Exclusion.state == ExclusionState.CONFIRMED.value,
            ),
        )
        .where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.state != EvaluationState.WITHDRAWN,
        )
        .group_by(
            Evaluation.department_id,
            Evaluation.channel,
            Evaluation.state,
            Evaluation.overall,
            Exclusion.reason,
        )
    )
    for row in rows:
        group = groups[row.department_id, row.channel]
        if row.state == EvaluationState.COUNTED:
            group.counted[row.overall] += row.number
        else:
            group.excluded[ExclusionReason(row.reason)] += row.number
    return groups


def _raters(campaign_id: int) -> Mapping[tuple[int, int], int]:
    rows = db.session.execute(
        select(GroupSize.department_id, GroupSize.channel, GroupSize.raters).where(
            GroupSize.campaign_id == campaign_id
        )
    )
    return {(row.department_id, row.channel): row.raters for row in rows}


def _channel_result(
    channel: Channel, group: _Group, raters: int, smallest: int, scores: Scores
) -> ChannelResult:
    counted = group.counted.total()
    # Raters were counted at the close. In the worst case each rating excluded since was the only
    # one of its rater, so this is how many persons stand behind the counted ratings at least.
    least_raters = raters - group.excluded.total()
    if min(least_raters, counted) < smallest:
        return ChannelResult(channel)
    distribution = {level: group.counted[level] for level in LEVEL_LABELS}
    return ChannelResult(
        channel=channel,
        withheld=False,
        count=counted,
        distribution=distribution,
        score=score(distribution, scores),
        excluded=dict(group.excluded),
    )


def _leaves(
    campaign: Campaign, department: DepartmentOverview, smallest: int, scores: Scores
) -> tuple[LeafResult, ...]:
    asked = questions(campaign, department.id)
    answers = _answers(campaign.id, department.id)
    return tuple(
        LeafResult(
            question,
            tuple(
                _leaf_result(group, answers[int(group.channel), place], smallest, scores)
                for group in department.channels
            ),
        )
        for place, question in enumerate(asked, start=1)
    )


def _answers(campaign_id: int, department_id: int) -> Mapping[tuple[int, int], Counter[int]]:
    """Count the levels of each channel and place in ``levels``, places from 1."""
    answer = (
        func.unnest(Evaluation.levels)
        .table_valued("level", with_ordinality="place", name="answer")
        .render_derived()
    )
    rows = db.session.execute(
        select(Evaluation.channel, answer.c.place, answer.c.level, func.count().label("number"))
        .select_from(Evaluation)
        .join(answer, true())
        .where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.department_id == department_id,
            Evaluation.state == EvaluationState.COUNTED,
        )
        .group_by(Evaluation.channel, answer.c.place, answer.c.level)
    )
    answers: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for row in rows:
        answers[row.channel, row.place][row.level] += row.number
    return answers


def _leaf_result(
    group: ChannelResult, answers: Counter[int], smallest: int, scores: Scores
) -> LeafChannelResult:
    known = {level: answers[level] for level in LEVEL_LABELS}
    count = sum(known.values())
    if group.withheld or count < smallest:
        return LeafChannelResult(group.channel)
    return LeafChannelResult(
        channel=group.channel,
        withheld=False,
        count=count,
        unknown=answers[UNKNOWN],
        mean_score=score(known, scores),
    )


def _scores(campaign: Campaign) -> Scores:
    frozen = campaign.level_scores or settings.value(LEVEL_SCORES)
    return {level: Decimal(str(frozen[str(level)])) for level in LEVEL_LABELS}
