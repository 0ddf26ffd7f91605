"""Results of closed campaigns, per department and channel, without a weighted total.

A group is the raters of one department through one channel. A group is withheld where it is
smaller than the smallest group shown; of a withheld group no figure leaves this module, neither
counts nor exclusions, and no total over groups is given from which one could be worked out. What
communities and villages sign is shown at any size.

score = sum(score of level x ratings of that level) / ratings, exact, rounded half up to 2 places.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import SIGNED, CampaignKind, CampaignState, Channel
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.evaluation import counts
from server.evaluation.models import GroupSize
from server.evaluation.queries import questions
from server.evaluation.readings import Question
from server.evaluation.rules import (
    LEVEL_LABELS,
    UNKNOWN,
    ExclusionReason,
)
from server.identity import queries as identity
from server.settings import queries as settings
from server.settings.rules import LEVEL_SCORES, SMALLEST_GROUP

Scores = Mapping[int, Decimal]
CENT = Decimal("0.01")


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
    whole = _overview(campaign, int(settings.value(SMALLEST_GROUP)))
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
    leaves = _leaves(campaign, department, whole.smallest_group, whole.level_scores)
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
    counted = counts.counts_of(campaign_id, place=counts.OVERALL_PLACE)
    for key, places in counted.items():
        groups[key.department_id, key.channel].counted.update(places[counts.OVERALL_PLACE])
    for group, reasons in counts.excluded_of(campaign_id).items():
        groups[group].excluded.update(reasons)
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
    # What an organisation signs protects no person: it is shown from the first rating on.
    persons, least = (counted, 1) if channel in SIGNED else (least_raters, smallest)
    if min(persons, counted) < least:
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
    """Return the levels of each channel and place in ``levels``, places from 1."""
    answers: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for key, places in counts.counts_of(campaign_id, department_id).items():
        for place, levels in places.items():
            answers[key.channel, place].update(levels)
    return answers


def _leaf_result(
    group: ChannelResult, answers: Counter[int], smallest: int, scores: Scores
) -> LeafChannelResult:
    known = {level: answers[level] for level in LEVEL_LABELS}
    count = sum(known.values())
    least = 1 if group.channel in SIGNED else smallest
    if group.withheld or count < least:
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
