"""The submission's statements: one that stores a rating alone, one for many, and the search.

docs/locking.md tells why they name the partition themselves. What the log is to be told is written
in the very statement that stores the rating.
"""

from functools import lru_cache

from server.campaigns.rules import partition_name
from server.core.database import PARTITION_SCHEMA
from server.evaluation.rules import PhotoState
from server.ledger.rules import Event

# What the first answer is made of again.
ANSWERED = (
    "department_id, channel, rated_on, content_mac,"
    " cell, organisation_id, overall, levels, salt, words_digest"
)


@lru_cache(maxsize=256)
def statement(campaign_id: int, photos: int) -> str:
    """Store one rating with its photos, find its retry, or tell why neither."""
    campaign = int(campaign_id)
    partition = f"{PARTITION_SCHEMA}.{partition_name(campaign)}"
    claimed, claimable = "", ""
    if photos:
        claimable = f""",
        claimable AS (
            SELECT id FROM photo WHERE campaign_id = {campaign} AND id = ANY(%(photos)s)
            AND evaluation_id IS NULL FOR UPDATE
        )"""
        claimed = f""",
        claimed AS (
            UPDATE photo SET evaluation_id = added.id, state = {int(PhotoState.WAITING)},
                position = array_position(%(photos)s, photo.id)
            FROM added WHERE photo.campaign_id = {campaign} AND photo.id = ANY(%(photos)s)
        )"""
    enough = f"AND (SELECT count(*) FROM claimable) = {int(photos)}" if photos else ""
    return f"""
        WITH found AS (
            SELECT {ANSWERED} FROM {partition}
            WHERE campaign_id = {campaign} AND receipt_key = %(receipt_key)s
        ),
        rated AS (
            SELECT 1 FROM {partition}
            WHERE campaign_id = {campaign} AND pseudonym = %(pseudonym)s
        ),
        gate AS (
            SELECT 1 FROM campaign WHERE id = {campaign} AND state = 'open'
            AND pause_reason IS NULL AND %(now)s >= opens_at AND %(now)s < closes_at
        ){claimable},
        added AS (
            INSERT INTO {partition} (campaign_id, state, photo_count, revision,
                id, department_id, counter_id, rated_on, channel,
                overall, comment_state, levels, pseudonym, receipt_key,
                content_mac, rater_tag, tags, comment,
                contact_sealed, check_openid,
                cell, organisation_id, risk_rank, address_block, salt, words_digest,
                handle_now)
            SELECT {campaign}, 1, {int(photos)}, 1,
                %(id)s, %(department_id)s, %(counter_id)s, %(rated_on)s, %(channel)s,
                %(overall)s, %(comment_state)s, %(levels)s, %(pseudonym)s, %(receipt_key)s,
                %(content_mac)s, %(rater_tag)s, %(tags)s, %(comment)s,
                %(contact_sealed)s, %(check_openid)s,
                %(cell)s, %(organisation_id)s, %(risk_rank)s, %(address_block)s,
                %(salt)s, %(words_digest)s, %(handle_now)s
            FROM gate WHERE NOT EXISTS (SELECT FROM found) {enough}
            ON CONFLICT DO NOTHING RETURNING id
        ),
        noted AS (
            INSERT INTO ledger_pending (campaign_id, event, commitment, at_close)
            SELECT {campaign}, {int(Event.ACCEPTED)}, %(commitment)s, %(at_close)s FROM added
        ){claimed}
        SELECT EXISTS (SELECT FROM added) AS added, EXISTS (SELECT FROM gate) AS open,
            EXISTS (SELECT FROM rated) AS rated, found.*
        FROM (SELECT) AS one LEFT JOIN found ON true
    """


@lru_cache(maxsize=256)
def statement_for_many(campaign_id: int) -> str:
    """Store ratings without photos; return the ids of those that were."""
    campaign = int(campaign_id)
    # In one order everywhere, so that two statements with the same raters never wait for each
    # other crosswise.
    return f"""
        WITH asked AS MATERIALIZED (
            SELECT * FROM json_to_recordset(%(rows)s) AS asked (
                id uuid, department_id integer, counter_id integer, rated_on date,
                channel smallint, overall smallint, comment_state smallint, levels smallint[],
                pseudonym bytea, receipt_key bytea, content_mac bytea, rater_tag bytea,
                tags text[], comment text, contact_sealed bytea, check_openid bytea,
                cell smallint, organisation_id integer, risk_rank smallint, address_block bytea,
                salt bytea, words_digest bytea, commitment bytea, at_close boolean,
                handle_now boolean, now timestamptz)
        ),
        added AS (
            INSERT INTO {PARTITION_SCHEMA}.{partition_name(campaign)} (campaign_id, state,
                photo_count, revision, id, department_id, counter_id, rated_on, channel,
                overall, comment_state, levels, pseudonym, receipt_key,
                content_mac, rater_tag, tags, comment,
                contact_sealed, check_openid,
                cell, organisation_id, risk_rank, address_block, salt, words_digest,
                handle_now)
            SELECT {campaign}, 1,
                0, 1, asked.id, department_id, counter_id, rated_on, channel,
                overall, comment_state, levels, pseudonym, receipt_key,
                content_mac, rater_tag, tags, comment,
                contact_sealed, check_openid,
                cell, organisation_id, risk_rank, address_block, salt, words_digest, handle_now
            FROM campaign, asked
            WHERE campaign.id = {campaign} AND campaign.state = 'open' AND pause_reason IS NULL
                AND now >= opens_at AND now < closes_at
            ORDER BY pseudonym
            ON CONFLICT DO NOTHING RETURNING id
        ),
        noted AS (
            INSERT INTO ledger_pending (campaign_id, event, commitment, at_close)
            SELECT {campaign}, {int(Event.ACCEPTED)}, commitment, at_close
            FROM added JOIN asked USING (id)
        )
        SELECT id FROM added
    """


@lru_cache(maxsize=256)
def search(campaign_id: int) -> str:
    """Find a rating by its receipt."""
    campaign = int(campaign_id)
    return f"""
        SELECT {ANSWERED}
        FROM {PARTITION_SCHEMA}.{partition_name(campaign)}
        WHERE campaign_id = {campaign} AND receipt_key = %(receipt_key)s
    """
