"""Closed surveys of the demo city, with ratings made up by a fixed seed, scores and publications.

They are there so that board, score pages and charts show something on the first start. The last one
has all channels: a sample survey of four panels, communities and villages that sign, and a wave of
ratings with one text, which the search for manipulation finds.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from server.campaigns import queries, service
from server.campaigns.models import Campaign
from server.campaigns.rules import SIGNED, CampaignKind, Channel, key_name
from server.core.access import SYSTEM
from server.core.clock import SHANGHAI, months_later
from server.core.database import db
from server.core.keyring import key_ring
from server.demo.frames import make_demo_draws
from server.evaluation import service as evaluation
from server.evaluation.models import Evaluation
from server.evaluation.raters import Rater, sample_identity
from server.evaluation.rules import CommentState
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from server.pairings import queries as pairings
from server.sampling import queries as sampling
from server.sampling.models import SampleDraw

SEED = 20261
# Shares of the made-up ratings: with a comment, a comment held for review, a question not known,
# drawn persons who answer.
COMMENTED = 0.15
HELD = 0.03
UNKNOWN = 0.1
ANSWERING = 0.62
DAYS = 28
MONTHS_AGO = (18, 12, 6)
HALF_A_YEAR = 6
NINE = time(9)
COMMENTS = (
    "办理很快，工作人员讲得清楚。",
    "等候时间有点长，希望增加窗口。",
    "材料一次性告知，没有多跑路。",
    "电话不太好打通。",
    "网上办理流程可以再简单一些。",
    "政策解释得很耐心，问题当场解决了。",
    "周末也能办，方便上班的人。",
    "答复时间说好三天，拖了一个星期。",
)
WAVE = "工作人员态度差，办事推诿拖延，群众意见很大，请严肃处理"
WAVE_SIZE = 18
WAVE_DEPARTMENT = "综合行政执法局"
ALL_CHANNELS = (
    Channel.OPEN,
    Channel.SERVICE_CENTRE,
    Channel.ENTERPRISE_ONLINE,
    Channel.SAMPLE,
    Channel.COMMUNITY,
    Channel.VILLAGE,
)
CHANNELS_BEFORE = ALL_CHANNELS[:3]
NOTE = "演示数据由程序按固定种子生成，并非真实评价。"

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A department of a campaign, how many leaves its raters are asked, and how it is seen."""

    department_id: int
    name: str
    leaves: int
    enterprise: bool
    lean: float


def make_past_surveys(version_id: int, now: datetime) -> list[int]:
    """Make three half-yearly surveys, closed; return their ids, the oldest first."""
    draw = random.Random(SEED)  # noqa: S311 made-up figures that must be the same every time
    leans = {one.id: draw.uniform(-0.6, 0.9) for one in identity.rated_departments()}
    made = []
    for months in MONTHS_AGO:
        newest = months == MONTHS_AGO[-1]
        opens_at = _months_ago(now, months)
        half = "上" if opens_at.month <= HALF_A_YEAR else "下"
        title = f"{opens_at.year} 年{half}半年群众评价（演示数据）"
        campaign = _opened(version_id, title, ALL_CHANNELS if newest else CHANNELS_BEFORE, opens_at)
        drift = {one: lean + draw.uniform(-0.2, 0.25) for one, lean in leans.items()}
        asked = list(_asked(campaign, drift))
        rows = list(_voluntary(draw, campaign, asked))
        if newest:
            for sample in make_demo_draws(campaign.id, now=opens_at):
                rows += _sampled(draw, campaign, sample, {one.department_id: one for one in asked})
            rows += _signed(draw, campaign, asked)
            rows += _wave(draw, campaign, asked)
        db.session.execute(insert(Evaluation), rows)
        evaluation.close_campaign(campaign.id, actor=SYSTEM, now=campaign.closes_at)
        made.append(campaign.id)
    return made


def _months_ago(now: datetime, months: int) -> datetime:
    day = months_later(now.astimezone(SHANGHAI).date(), -months).replace(day=1)
    return datetime.combine(day, NINE, SHANGHAI)


def _opened(
    version_id: int, title: str, channels: Iterable[Channel], opens_at: datetime
) -> Campaign:
    campaign = service.create_campaign(
        kind=CampaignKind.SURVEY,
        title=title,
        description=NOTE,
        indicator_version_id=version_id,
        channels=list(channels),
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=DAYS),
        departments=[one.id for one in identity.rated_departments()],
        actor=SYSTEM,
        now=opens_at,
    )
    return service.open_campaign(campaign.id, actor=SYSTEM, now=opens_at)


def _asked(campaign: Campaign, leans: dict[int, float]) -> Iterator[Asked]:
    for row, department in queries.every_department(campaign.id):
        yield Asked(
            department.id,
            department.name,
            len(row.leaves),
            department.enterprise_facing,
            leans[department.id],
        )


def _voluntary(draw: random.Random, campaign: Campaign, asked: Iterable[Asked]) -> Iterator[Row]:
    """Give the ratings of people who came by themselves."""
    for one in asked:
        groups = {Channel.OPEN: draw.randint(6, 45), Channel.SERVICE_CENTRE: draw.randint(4, 60)}
        if one.enterprise:
            groups[Channel.ENTERPRISE_ONLINE] = draw.randint(5, 30)
        for channel, size in groups.items():
            for _ in range(size):
                yield _rating(draw, campaign, one, channel)


def _sampled(
    draw: random.Random, campaign: Campaign, sample: SampleDraw, asked: dict[int, Asked]
) -> Iterator[Row]:
    """Give the ratings of drawn persons, under the pseudonyms that their links would give."""
    key = key_ring().get(key_name(campaign.id))
    codes = sampling.codes_of(sample)
    reserve = "reserve"
    for person in sampling.drawn_persons(sample.id):
        link = queries.sample_link(codes[person.place])
        if person.standing == reserve or link is None or draw.random() > ANSWERING:
            continue
        rater = Rater(sample_identity(codes[person.place]), Channel.SAMPLE, cell=person.cell)
        for department in link.departments:
            yield _rating(
                draw,
                campaign,
                asked[department],
                Channel.SAMPLE,
                cell=person.cell,
                rated_on=campaign.opens_at.astimezone(SHANGHAI).date(),
                pseudonym=rater.pseudonym(key, department),
            )


def _signed(draw: random.Random, campaign: Campaign, asked: Iterable[Asked]) -> Iterator[Row]:
    day = campaign.opens_at.astimezone(SHANGHAI).date()
    for one in asked:
        for organisation in pairings.organisations_of(one.department_id, day):
            channel = (
                Channel.VILLAGE
                if organisation.kind == OrganisationKind.VILLAGE
                else Channel.COMMUNITY
            )
            assert channel in SIGNED  # noqa: S101 the document of channels says so
            yield _rating(draw, campaign, one, channel, organisation_id=organisation.id)


def _wave(draw: random.Random, campaign: Campaign, asked: Iterable[Asked]) -> Iterator[Row]:
    """Give a wave of ratings with nearly one text, on two days, from one place."""
    block = draw.randbytes(8)
    for one in asked:
        if one.name != WAVE_DEPARTMENT:
            continue
        for number in range(WAVE_SIZE):
            yield _rating(draw, campaign, one, Channel.OPEN) | {
                "overall": 1,
                "levels": [1] * one.leaves,
                "comment": WAVE + "！" * (number % 3),
                "comment_state": int(CommentState.PASSED),
                "rated_on": (campaign.opens_at + timedelta(days=19 + number % 2)).date(),
                "address_block": block,
            }


def _rating(
    draw: random.Random, campaign: Campaign, asked: Asked, channel: Channel, **more: Any
) -> Row:
    def level() -> int:
        return max(1, min(5, round(draw.gauss(3.7 + asked.lean, 0.9))))

    def random_bytes() -> bytes:
        return hashlib.sha256(draw.randbytes(16)).digest()[:16]

    comment = draw.choice(COMMENTS) if draw.random() < COMMENTED else None
    return {
        "campaign_id": campaign.id,
        "id": UUID(bytes=random_bytes(), version=4),
        "department_id": asked.department_id,
        "rated_on": (campaign.opens_at + timedelta(days=draw.randint(0, DAYS - 1))).date(),
        "channel": int(channel),
        "overall": level(),
        "levels": [0 if draw.random() < UNKNOWN else level() for _ in range(asked.leaves)],
        "pseudonym": random_bytes(),
        "receipt_key": random_bytes(),
        "content_mac": random_bytes(),
        "comment": comment,
        "comment_state": int(_verdict(draw, comment)),
        "address_block": draw.randbytes(8),
        "cell": 0,
        "organisation_id": None,
    } | more


def _verdict(draw: random.Random, comment: str | None) -> CommentState:
    if comment is None:
        return CommentState.NONE
    return CommentState.HELD if draw.random() < HELD else CommentState.PASSED
