"""Ratings that are older than the log, bound to it in SQL before their campaign settles.

They have no salt: some were taken in by an earlier version of the program. Those that were handed
over by a source get theirs when they are stored.
"""

from datetime import datetime

from sqlalchemy import text

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.rules import Channel, partition_name
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import PARTITION_SCHEMA, db
from server.evaluation.rules import EvaluationState, ExclusionState
from server.ledger.commitments import COMMITMENT_SQL, SALT_BYTES, WORDS_PREFIX
from server.ledger.rules import Event

# What Python writes as JSON without spaces and with everything beyond ASCII as it is: PostgreSQL
# escapes the same few characters in the same way.
WORDS_SQL = f"""CASE WHEN tags IS NULL AND comment IS NULL THEN NULL ELSE sha256(
    decode('{WORDS_PREFIX.hex()}', 'hex') || substr(salt, {SALT_BYTES + 1}) || convert_to(
        '[[' || coalesce((
            SELECT string_agg(to_json(tag)::text, ',' ORDER BY tag COLLATE "C")
            FROM unnest(tags) AS tag
        ), '') || '],' || to_json(coalesce(comment, ''))::text || ']', 'UTF8')
) END"""  # noqa: S608 made of constants
# Of 128 bits of such a UUID 122 are random.
DRAWN_SQL = "sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"
ADOPT = """
    WITH drawn AS MATERIALIZED (
        SELECT id, tags, comment, CASE WHEN tags IS NULL AND comment IS NULL
            THEN substr({drawn}, 1, {salt_bytes}) ELSE {drawn} END AS salt
        FROM {partition} WHERE salt IS NULL AND state <> {withdrawn}
    ),
    bound AS (
        UPDATE {partition} AS rating SET salt = found.salt, words_digest = found.words_digest,
            rated_on = CASE WHEN channel = {sample} THEN '{day}' ELSE rated_on END
        FROM (SELECT id, salt, {words} AS words_digest FROM drawn) AS found
        WHERE rating.id = found.id RETURNING rating.*
    ),
    known AS MATERIALIZED (
        SELECT id, campaign_id, state, channel, {commitment} AS commitment FROM bound
    ),
    noted AS (
        INSERT INTO ledger_pending (campaign_id, event, commitment, at_close)
        SELECT campaign_id, {accepted}, commitment, channel = {sample} FROM known
    ),
    apart AS (
        INSERT INTO ledger_pending (campaign_id, event, previous, reason, at_close)
        SELECT known.campaign_id, {set_apart}, commitment, exclusion.reason,
            known.channel = {sample}
        FROM known JOIN exclusion ON exclusion.campaign_id = known.campaign_id
            AND exclusion.evaluation_id = known.id AND exclusion.state = '{confirmed}'
        WHERE known.state = {excluded}
    )
    SELECT count(*) FROM known
"""


def adopt(campaign_id: int, now: datetime) -> None:
    """Bind a campaign's ratings that have no salt, and note them; safe to repeat.

    Those of the sample survey with the one day that the settling leaves them.
    How many stands in the audit log: a row that somebody wrote past the program has no salt either.
    """
    statement = ADOPT.format(
        drawn=DRAWN_SQL,
        salt_bytes=SALT_BYTES,
        words=WORDS_SQL,
        commitment=COMMITMENT_SQL,
        partition=f"{PARTITION_SCHEMA}.{partition_name(campaign_id)}",
        day=clock.local_date(campaigns.campaign(campaign_id).opens_at),
        withdrawn=int(EvaluationState.WITHDRAWN),
        excluded=int(EvaluationState.EXCLUDED),
        accepted=int(Event.ACCEPTED),
        set_apart=int(Event.EXCLUDED),
        sample=int(Channel.SAMPLE),
        confirmed=ExclusionState.CONFIRMED.value,
    )
    adopted = db.session.scalar(text(statement))
    if adopted:
        subject = ("campaign", campaign_id)
        audit.record(SYSTEM, "campaign.ratings_adopted", subject, at=now, size=adopted)
