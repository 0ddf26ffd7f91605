"""Counting a settled campaign's ratings into a snapshot; reads only.

The sample survey is left out here: its ratings are counted by panel and stratum cell, which only
those who keep its frames know; they pass its groups in.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, true

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import CampaignState, Channel
from server.core.database import db
from server.core.errors import Refusal
from server.evaluation.models import Evaluation, GroupSize
from server.evaluation.rules import EvaluationState
from server.identity import queries as identity
from server.indicators import queries as indicators
from server.scoring.margins import UNWEIGHTED
from server.scoring.rules import OVERALL_LEAF, WITH_PANELS
from server.scoring.scheme import Scheme, digest
from server.scoring.snapshot import Cell, Department, Group, Snapshot

Counts = dict[tuple[int, int], dict[str, dict[int, int]]]


def take_snapshot(
    campaign_id: int,
    scheme: Scheme,
    *,
    now: datetime,
    surveyed: Mapping[int, Sequence[Group]] | None = None,
) -> Snapshot:
    """Count a campaign for a scheme.

    Args:
        campaign_id: a closed campaign that is settled.
        scheme: whose digest the snapshot names.
        now: the moment that the snapshot names.
        surveyed: the sample survey's groups by department.

    Raises:
        Refusal: ``campaign_sealed`` before the close, ``campaign_not_settled`` right after it.
    """
    campaign = _settled(campaign_id)
    codes = {leaf.id: leaf.code for leaf in indicators.leaves(campaign.indicator_version_id)}
    asked = {
        row.department_id: [codes[leaf] for leaf in row.leaves]
        for row in db.session.execute(
            select(CampaignDepartment.department_id, CampaignDepartment.leaves).where(
                CampaignDepartment.campaign_id == campaign_id
            )
        )
    }
    names = identity.organisation_names(asked)
    counts = _counts(campaign_id, asked)
    raters = _raters(campaign_id)
    return Snapshot(
        campaign_id=campaign_id,
        campaign_title=campaign.title,
        taken_at=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        scheme_digest=digest(scheme),
        # Any number serves that nobody chose by looking at what it gives.
        seed=campaign_id,
        departments=tuple(
            Department(
                department,
                names[department],
                (*_groups(department, counts, raters), *(surveyed or {}).get(department, ())),
            )
            for department in sorted(asked)
        ),
    )


def _settled(campaign_id: int) -> Campaign:
    campaign = campaigns.public_campaign(campaign_id)
    if campaign.state != CampaignState.CLOSED:
        raise Refusal("campaign_sealed", 409)
    if campaign.settled_at is None:
        raise Refusal("campaign_not_settled", 409, headers={"Retry-After": "3"})
    return campaign


def _groups(
    department: int, counts: Counts, raters: Mapping[tuple[int, int], int]
) -> Iterator[Group]:
    for key, leaves in sorted(counts.items()):
        if key[0] == department:
            ratings = sum(leaves[OVERALL_LEAF].values())
            yield Group(
                Channel(key[1]),
                "",
                max(0, min(raters.get(key, 0), ratings)),
                (Cell("", UNWEIGHTED, leaves),),
            )


def _counts(campaign_id: int, asked: Mapping[int, Sequence[str]]) -> Counts:
    """Count answers by department and channel, then leaf, then level."""
    counts: Counts = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    key = (Evaluation.department_id, Evaluation.channel)
    counted = _counted(campaign_id)
    for row in db.session.execute(
        select(*key, Evaluation.overall.label("level"), func.count().label("number"))
        .where(*counted)
        .group_by(*key, Evaluation.overall)
    ):
        counts[row.department_id, row.channel][OVERALL_LEAF][row.level] += row.number
    answer = (
        func.unnest(Evaluation.levels)
        .table_valued("level", with_ordinality="place", name="answer")
        .render_derived()
    )
    for row in db.session.execute(
        select(*key, answer.c.place, answer.c.level, func.count().label("number"))
        .select_from(Evaluation)
        .join(answer, true())
        .where(*counted)
        .group_by(*key, answer.c.place, answer.c.level)
    ):
        code = asked[row.department_id][row.place - 1]
        counts[row.department_id, row.channel][code][row.level] += row.number
    return counts


def _counted(campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Evaluation.campaign_id == campaign_id,
        Evaluation.state == EvaluationState.COUNTED,
        Evaluation.channel != WITH_PANELS,
    )


def _raters(campaign_id: int) -> Mapping[tuple[int, int], int]:
    """Return how many persons stand behind each group at least.

    They were counted at the close; in the worst case each rating excluded since was the only one of
    its rater.
    """
    excluded: dict[tuple[Any, Any], int] = {
        (row.department_id, row.channel): row.number
        for row in db.session.execute(
            select(Evaluation.department_id, Evaluation.channel, func.count().label("number"))
            .where(
                Evaluation.campaign_id == campaign_id,
                Evaluation.state == EvaluationState.EXCLUDED,
            )
            .group_by(Evaluation.department_id, Evaluation.channel)
        )
    }
    sizes = db.session.scalars(select(GroupSize).where(GroupSize.campaign_id == campaign_id))
    return {
        (size.department_id, size.channel): size.raters
        - excluded.get((size.department_id, size.channel), 0)
        for size in sizes
    }
