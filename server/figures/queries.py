"""Reading what figures are drawn from: counts that are kept, results of runs, counted words.

No rating is read here but for the words of comments, and those by a job (``word_comments``).
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlalchemy import func, select

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.evaluation import counts as evaluation_counts
from server.evaluation.models import Evaluation, Exclusion, GroupSize
from server.evaluation.queries import is_sealed
from server.evaluation.rules import (
    LEVEL_LABELS,
    SHOWN_COMMENTS,
    CommentState,
    EvaluationState,
    ExclusionState,
)
from server.figures.distribution import OVERALL
from server.figures.models import CommentWords
from server.figures.views import CampaignView, Counts, Heading, Leaf, Rated
from server.identity import queries as identity
from server.indicators import queries as indicators
from server.settings import queries as settings
from server.settings.rules import LEVEL_SCORES, SMALLEST_GROUP

Organisation = identity.Organisation
LOOKED_AT = (CampaignState.OPEN, CampaignState.CLOSED)
ROWS_AT_ONCE = 2000


def campaign_page(*, q: str, cursor: str | None, limit: int = 20) -> Page[Campaign]:
    """Return a page of the campaigns that figures can be looked at of, the latest first."""
    return campaigns.campaign_page(states=LOOKED_AT, q=q, cursor=cursor, limit=limit)


def campaign_choices(limit: int = 60) -> Sequence[tuple[int, str]]:
    """Return the latest campaigns by id and title."""
    query = select(Campaign).where(Campaign.state.in_([state.value for state in LOOKED_AT]))
    found = newest_first(query, Campaign.opens_at, Campaign.id, kind=int, cursor=None, limit=limit)
    return [(one.id, one.title) for one in found.items]


def campaign_view(campaign_id: int, *, actor: Actor) -> CampaignView:
    """Return a campaign with the departments that the actor's grants of the office reach."""
    campaign = campaigns.public_campaign(campaign_id)
    rows = db.session.execute(
        select(Organisation.id, Organisation.name, Organisation.short_name, Organisation.path)
        .join(CampaignDepartment, CampaignDepartment.department_id == Organisation.id)
        .where(CampaignDepartment.campaign_id == campaign_id)
        .order_by(Organisation.sort_key, Organisation.id)
    ).all()
    reached = [row for row in rows if actor.reaches(row.path, Role.OFFICE)]
    points = campaign.level_scores or settings.value(LEVEL_SCORES)
    return CampaignView(
        id=campaign.id,
        title=campaign.title,
        kind=CampaignKind(campaign.kind),
        state=CampaignState(campaign.state),
        settled=campaign.settled_at is not None,
        sealed=is_sealed(campaign.kind, campaign.state),
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        channels=tuple(sorted(Channel(channel) for channel in campaign.channels)),
        points={level: Decimal(str(points[str(level)])) for level in LEVEL_LABELS},
        departments=tuple(Rated(row.id, row.name, row.short_name or row.name) for row in reached),
        whole=len(reached) == len(rows),
        headings=_headings(campaign.indicator_version_id),
    )


def _headings(version_id: int) -> tuple[Heading, ...]:
    leaves = indicators.leaves(version_id)
    return tuple(
        Heading(
            heading.code,
            heading.name,
            tuple(
                Leaf(leaf.code, leaf.name, heading.name)
                for leaf in leaves
                if leaf.parent_id == heading.id
            ),
        )
        for heading in indicators.headings(version_id)
    )


def counts(view: CampaignView) -> Counts:
    """Return answers by department, channel, indicator and level, of departments in the view.

    Refuses a sealed survey with ``campaign_sealed``.
    """
    if view.sealed:
        raise Refusal("campaign_sealed", 409)
    codes = _asked_codes(view.id)
    reached = {one.id for one in view.departments}
    found: dict[tuple[int, Channel], dict[str, dict[int, int]]] = {}
    for key, places in evaluation_counts.counts_of(view.id).items():
        if key.department_id not in reached:
            continue
        # A stratum cell is nothing to these figures: they show the sample as it answered.
        leaves = found.setdefault((key.department_id, Channel(key.channel)), {})
        for place, levels in places.items():
            code = OVERALL if place == 0 else codes[key.department_id][place - 1]
            kept = leaves.setdefault(code, {})
            for level, number in levels.items():
                kept[level] = kept.get(level, 0) + number
    return found


def _asked_codes(campaign_id: int) -> dict[int, list[str]]:
    """Return the leaves' codes by department, in the order of the stored levels."""
    version_id = campaigns.public_campaign(campaign_id).indicator_version_id
    codes = {leaf.id: leaf.code for leaf in indicators.leaves(version_id)}
    rows = db.session.execute(
        select(CampaignDepartment.department_id, CampaignDepartment.leaves).where(
            CampaignDepartment.campaign_id == campaign_id
        )
    )
    return {row.department_id: [codes[leaf] for leaf in row.leaves] for row in rows}


# Words


def smallest_group() -> int:
    """Return how many a group must have to be shown."""
    return int(settings.value(SMALLEST_GROUP))


def comment_words(campaign_id: int) -> CommentWords | None:
    """Return a campaign's counted words, if a count was done or asked for."""
    return db.session.get(CommentWords, campaign_id, populate_existing=True)


def word_basis(campaign_id: int) -> str:
    """Return what the words of a settled campaign depend on, without reading its ratings.

    A comment that a person releases or refuses leaves the index of held ones; an exclusion takes
    its rating's comment along.
    """
    held = db.session.scalar(
        select(func.count()).where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.comment_state.in_([CommentState.WAITING, CommentState.HELD]),
        )
    )
    excluded = db.session.scalar(
        select(func.count()).where(
            Exclusion.campaign_id == campaign_id,
            Exclusion.state == ExclusionState.CONFIRMED.value,
        )
    )
    return f"1/{held}/{excluded}/{smallest_group()}"


def word_comments(campaign_id: int) -> Iterator[tuple[int, str]]:
    """Return the comments that may be shown, department by department, some at a time.

    Those about a department that too few persons rated are left out: one person may have written
    them all.
    """
    smallest = smallest_group()
    large = [department for department, number in raters(campaign_id).items() if number >= smallest]
    rows = db.session.execute(
        select(Evaluation.department_id, Evaluation.comment)
        .where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.state == EvaluationState.COUNTED,
            Evaluation.comment_state.in_([int(state) for state in SHOWN_COMMENTS]),
            Evaluation.comment.is_not(None),
            Evaluation.department_id.in_(large),
        )
        .order_by(Evaluation.department_id),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    for row in rows:
        yield row.department_id, row.comment


def raters(campaign_id: int) -> dict[int, int]:
    """Return how many persons rated each department, its channels added up."""
    rows = db.session.execute(
        select(GroupSize.department_id, func.sum(GroupSize.raters).label("raters"))
        .where(GroupSize.campaign_id == campaign_id)
        .group_by(GroupSize.department_id)
    )
    return {row.department_id: int(row.raters) for row in rows}


def settled_campaigns(limit: int = 40) -> Sequence[int]:
    """Return the campaigns that were settled last."""
    return db.session.scalars(
        select(Campaign.id)
        .where(Campaign.settled_at.is_not(None))
        .order_by(Campaign.settled_at.desc())
        .limit(limit)
    ).all()
