"""Visits of the last weeks, rated by code in the service campaign under way; made up by a seed."""

import hashlib
import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from server.campaigns import queries, service
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, CampaignState
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.evaluation import submission
from server.evaluation.content import Contact, Content
from server.evaluation.queries import questions
from server.evaluation.raters import Claim
from server.identity import queries as identity

SEED = 20266
DAYS = 24
VISITS = 4
POOR = 0.45
NAMED = 0.5
OWN = "市场监督管理局"
DEPARTMENTS = 9
# Invented numbers: none of them is a number that is given out.
CONTACTS = (
    Contact("王女士", "13800000001"),
    Contact("李先生", "13800000002"),
    Contact("赵师傅", "13800000003"),
)
COMPLAINTS = (
    "同一份材料交了三次，每次说法都不一样。",
    "上午九点取号，十一点半还没有轮到，窗口只开了一个。",
    "打电话咨询没有人接，跑了两趟才办成。",
    "承诺五个工作日办结，过了两个星期还没有消息。",
)


def make_demo_visits(now: datetime) -> None:
    """Have visitors of some departments rate them, some of them poorly."""
    draw = random.Random(SEED)  # noqa: S311 made-up visits that must be the same every time
    campaign = next(
        one
        for one in queries.campaigns(states=[CampaignState.OPEN])
        if one.kind == CampaignKind.SERVICE
    )
    rated = identity.rated_departments()
    own = [one.id for one in rated if one.name == OWN]
    others = [one.id for one in rated if one.name != OWN]
    for department_id in own + draw.sample(others, DEPARTMENTS):
        size = 2 * VISITS if department_id in own else VISITS
        with transaction():
            _, codes = service.issue_codes(
                campaign.id, department_id=department_id, size=size, actor=SYSTEM, now=now
            )
        for code in codes:
            _rate(draw, campaign, department_id, code, now)


def _rate(
    draw: random.Random, campaign: Campaign, department_id: int, code: str, now: datetime
) -> None:
    poor = draw.random() < POOR
    levels = _levels(draw, campaign, department_id, poor=poor)
    content = Content(
        overall=draw.choice((1, 2)) if poor else draw.choice((4, 5, 5)),
        levels=levels,
        comment=draw.choice(COMPLAINTS) if poor else "",
        contact=draw.choice(CONTACTS) if poor and draw.random() < NAMED else None,
    )
    secret = hashlib.sha256(code.encode()).digest()
    submission.submit(
        submission.Submission(
            campaign_id=campaign.id,
            department_id=department_id,
            content=content,
            receipt_key=hashlib.sha256(secret).digest()[:16],
            claim=Claim(code=code),
        ),
        now=now - timedelta(days=draw.randint(1, DAYS), hours=draw.randint(0, 8)),
    )


def _levels(
    draw: random.Random, campaign: Campaign, department_id: int, *, poor: bool
) -> Mapping[str, int]:
    choices = (1, 2, 3, 4) if poor else (4, 5, 0)
    return {str(one.id): draw.choice(choices) for one in questions(campaign, department_id)}
