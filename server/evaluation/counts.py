"""Counts of ratings by department, channel, stratum cell, place and level, without a scan.

Triggers write what a statement changes into ``rating_change`` in the statement's own transaction; a
job folds that into ``rating_count`` within seconds. What is read here is the sum of both, in one
statement: it is exact whether or not the job runs (docs/counts.md). Only ratings in the state
COUNTED count.
"""

from collections import defaultdict
from typing import NamedTuple

from flask import current_app
from sqlalchemy import exists, func, select, text

from server.campaigns.models import Campaign
from server.campaigns.rules import MOST_LEAVES, CampaignState, partition_name
from server.core.database import PARTITION_SCHEMA, db
from server.core.transaction import lock
from server.evaluation.models import CountedCampaign, Exclusion
from server.evaluation.rules import (
    LEVEL_LABELS,
    UNKNOWN,
    EvaluationState,
    ExclusionReason,
    ExclusionState,
)

LOCK = "rating_counts"
# So many changes a transaction: a fold stays short however much has gathered.
MOST_FOLDED = 20_000
LEVELS = (UNKNOWN, *sorted(LEVEL_LABELS))
OVERALL_PLACE = 0


class GroupKey(NamedTuple):
    """Whose ratings are counted; ``cell`` 0 is no stratum cell."""

    department_id: int
    channel: int
    cell: int


# By place (0 the overall level, then the leaves in their order), then by level (0 is 不了解).
Places = dict[int, dict[int, int]]
Counts = dict[GroupKey, Places]

CHANGES = """
    SELECT campaign_id, department_id, channel, cell,
        answer.place - 1 AS place, answer.level, number
    FROM {changes}, unnest(overall || levels) WITH ORDINALITY AS answer (level, place)
"""
KEPT = """
    SELECT department_id, channel, cell, place, level, CAST(sum(number) AS bigint) AS number
    FROM (SELECT * FROM rating_count UNION ALL {changes}) AS kept
    WHERE campaign_id = :campaign {narrower}
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(number) <> 0
"""
# One pass in which each level is taken out of its array once, and a filtered count for each place
# and level: the fastest form found (docs/counts.md). OFFSET 0 keeps the two parts of the query
# apart, or the array would be opened for each count.
SCAN = """
    SELECT department_id, channel, cell, (at - 1) / {levels} AS place,
        (at - 1) % {levels} AS level, number
    FROM (
        SELECT department_id, channel, cell, ARRAY[{numbers}] AS numbers
        FROM (SELECT department_id, channel, cell, {answers} FROM {partition}
            WHERE campaign_id = :campaign AND state = {counted} OFFSET 0) AS ratings
        GROUP BY 1, 2, 3
    ) AS groups, unnest(numbers) WITH ORDINALITY AS answer (number, at)
    WHERE number > 0
"""
SCANNED = "SELECT * FROM ({scan}) AS counted WHERE true {narrower}"
DIFFERING = """
    SELECT count(*) FROM ({scan}) AS counted
        FULL JOIN ({kept}) AS kept USING (department_id, channel, cell, place, level)
    WHERE counted.number IS DISTINCT FROM kept.number
"""
# One statement, so one snapshot: a rating committed meanwhile is neither in the scan nor is its
# change taken away. It tells how many of the counts that stood were wrong.
RECOUNT = """
    WITH counted AS MATERIALIZED ({scan}),
    kept AS MATERIALIZED ({kept}),
    taken AS (DELETE FROM rating_change WHERE campaign_id = :campaign),
    stale AS (
        DELETE FROM rating_count AS old WHERE campaign_id = :campaign AND NOT EXISTS (
            SELECT FROM counted WHERE (counted.department_id, counted.channel, counted.cell,
                counted.place, counted.level)
            = (old.department_id, old.channel, old.cell, old.place, old.level))
    ),
    stored AS (
        INSERT INTO rating_count
            (campaign_id, department_id, channel, cell, place, level, number)
        SELECT :campaign, department_id, channel, cell, place, level, number FROM counted
        ON CONFLICT (campaign_id, department_id, channel, cell, place, level)
            DO UPDATE SET number = EXCLUDED.number
    ),
    stands AS (
        INSERT INTO counted_campaign (campaign_id, recounted_at, updated_at)
        VALUES (:campaign, now(), now())
        ON CONFLICT (campaign_id) DO UPDATE SET recounted_at = now(), updated_at = now()
    )
    SELECT count(*) FROM counted
        FULL JOIN kept USING (department_id, channel, cell, place, level)
    WHERE counted.number IS DISTINCT FROM kept.number
        AND EXISTS (SELECT FROM counted_campaign WHERE campaign_id = :campaign)
"""
# The changes have no key: those of a batch are named by where they lie.
FOLD = """
    WITH folded AS (
        DELETE FROM rating_change
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM rating_change LIMIT :most))
        RETURNING *
    ),
    summed AS (
        SELECT campaign_id, department_id, channel, cell, place, level, sum(number) AS number
        FROM ({changes}) AS answers
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(number) <> 0
    ),
    stored AS (
        INSERT INTO rating_count AS kept
            (campaign_id, department_id, channel, cell, place, level, number)
        SELECT * FROM summed
        ON CONFLICT (campaign_id, department_id, channel, cell, place, level)
            DO UPDATE SET number = kept.number + EXCLUDED.number
    ),
    noted AS (
        UPDATE counted_campaign SET updated_at = now()
        WHERE campaign_id IN (SELECT campaign_id FROM summed)
    )
    SELECT count(*) FROM folded
"""


def counts_of(
    campaign_id: int, department_id: int | None = None, *, place: int | None = None
) -> Counts:
    """Return how many counted ratings gave each level, as of this moment.

    Narrowed to a department and to a place where these are given. Levels that nobody gave are left
    out. Raises nothing: a campaign without ratings has no counts.
    """
    wanted = {"campaign": campaign_id}
    narrower = ""
    for column, value in (("department_id", department_id), ("place", place)):
        if value is not None:
            wanted[column] = value
            narrower += f" AND {column} = :{column}"
    counts: Counts = defaultdict(lambda: defaultdict(dict))
    for row in db.session.execute(text(_source(campaign_id, narrower)), wanted):
        key = GroupKey(row.department_id, row.channel, row.cell)
        counts[key][row.place][row.level] = row.number
    return {key: dict(places) for key, places in counts.items()}


def excluded_of(campaign_id: int) -> dict[tuple[int, int], dict[ExclusionReason, int]]:
    """Return how many ratings were set apart for which reason, by department and channel.

    An excluded rating never changes any more, so its exclusion says where it stands.
    """
    found: dict[tuple[int, int], dict[ExclusionReason, int]] = defaultdict(dict)
    columns = (Exclusion.department_id, Exclusion.channel, Exclusion.reason)
    for row in db.session.execute(
        select(*columns, func.count().label("number"))
        .where(
            Exclusion.campaign_id == campaign_id,
            Exclusion.state == ExclusionState.CONFIRMED.value,
        )
        .group_by(*columns)
    ):
        found[row.department_id, row.channel][ExclusionReason(row.reason)] = row.number
    return dict(found)


def fold(most: int = MOST_FOLDED) -> int:
    """Fold the next changes into the counts; return how many there were, at most ``most``."""
    lock(LOCK)
    statement = FOLD.format(changes=CHANGES.format(changes="folded"))
    return db.session.scalar(text(statement), {"most": most}) or 0


def recount(campaign_id: int) -> int:
    """Count a campaign's ratings anew and put that in place of what was kept.

    One statement: who is killed in it leaves the counts as they were. Returns how many of the
    counts that stood were wrong, and logs an error where any was. The lock keeps the fold from
    adding what the scan has counted; it is taken after the partition's (docs/locking.md).
    """
    db.session.execute(text(f"LOCK TABLE {_partition(campaign_id)} IN ACCESS SHARE MODE"))
    lock(LOCK)
    # Compiling so many counts would take longer than they do.
    db.session.execute(text("SET LOCAL jit = off"))
    statement = RECOUNT.format(scan=_scan(campaign_id), kept=_kept())
    wrong = db.session.scalar(text(statement), {"campaign": campaign_id}) or 0
    if wrong:
        current_app.logger.error("campaign %s: %s counts were wrong", campaign_id, wrong)
    return wrong


def differing(campaign_id: int) -> int:
    """Return how many of the counts that are kept aren't what a scan finds; nothing is written."""
    if not _stands(campaign_id):
        return 0
    db.session.execute(text("SET LOCAL jit = off"))
    statement = DIFFERING.format(scan=_scan(campaign_id), kept=_kept())
    return db.session.scalar(text(statement), {"campaign": campaign_id}) or 0


def uncounted() -> list[int]:
    """Return the campaigns whose ratings were never counted."""
    drafts = Campaign.state == CampaignState.DRAFT.value
    return [
        campaign_id
        for campaign_id in db.session.scalars(select(Campaign.id).where(~drafts))
        if not _stands(campaign_id)
    ]


def _stands(campaign_id: int) -> bool:
    return bool(
        db.session.scalar(select(exists().where(CountedCampaign.campaign_id == campaign_id)))
    )


def _source(campaign_id: int, narrower: str) -> str:
    if _stands(campaign_id):
        return _kept(narrower)
    # Ratings from before there were counts, until the job has counted them once.
    return SCANNED.format(scan=_scan(campaign_id), narrower=narrower)


def _kept(narrower: str = "") -> str:
    return KEPT.format(changes=CHANGES.format(changes="rating_change"), narrower=narrower)


def _scan(campaign_id: int) -> str:
    places = range(MOST_LEAVES + 1)
    return SCAN.format(
        levels=len(LEVELS),
        numbers=", ".join(
            f"count(*) FILTER (WHERE answer_{place} = {level})"
            for place in places
            for level in LEVELS
        ),
        answers=", ".join(
            f"{f'levels[{place}]' if place else 'overall'} AS answer_{place}" for place in places
        ),
        partition=_partition(campaign_id),
        counted=int(EvaluationState.COUNTED),
    )


def _partition(campaign_id: int) -> str:
    return f"{PARTITION_SCHEMA}.{partition_name(campaign_id)}"
