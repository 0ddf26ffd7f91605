"""Closing and settling a campaign; ratings that a source hands over (``imported``)."""

from datetime import datetime

from flask import current_app
from sqlalchemy import text

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignState, Channel, key_name, partition_name
from server.campaigns.service import require_office
from server.core import clock
from server.core.access import Actor
from server.core.database import PARTITION_SCHEMA, db
from server.core.errors import Refusal
from server.core.keyring import key_ring
from server.evaluation import counts
from server.evaluation.imported import (
    Gate,
    ImportedRating,
    Marks,
    gates,
    store_given,
    store_imported,
    withdraw_imported,
)
from server.evaluation.new_ratings import COPY_NOTES, NewRatings
from server.evaluation.rules import CommentState, EvaluationState, PhotoState
from server.evaluation.set_apart import excluded_tickets
from server.settings import queries as settings
from server.settings.rules import LEVEL_SCORES

__all__ = [
    "COPY_NOTES",
    "Gate",
    "ImportedRating",
    "Marks",
    "NewRatings",
    "close_campaign",
    "destroy_key",
    "excluded_tickets",
    "gates",
    "is_rewritten",
    "rewrite_closed",
    "store_given",
    "store_imported",
    "withdraw_imported",
]

# What tells persons or places apart, and has served its purpose when a campaign is settled.
ERASED = frozenset({"rater_tag", "check_openid", "address_block", "content_mac"})


def close_campaign(campaign_id: int, *, actor: Actor, now: datetime) -> Campaign:
    """Close an open campaign: from the commit on no rating is taken in or changed.

    The caller enqueues ``tasks.settle`` in the same transaction. The partition's lock waits for
    the submissions under way; those that come later see the closed campaign (docs/locking.md).
    """
    campaign = campaigns.campaign_for_update(campaign_id)
    require_office(campaigns.department_paths(campaign_id), actor)
    if campaign.state == CampaignState.DRAFT:
        raise Refusal("campaign_not_open", 409)
    if campaign.state == CampaignState.CLOSED:
        raise Refusal("campaign_already_closed", 409)
    db.session.execute(text(f"LOCK TABLE {_partition(campaign_id)} IN EXCLUSIVE MODE"))
    campaign.state = CampaignState.CLOSED.value
    campaign.closed_at = now
    campaign.pause_reason = None
    campaign.level_scores = settings.value(LEVEL_SCORES)
    audit.record(actor, "campaign.closed", ("campaign", campaign_id), at=now)
    return campaign


def _partition(campaign_id: int) -> str:
    return f"{PARTITION_SCHEMA}.{partition_name(campaign_id)}"


def is_rewritten(campaign_id: int) -> bool:
    """Tell whether a closed campaign's ratings were written anew."""
    return bool(
        db.session.scalar(
            text("SELECT EXISTS (SELECT FROM group_size WHERE campaign_id = :id)"),
            {"id": campaign_id},
        )
    )


def rewrite_closed(campaign_id: int) -> None:
    """Count the persons of each group, then write the partition anew in the order of its ids.

    Afterwards neither the place of a row, nor its transaction, nor a tag tells when or by whom it
    was written. Done once: where group sizes stand, this returns at once. No rating changes, so
    the triggers of the counts rest meanwhile; the ratings are then counted anew.
    """
    if is_rewritten(campaign_id):
        return
    partition = _partition(campaign_id)
    columns = ", ".join(_columns())
    day = clock.local_date(campaigns.campaign(campaign_id).opens_at)
    statements = (
        f"LOCK TABLE {partition} IN ACCESS EXCLUSIVE MODE",
        # Stored so already, but for what was rated under an earlier version of this program.
        f"""UPDATE {partition} SET rated_on = '{day}'
            WHERE channel = {int(Channel.SAMPLE)} AND rated_on <> '{day}'""",
        f"""UPDATE photo SET uploaded_on = '{day}' FROM {partition} AS rating
            WHERE photo.campaign_id = {int(campaign_id)} AND rating.id = photo.evaluation_id
            AND rating.channel = {int(Channel.SAMPLE)}""",
        f"""UPDATE {partition} SET comment_state = {int(CommentState.HELD)}
            WHERE comment_state = {int(CommentState.WAITING)}""",
        f"""UPDATE photo SET state = CASE WHEN state IN
            ({int(PhotoState.WAITING)}, {int(PhotoState.ASKED)}) THEN {int(PhotoState.HELD)}
            ELSE state END WHERE campaign_id = {int(campaign_id)}""",
        f"""INSERT INTO group_size (campaign_id, department_id, channel, raters)
            SELECT campaign_id, department_id, channel,
                count(DISTINCT coalesce(rater_tag, pseudonym))
            FROM {partition} WHERE state <> {int(EvaluationState.WITHDRAWN)} GROUP BY 1, 2, 3""",
        f"CREATE TEMPORARY TABLE settling ON COMMIT DROP AS SELECT {columns} FROM {partition}",
        f"ALTER TABLE {partition} DISABLE TRIGGER USER",
        f"TRUNCATE {partition}",
        f"INSERT INTO {partition} ({columns}) SELECT {columns} FROM settling ORDER BY id",
        f"ALTER TABLE {partition} ENABLE TRIGGER USER",
        f"""CREATE TEMPORARY TABLE settling_photos ON COMMIT DROP AS
            SELECT * FROM photo WHERE campaign_id = {int(campaign_id)}""",
        f"DELETE FROM photo WHERE campaign_id = {int(campaign_id)}",
        "INSERT INTO photo SELECT * FROM settling_photos ORDER BY id",
    )
    for statement in statements:
        db.session.execute(text(statement))
    counts.recount(campaign_id)


def _columns() -> list[str]:
    from_table = db.metadata.tables["evaluation"].columns.keys()
    return [name for name in from_table if name not in ERASED]


def destroy_key(campaign_id: int, *, actor: Actor, now: datetime) -> None:
    """Destroy a closed campaign's key, and record it; the campaign is settled with that."""
    campaign = campaigns.campaign_for_update(campaign_id)
    if campaign.settled_at is not None:
        return
    key_ring().destroy(key_name(campaign_id))
    campaign.key_destroyed_at = now
    campaign.settled_at = now
    audit.record(actor, "campaign.key_destroyed", ("campaign", campaign_id), at=now)
    current_app.logger.info("campaign %s is settled", campaign_id)
