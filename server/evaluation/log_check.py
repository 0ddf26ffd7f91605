"""Ratings held against the log: what was altered, deleted or added behind the program's back.

A commitment is worked out from the row as it stands. Those of the ratings that count must be the
commitments that the log says are in force, and those of the excluded ones what it says was set
apart; words are held against their digest, and the numbers that figures are made of against the
ratings (``kept_numbers``). Nothing is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignState, partition_name
from server.core.database import PARTITION_SCHEMA, db
from server.evaluation import kept_numbers, tallying
from server.evaluation.adopting import WORDS_SQL
from server.evaluation.rules import EvaluationState
from server.ledger import tallyroot
from server.ledger.commitments import COMMITMENT_SQL, SALT_BYTES
from server.ledger.models import Leaf
from server.ledger.queries import newest_tally
from server.ledger.rules import Event

MOST_NAMED = 20
RATINGS = """
    CREATE TEMPORARY TABLE checked_rating ON COMMIT DROP AS
    SELECT id, state, salt IS NULL AS unbound, {commitment} AS commitment,
        CASE WHEN length(salt) > {salt_bytes} THEN words_digest IS DISTINCT FROM {words}
            ELSE tags IS NOT NULL OR comment IS NOT NULL END AND salt IS NOT NULL AS reworded
    FROM {partition} WHERE state <> {withdrawn}
"""
EVENTS = """
    CREATE TEMPORARY TABLE checked_event ON COMMIT DROP AS
    SELECT event, commitment, previous FROM ledger_leaf WHERE campaign_id = {campaign}
    UNION ALL
    SELECT event, commitment, previous FROM ledger_pending WHERE campaign_id = {campaign}
"""
# What the log says is in force, and what it says was set apart.
SAID = """
    CREATE TEMPORARY TABLE checked_said ON COMMIT DROP AS
    SELECT commitment, {counted} AS state FROM checked_event AS came
    WHERE commitment IS NOT NULL AND NOT EXISTS (
        SELECT FROM checked_event AS went WHERE went.previous = came.commitment)
    UNION ALL
    SELECT previous, {excluded} FROM checked_event WHERE event = {set_apart}
"""
# A row copied with its salt has the same commitment: each beyond the first was added.
UNKNOWN = """
    SELECT id FROM (
        SELECT id, state, commitment,
            row_number() OVER (PARTITION BY commitment ORDER BY id) AS place
        FROM checked_rating WHERE NOT unbound
    ) AS rating
    WHERE place > 1 OR NOT EXISTS (SELECT FROM checked_said AS said
        WHERE said.commitment = rating.commitment AND said.state = rating.state)
    ORDER BY id
"""
MISSING = """
    SELECT count(*) FROM checked_said AS said WHERE NOT EXISTS (SELECT FROM checked_rating AS rating
        WHERE said.commitment = rating.commitment AND said.state = rating.state)
"""


@dataclass(frozen=True)
class Finding:
    """What does not fit, in both languages, with the ratings that can be named."""

    campaign_id: int
    title: str
    number: int
    chinese: str
    english: str
    ratings: tuple[UUID, ...] = ()

    def __str__(self) -> str:
        """Return one line for the operator."""
        named = " ".join(str(one) for one in self.ratings[:MOST_NAMED])
        more = " …" if len(self.ratings) > MOST_NAMED else ""
        return (
            f"活动 {self.campaign_id}“{self.title}”: {self.number} {self.chinese}"
            f" / campaign {self.campaign_id}: {self.number} {self.english}"
            + (f": {named}{more}" if named else "")
        )


def at_one_moment() -> None:
    """Have all that this transaction reads be of one moment, without holding anybody up."""
    db.session.rollback()
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def check(campaign: Campaign) -> Iterator[Finding]:
    """Yield what of a campaign's ratings does not fit the log.

    In a transaction that ``at_one_moment`` began: a rating that comes between two of the statements
    would be a finding. Drafts have no ratings, and a campaign that was settled before there was a
    log is not in it.
    """
    if campaign.state == CampaignState.DRAFT or not _is_logged(campaign):
        return
    _gather(campaign.id)
    yield from _differences(campaign)
    yield from _words(campaign)
    yield from _unbound(campaign)
    yield from _tally(campaign)
    for one in kept_numbers.differences(campaign):
        yield Finding(campaign.id, campaign.title, one.number, one.chinese, one.english)
    for name in ("checked_rating", "checked_event", "checked_said"):
        db.session.execute(text(f"DROP TABLE {name}"))


def campaign_of(commitment: bytes) -> int | None:
    """Return the campaign of a commitment that is in the log; None of any other."""
    return db.session.scalar(select(Leaf.campaign_id).where(Leaf.commitment == commitment))


def _is_logged(campaign: Campaign) -> bool:
    return campaign.settled_at is None or newest_tally(campaign.id) is not None


def _gather(campaign_id: int) -> None:
    statements = (
        RATINGS.format(
            commitment=COMMITMENT_SQL,
            words=WORDS_SQL,
            salt_bytes=SALT_BYTES,
            partition=_partition(campaign_id),
            withdrawn=int(EvaluationState.WITHDRAWN),
        ),
        EVENTS.format(campaign=int(campaign_id)),
        "CREATE INDEX ON checked_event (previous)",
        SAID.format(
            counted=int(EvaluationState.COUNTED),
            excluded=int(EvaluationState.EXCLUDED),
            set_apart=int(Event.EXCLUDED),
        ),
        "ANALYZE checked_rating, checked_event, checked_said",
    )
    for statement in statements:
        db.session.execute(text(statement))


def _differences(campaign: Campaign) -> Iterator[Finding]:
    """Part what the log does not know and what it misses into altered, added and deleted.

    An altered rating is both: its new commitment is unknown, and its old one is missing.
    """
    unknown = tuple(db.session.scalars(text(UNKNOWN)))
    missing: int = db.session.scalar(text(MISSING)) or 0
    altered = min(len(unknown), missing)
    if altered:
        yield Finding(
            campaign.id, campaign.title, altered, "条评价的内容或状态被改动，与日志不符",
            "rating(s) altered: content or state differs from the log", unknown,
        )  # fmt: skip
    if len(unknown) > missing:
        yield Finding(
            campaign.id, campaign.title, len(unknown) - missing, "条评价是日志里没有的，被添加",
            "rating(s) added that the log does not know", unknown,
        )  # fmt: skip
    if missing > len(unknown):
        yield Finding(
            campaign.id, campaign.title, missing - len(unknown), "条日志里的评价已不在，被删除",
            "rating(s) deleted that the log says count",
        )  # fmt: skip


def _words(campaign: Campaign) -> Iterator[Finding]:
    found = tuple(db.session.scalars(text("SELECT id FROM checked_rating WHERE reworded")))
    if found:
        yield Finding(
            campaign.id, campaign.title, len(found), "条评价的意见或标签被改动",
            "rating(s) with altered comment or tags", found,
        )  # fmt: skip


def _unbound(campaign: Campaign) -> Iterator[Finding]:
    found = tuple(db.session.scalars(text("SELECT id FROM checked_rating WHERE unbound")))
    if found:
        yield Finding(
            campaign.id, campaign.title, len(found),
            "条评价没有入日志：旧版本的留存在结束时补记，之后写入的是直接添加的",
            "rating(s) not bound to the log: of an earlier version, or added past the program",
            found,
        )  # fmt: skip


def _tally(campaign: Campaign) -> Iterator[Finding]:
    newest = newest_tally(campaign.id)
    if newest is None or tallying.due(campaign.id):
        return
    counted, root = tallyroot.root_over(tallying.counted(campaign.id))
    if (counted, root) != (newest.counted, newest.root):
        yield Finding(
            campaign.id, campaign.title, counted,
            f"条计入的评价与日志第 {newest.edition} 版总数的 {newest.counted} 条不是同一批",
            f"counted rating(s) are not the {newest.counted} of edition {newest.edition}"
            " of the tally",
        )  # fmt: skip


def _partition(campaign_id: int) -> str:
    return f"{PARTITION_SCHEMA}.{partition_name(campaign_id)}"
