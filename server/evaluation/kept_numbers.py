"""Numbers that are kept beside the ratings, held against them: counts, group sizes, exclusions.

Figures are worked out from these numbers and not from the ratings: whoever changes one of them
straight in the database changes what is published, and leaves every rating as the log knows it.
Nothing is written.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import text

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, partition_name
from server.core.database import PARTITION_SCHEMA, db
from server.evaluation import counts
from server.evaluation.rules import EvaluationState, ExclusionState
from server.ledger.rules import Event

# In a survey each rating is a person's of its own; in a service campaign what told the persons
# apart is erased, and there are as many as ratings at most.
SIZES = """
    SELECT count(*) FROM (
        SELECT department_id, channel, count(*) AS ratings FROM {partition}
        WHERE state <> {withdrawn} GROUP BY 1, 2
    ) AS stands FULL JOIN (
        SELECT department_id, channel, raters FROM group_size WHERE campaign_id = {campaign}
    ) AS kept USING (department_id, channel)
    WHERE (kept.raters BETWEEN CASE WHEN {survey} THEN stands.ratings ELSE 1 END
        AND stands.ratings) IS NOT TRUE
"""
EXCLUSIONS = """
    SELECT count(*) FROM (
        SELECT id, department_id, channel FROM {partition} WHERE state = {excluded}
    ) AS rating FULL JOIN (
        SELECT evaluation_id AS id, department_id, channel FROM exclusion
        WHERE campaign_id = {campaign} AND state = '{confirmed}'
    ) AS apart USING (id, department_id, channel)
    WHERE rating.id IS NULL OR apart.id IS NULL
"""
# By reason, as the public is told.
REASONS = """
    SELECT count(*) FROM (
        SELECT reason, count(*) AS number FROM (
            SELECT campaign_id, event, reason FROM ledger_leaf
            UNION ALL SELECT campaign_id, event, reason FROM ledger_pending
        ) AS said WHERE campaign_id = {campaign} AND event = {set_apart} GROUP BY 1
    ) AS logged FULL JOIN (
        SELECT reason, count(*) AS number FROM exclusion
        WHERE campaign_id = {campaign} AND state = '{confirmed}' GROUP BY 1
    ) AS kept USING (reason) WHERE logged.number IS DISTINCT FROM kept.number
"""


class Difference(NamedTuple):
    """How many of some numbers are not what the ratings say, in both languages."""

    number: int
    chinese: str
    english: str


def differences(campaign: Campaign) -> Iterator[Difference]:
    """Yield what differs; group sizes and exclusions from the settling on, when they are final."""
    found = [
        Difference(
            counts.differing(campaign.id),
            "项留存的计数与评价不符（分数和图表由它得出）",
            "kept count(s) differ from the ratings",
        )
    ]
    if campaign.settled_at is not None:
        found += [
            Difference(
                _number(SIZES, campaign),
                "个组的人数与评价不符（决定是否公布）",
                "group size(s) differ from the ratings",
            ),
            Difference(
                _number(EXCLUSIONS, campaign),
                "条不予采纳的记录与评价不符",
                "exclusion(s) differ from the ratings",
            ),
            Difference(
                _number(REASONS, campaign),
                "种不予采纳理由的份数与日志不符",
                "reason(s) of exclusions counted otherwise than in the log",
            ),
        ]
    yield from (one for one in found if one.number)


def _number(statement: str, campaign: Campaign) -> int:
    filled = statement.format(
        partition=f"{PARTITION_SCHEMA}.{partition_name(campaign.id)}",
        campaign=int(campaign.id),
        survey=campaign.kind == CampaignKind.SURVEY,
        withdrawn=int(EvaluationState.WITHDRAWN),
        excluded=int(EvaluationState.EXCLUDED),
        confirmed=ExclusionState.CONFIRMED.value,
        set_apart=int(Event.EXCLUDED),
    )
    return db.session.scalar(text(filled)) or 0
