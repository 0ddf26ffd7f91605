"""Campaigns to rate in: made through the services, filled by SQL."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from server.campaigns import service as campaigns
from server.campaigns.rules import CampaignKind, Channel, partition_name
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import PARTITION_SCHEMA, db
from server.core.transaction import transaction
from server.evaluation.rules import EvaluationState
from server.identity import service as identity
from server.identity.rules import OrganisationKind
from server.indicators import queries as indicators
from server.indicators import service as indicator_service

DEPARTMENTS = 20
# Four headings with ten leaves: what a rater on a phone is asked at most.
HEADINGS = {"落实中心工作": 3, "优化办事服务": 3, "正确履行职责": 2, "严守纪律法律": 2}
WEIGHT = 10

# Random ids and pseudonyms, as in life: the indexes are filled in random order.
FILL = """
    INSERT INTO {partition} (campaign_id, id, department_id, rated_on, channel, state, overall,
        comment_state, photo_count, revision, levels, pseudonym, receipt_key, content_mac,
        salt)
    SELECT :campaign, gen_random_uuid(), (CAST(:departments AS int[]))[1 + random() * :last],
        :rated_on, :channel, :counted, 1 + random() * 4, 0, 0, 1,
        ARRAY[random() * 5, random() * 5, random() * 5, random() * 5, random() * 5,
            random() * 5, random() * 5, random() * 5, random() * 5, random() * 5]::smallint[],
        uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()),
        uuid_send(gen_random_uuid())
    FROM generate_series(1, :count)
"""


@dataclass(frozen=True)
class RatedCampaign:
    """An open campaign with the departments that it rates and the leaves asked of each."""

    id: int
    departments: tuple[int, ...]
    leaves: tuple[int, ...]

    @property
    def partition(self) -> str:
        """The table of its evaluations."""
        return f"{PARTITION_SCHEMA}.{partition_name(self.id)}"


def make_campaigns(count: int, city_name: str = "临江市") -> list[RatedCampaign]:
    """Make a city, an indicator version and open surveys over the same departments."""
    now = clock.now()
    with transaction():
        city = identity.create_organisation(
            name=city_name, kind=OrganisationKind.CITY, parent_id=None, actor=SYSTEM, now=now
        )
        departments = [
            identity.create_organisation(
                name=f"{city_name}第 {number} 局",
                kind=OrganisationKind.DEPARTMENT,
                parent_id=city.id,
                actor=SYSTEM,
                now=now,
            ).id
            for number in range(1, DEPARTMENTS + 1)
        ]
        version = indicator_service.create_version(
            name="测速指标", note="", tree=_tree(), is_sample=True, actor=SYSTEM, now=now
        )
        leaves = [leaf.id for leaf in indicators.leaves(version.id)]
    return [_open_survey(version.id, departments, leaves) for _ in range(count)]


def _open_survey(version: int, departments: list[int], leaves: list[int]) -> RatedCampaign:
    now = clock.now()
    with transaction():
        campaign = campaigns.create_campaign(
            kind=CampaignKind.SURVEY,
            title="2026 年第四季度评价",
            description="",
            indicator_version_id=version,
            channels=[Channel.OPEN],
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(days=1),
            departments=departments,
            actor=SYSTEM,
            now=now,
        )
        for department in departments:
            campaigns.choose_leaves(campaign.id, department, leaves, actor=SYSTEM, now=now)
        campaigns.open_campaign(campaign.id, actor=SYSTEM, now=now)
        return RatedCampaign(campaign.id, tuple(departments), tuple(leaves))


def _tree() -> list[dict[str, object]]:
    return [
        {
            "code": f"H{place}",
            "name": name,
            "weight": str(leaves * WEIGHT),
            "leaves": [
                {
                    "code": f"H{place}-{number}",
                    "name": f"{name}{number}",
                    "question": f"您对{name}第 {number} 项满意吗？",
                    "weight": str(WEIGHT),
                    "method": "overall",
                    "duties": [],
                }
                for number in range(1, leaves + 1)
            ],
        }
        for place, (name, leaves) in enumerate(HEADINGS.items(), start=1)
    ]


def fill(campaign: RatedCampaign, count: int) -> None:
    """Store evaluations as if they had been rated."""
    with transaction():
        add(campaign, count)


def add(campaign: RatedCampaign, count: int) -> None:
    """Store evaluations in the transaction that is under way."""
    db.session.execute(
        text(FILL.format(partition=campaign.partition)),
        {
            "campaign": campaign.id,
            "departments": list(campaign.departments),
            "last": len(campaign.departments) - 1,
            "rated_on": clock.today(),
            "channel": int(Channel.OPEN),
            "counted": int(EvaluationState.COUNTED),
            "count": count,
        },
    )


def vacuum(campaign: RatedCampaign) -> None:
    """Do what autovacuum would have done by the time so many had rated."""
    _maintain(f"VACUUM ANALYZE {campaign.partition}")


def checkpoint() -> None:
    """Write out what is dirty now, so that no round pays for the filling."""
    _maintain("CHECKPOINT")


def _maintain(statement: str) -> None:
    # Not inside a transaction: PostgreSQL refuses these there.
    with db.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))


def size_on_disk(campaign: RatedCampaign) -> int:
    """Return the bytes of a campaign's evaluations with their indexes."""
    size: int = db.session.scalar(
        text("SELECT pg_total_relation_size(CAST(:partition AS regclass))"),
        {"partition": campaign.partition},
    )
    return size
