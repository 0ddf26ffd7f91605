"""Ratings that a source hands over: stored many at once, each under its ticket's pseudonym.

pseudonym = HMAC-SHA-256(campaign key, source and ticket), 128 bits: one ticket gives one rating of
a campaign, however often it is handed over, and the UNIQUE constraint says so. A ticket whose
rating was changed or taken back by its source changes or withdraws the same row. Nobody holds a
receipt, so there is none. Text and contact stay with the matter, not with the rating.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from psycopg import sql
from sqlalchemy import select

from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import CampaignKind, CampaignState, Channel, key_name, partition_name
from server.core.crypto import Macs
from server.core.database import PARTITION_SCHEMA, db, session_connection
from server.core.keyring import KeyMissingError, key_ring
from server.evaluation.adopting import DRAWN_SQL
from server.evaluation.rules import UNKNOWN, EvaluationState
from server.ledger.commitments import COMMITMENT_SQL, SALT_BYTES
from server.ledger.rules import Event

INCOMING = """
    CREATE TEMPORARY TABLE IF NOT EXISTS imported_rating (
        department_id integer, rated_on date, overall smallint, leaves smallint,
        pseudonym bytea, content_mac bytea, rater_tag bytea
    ) ON COMMIT DROP
"""
COLUMNS = "department_id, rated_on, overall, pseudonym, content_mac, rater_tag"
TYPES = ("int4", "date", "int2", "int2", "bytea", "bytea", "bytea")
COPY = "COPY imported_rating FROM STDIN (FORMAT BINARY)"
GIVEN = sql.SQL("SELECT * FROM imported_rating")
# Different contents of ratings that are remembered.
MOST_REMEMBERED = 10_000
# What the office has set apart stays as it is: a source that takes a level back and gives it again
# would undo the exclusion.
STORE = sql.SQL(
    """
    WITH given AS MATERIALIZED ({given}),
    old AS MATERIALIZED (
        SELECT pseudonym, {commitment} AS previous FROM {partition}
        WHERE campaign_id = {campaign} AND pseudonym IN (SELECT pseudonym FROM given)
    ),
    rated AS (
        INSERT INTO {partition} AS stored (campaign_id, id, state, channel, comment_state,
            photo_count, revision, check_attempts, levels, salt, {columns})
        SELECT {campaign}, gen_random_uuid(), {counted}, {channel}, 0, 0, 1, 0,
            array_fill(CAST({unknown} AS smallint), ARRAY[leaves]),
            substr({drawn}, 1, {salt_bytes}), {columns}
        FROM given ORDER BY pseudonym
        ON CONFLICT (campaign_id, pseudonym) DO UPDATE SET
            department_id = EXCLUDED.department_id, rated_on = EXCLUDED.rated_on,
            overall = EXCLUDED.overall, levels = EXCLUDED.levels,
            content_mac = EXCLUDED.content_mac, rater_tag = EXCLUDED.rater_tag,
            state = CASE WHEN stored.state = {withdrawn} THEN {counted} ELSE stored.state END,
            revision = stored.revision + 1, salt = EXCLUDED.salt, words_digest = NULL
        WHERE stored.state <> {excluded}
            AND (stored.content_mac IS DISTINCT FROM EXCLUDED.content_mac
                OR stored.state = {withdrawn})
        RETURNING *
    )
    INSERT INTO ledger_pending (campaign_id, event, commitment, previous)
    SELECT campaign_id, CASE WHEN previous IS NULL THEN {accepted} ELSE {corrected} END,
        {commitment}, previous
    FROM rated LEFT JOIN old USING (pseudonym)
    """
)
WITHDRAW = sql.SQL(
    """
    WITH old AS MATERIALIZED (
        SELECT id, {commitment} AS previous FROM {partition}
        WHERE campaign_id = {campaign} AND pseudonym = ANY(%s) AND state = {counted} FOR UPDATE
    ),
    gone AS (
        UPDATE {partition} AS stored SET state = {withdrawn}, overall = NULL, levels = '{{}}',
            rater_tag = NULL, salt = NULL, words_digest = NULL, revision = revision + 1
        FROM old WHERE stored.campaign_id = {campaign} AND stored.id = old.id
    )
    INSERT INTO ledger_pending (campaign_id, event, previous)
    SELECT {campaign}, {taken_back}, previous FROM old WHERE previous IS NOT NULL
    """
)


class ImportedRating(NamedTuple):
    """A ticket's rating; ``name`` is source and ticket, ``person`` tells raters apart, if known."""

    name: bytes
    department_id: int
    rated_on: date
    level: int
    person: bytes = b""


@dataclass(frozen=True)
class Gate:
    """A service campaign that takes imported ratings now; ``leaves`` counts by department."""

    campaign_id: int
    title: str
    opens_at: datetime
    closes_at: datetime
    paused: bool
    leaves: Mapping[int, int]

    def covers(self, moment: datetime) -> bool:
        """Tell whether a ticket's time falls into the campaign."""
        return self.opens_at <= moment < self.closes_at


def gates(channel: Channel, *, now: datetime, lock: bool) -> list[Gate]:
    """Return the open service campaigns with a channel.

    With ``lock`` none of them can be closed before this transaction ends (docs/locking.md).
    """
    query = (
        select(Campaign)
        .where(
            Campaign.kind == CampaignKind.SERVICE.value,
            Campaign.state == CampaignState.OPEN.value,
            Campaign.channels.contains([int(channel)]),
            Campaign.opens_at <= now,
            Campaign.closes_at > now,
        )
        .order_by(Campaign.opens_at, Campaign.id)
        .execution_options(populate_existing=True)
    )
    campaigns = db.session.scalars(query.with_for_update(read=True) if lock else query).all()
    leaves: dict[int, dict[int, int]] = {campaign.id: {} for campaign in campaigns}
    for row in db.session.scalars(
        select(CampaignDepartment).where(CampaignDepartment.campaign_id.in_(leaves))
    ):
        leaves[row.campaign_id][row.department_id] = len(row.leaves)
    return [
        Gate(
            campaign.id,
            campaign.title,
            campaign.opens_at,
            campaign.closes_at,
            campaign.pause_reason is not None or _key(campaign.id) is None,
            leaves[campaign.id],
        )
        for campaign in campaigns
    ]


def _key(campaign_id: int) -> bytes | None:
    try:
        return key_ring().get(key_name(campaign_id))
    except KeyMissingError:
        return None


class Marks:
    """Makes what a rating of a campaign is known by, under the campaign's key.

    Prepared once for many ratings: of these there may be a million in a file.
    """

    def __init__(self, gate: Gate, channel: Channel) -> None:
        """Prepare for a campaign that ``gates`` gave and that is not paused."""
        key = key_ring().get(key_name(gate.campaign_id))
        self._channel = bytes([channel])
        self._pseudonyms = Macs(key, b"imported")
        self._contents = Macs(key, b"imported content")
        self._raters = Macs(key, b"rater")
        self._said: dict[tuple[int, date, int], bytes] = {}

    def pseudonym(self, name: bytes) -> bytes:
        """Return the pseudonym of a ticket."""
        return self._pseudonyms.mac(name)

    def content(self, department_id: int, rated_on: date, level: int) -> bytes:
        """Return the hash of what a rating says."""
        return self._contents.mac(f"{department_id}:{rated_on}:{level}".encode())

    def tag(self, rating: ImportedRating) -> bytes | None:
        """Return the rater's tag, if the rater is known."""
        if not rating.person:
            return None
        department = rating.department_id.to_bytes(4, "big")
        return self._raters.mac(rating.person, department, self._channel)

    def of(self, rating: ImportedRating) -> tuple[bytes, bytes, bytes | None]:
        """Return pseudonym, hash of the content, and the rater's tag."""
        said = rating.department_id, rating.rated_on, rating.level
        content = self._said.get(said)
        if content is None:
            if len(self._said) >= MOST_REMEMBERED:
                self._said.clear()
            content = self._said[said] = self.content(*said)
        return self.pseudonym(rating.name), content, self.tag(rating)


def store_imported(gate: Gate, channel: Channel, ratings: Sequence[ImportedRating]) -> None:
    """Store ratings of a campaign that ``gates`` gave under lock; the same again changes nothing.

    An overall level alone is known: the sub-questions are 不了解 and leave the denominator.
    """
    marks = Marks(gate, channel)
    with session_connection().cursor() as cursor:
        cursor.execute(INCOMING)
        cursor.execute("TRUNCATE imported_rating")
        with cursor.copy(COPY) as copy:
            copy.set_types(TYPES)
            for one in ratings:
                leaves = gate.leaves[one.department_id]
                copy.write_row((one.department_id, one.rated_on, one.level, leaves, *marks.of(one)))
    store_given(gate, channel, GIVEN)


def store_given(gate: Gate, channel: Channel, given: sql.Composable) -> None:
    """Store the ratings that a query gives, as ``store_imported`` does.

    It gives department_id, rated_on, overall, leaves (how many the department is asked), and what
    ``Marks`` made: pseudonym, content_mac, rater_tag.
    """
    with session_connection().cursor() as cursor:
        cursor.execute(_filled(STORE, gate.campaign_id, channel, given))


def withdraw_imported(gate: Gate, channel: Channel, names: Iterable[bytes]) -> None:
    """Withdraw the ratings of tickets whose source took them back."""
    marks = Marks(gate, channel)
    pseudonyms = [marks.pseudonym(name) for name in names]
    with session_connection().cursor() as cursor:
        cursor.execute(_filled(WITHDRAW, gate.campaign_id, channel), (pseudonyms,))


def _filled(
    statement: sql.SQL, campaign_id: int, channel: Channel, given: sql.Composable = GIVEN
) -> sql.Composed:
    return statement.format(
        given=given,
        unknown=sql.Literal(UNKNOWN),
        partition=sql.Identifier(PARTITION_SCHEMA, partition_name(campaign_id)),
        columns=sql.SQL(COLUMNS),
        campaign=sql.Literal(int(campaign_id)),
        channel=sql.Literal(int(channel)),
        counted=sql.Literal(int(EvaluationState.COUNTED)),
        excluded=sql.Literal(int(EvaluationState.EXCLUDED)),
        withdrawn=sql.Literal(int(EvaluationState.WITHDRAWN)),
        commitment=sql.SQL(COMMITMENT_SQL),
        drawn=sql.SQL(DRAWN_SQL),
        salt_bytes=sql.Literal(SALT_BYTES),
        accepted=sql.Literal(int(Event.ACCEPTED)),
        corrected=sql.Literal(int(Event.CORRECTED)),
        taken_back=sql.Literal(int(Event.WITHDRAWN)),
    )
