"""Demo campaigns: a survey and a quarter of visits under way, and three closed surveys."""

from datetime import datetime, time, timedelta
from pathlib import Path

import yaml

from server.campaigns import service
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core.access import SYSTEM
from server.core.clock import SHANGHAI
from server.core.database import db
from server.demo.past_surveys import make_past_surveys
from server.identity import queries as identity
from server.indicators import service as indicator_service

SAMPLE = Path(__file__).parents[2] / "config" / "indicators.yaml"
NINE, SIX = time(9), time(18)
COUNTERS = ("综合窗口", "受理一窗")
SERVICE = (Channel.OPEN, Channel.SERVICE_CENTRE, Channel.ENTERPRISE_ONLINE, Channel.HOTLINE)
SURVEY = (*SERVICE[:3], Channel.SAMPLE, Channel.COMMUNITY, Channel.VILLAGE)


def make_demo_campaigns(now: datetime) -> list[int]:
    """Make the sample indicators, counters and campaigns; return the ids of the closed ones."""
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
        opens_at=_at(now - timedelta(days=3), NINE),
        closes_at=_at(now + timedelta(days=27), SIX),
        now=now,
    )
    _campaign(
        version.id,
        CampaignKind.SERVICE,
        "2026 年第四季度办事评价",
        "在窗口办完事后，扫描桌上的二维码或输入评价码评一评。",
        opens_at=_at(now - timedelta(days=50), NINE),
        closes_at=_at(now + timedelta(days=38), SIX),
        now=now,
    )
    return make_past_surveys(version.id, now)


def _at(moment: datetime, hour: time) -> datetime:
    return datetime.combine(moment.astimezone(SHANGHAI).date(), hour, SHANGHAI)


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
        channels=list(SURVEY if kind is CampaignKind.SURVEY else SERVICE),
        opens_at=opens_at,
        closes_at=closes_at,
        departments=[department.id for department in identity.rated_departments()],
        actor=SYSTEM,
        now=now,
    )
    return service.open_campaign(campaign.id, actor=SYSTEM, now=now)
