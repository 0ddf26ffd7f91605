"""Demo campaigns: a survey and a quarter of visits under way, and a closed survey to look at.

The ratings of the closed one are made up by a fixed seed and go through the same door as real
ones; they are there so that the board and the result pages show something on the first start.
"""

import hashlib
import random
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import yaml

from server.campaigns import queries, service
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core.access import SYSTEM
from server.core.database import db
from server.core.jobs import enqueue
from server.evaluation import service as evaluation
from server.evaluation import tasks
from server.evaluation.models import Evaluation
from server.evaluation.rules import CommentState
from server.identity import queries as identity
from server.indicators import service as indicator_service

SAMPLE = Path(__file__).parents[2] / "config" / "indicators.yaml"
SEED = 20261
# Shares of the made-up ratings: with a comment, a comment held for review, a question not known.
COMMENTED = 0.15
HELD = 0.03
UNKNOWN = 0.1
COUNTERS = ("综合窗口", "受理一窗")
COMMENTS = (
    "办理很快，工作人员讲得清楚。",
    "等候时间有点长，希望增加窗口。",
    "材料一次性告知，没有多跑路。",
    "电话不太好打通。",
    "网上办理流程可以再简单一些。",
)


def make_demo_campaigns(now: datetime) -> None:
    """Make the sample indicators, counters and three campaigns."""
    document = yaml.safe_load(SAMPLE.read_text())
    version = indicator_service.create_version(
        name=document["name"],
        note=document["note"],
        tree=document["headings"],
        is_sample=True,
        actor=SYSTEM,
        now=now,
    )
    departments = identity.rated_departments()
    db.session.flush()
    for department in departments:
        if "window" in department.duties:
            for name in COUNTERS:
                service.add_counter(department.id, name, actor=SYSTEM, now=now)
    _campaign(
        version.id,
        CampaignKind.SURVEY,
        "2026 年度群众评价",
        "请您为打过交道的部门评一评，约需两分钟，匿名填写。",
        opens_at=now - timedelta(days=3),
        closes_at=now + timedelta(days=27),
        now=now,
    )
    _campaign(
        version.id,
        CampaignKind.SERVICE,
        "2026 年第四季度办事评价",
        "在窗口办完事后，扫描桌上的二维码或输入评价码评一评。",
        opens_at=now - timedelta(days=50),
        closes_at=now + timedelta(days=38),
        now=now,
    )
    past = _campaign(
        version.id,
        CampaignKind.SURVEY,
        "2026 年上半年群众评价（演示数据）",
        "演示数据由程序按固定种子生成，并非真实评价。",
        opens_at=now - timedelta(days=150),
        closes_at=now + timedelta(hours=1),
        now=now,
    )
    db.session.flush()
    _made_up_ratings(past, now)
    evaluation.close_campaign(past.id, actor=SYSTEM, now=now)
    enqueue(tasks.settle, campaign_id=past.id)


def _campaign(
    version_id: int,
    kind: CampaignKind,
    title: str,
    description: str,
    *,
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
) -> Campaign:
    campaign = service.create_campaign(
        kind=kind,
        title=title,
        description=description,
        indicator_version_id=version_id,
        channels=[Channel.OPEN, Channel.SERVICE_CENTRE, Channel.ENTERPRISE_ONLINE],
        opens_at=opens_at,
        closes_at=closes_at,
        departments=[department.id for department in identity.rated_departments()],
        actor=SYSTEM,
        now=now,
    )
    return service.open_campaign(campaign.id, actor=SYSTEM, now=now)


def _made_up_ratings(campaign: Campaign, now: datetime) -> None:
    draw = random.Random(SEED)  # noqa: S311 made-up figures that must be the same every time
    rows = []
    cursor: str | None = None
    while True:
        page = queries.departments(campaign.id, cursor=cursor, limit=100)
        for row, department in page.items:
            lean = draw.uniform(-0.6, 0.9)
            for channel, size in _groups(draw, enterprise=department.enterprise_facing):
                rows += [
                    _made_up(draw, campaign, row.department_id, row.leaves, channel, lean, now)
                    for _ in range(size)
                ]
        cursor = page.next_cursor
        if cursor is None:
            break
    db.session.add_all(rows)
    db.session.flush()


def _groups(draw: random.Random, *, enterprise: bool) -> list[tuple[Channel, int]]:
    groups = [(Channel.OPEN, draw.randint(6, 60)), (Channel.SERVICE_CENTRE, draw.randint(4, 90))]
    if enterprise:
        groups.append((Channel.ENTERPRISE_ONLINE, draw.randint(5, 30)))
    return groups


def _made_up(
    draw: random.Random,
    campaign: Campaign,
    department_id: int,
    leaves: list[int],
    channel: Channel,
    lean: float,
    now: datetime,
) -> Evaluation:
    def level() -> int:
        return max(1, min(5, round(draw.gauss(3.7 + lean, 0.9))))

    def random_bytes() -> bytes:
        return hashlib.sha256(draw.randbytes(16)).digest()[:16]

    comment = draw.choice(COMMENTS) if draw.random() < COMMENTED else None
    return Evaluation(
        campaign_id=campaign.id,
        id=UUID(bytes=random_bytes(), version=4),
        department_id=department_id,
        rated_on=(now - timedelta(days=draw.randint(1, 149))).date(),
        channel=int(channel),
        overall=level(),
        levels=[0 if draw.random() < UNKNOWN else level() for _ in leaves],
        pseudonym=random_bytes(),
        receipt_key=random_bytes(),
        content_mac=random_bytes(),
        comment=comment,
        comment_state=_made_up_verdict(draw, comment),
    )


def _made_up_verdict(draw: random.Random, comment: str | None) -> CommentState:
    if comment is None:
        return CommentState.NONE
    return CommentState.HELD if draw.random() < HELD else CommentState.PASSED
