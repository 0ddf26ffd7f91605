"""Quarters of ratings with scores worked out, so that there is something to draw."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from server.campaigns import service as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.rules import CommentState
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from server.indicators import queries as indicators
from server.sampling.models import CellResponse
from server.sampling.rules import Panel
from server.scoring import running
from server.scoring import service as scoring
from server.scoring.document import starting_document
from server.scoring.models import ScoreRun
from tests.factories.city import City, _organisation
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.sampling import draw_by_hand

NAMES = (
    "教育局",
    "民政局",
    "司法局",
    "财政局",
    "人力资源和社会保障局",
    "自然资源和规划局",
    "生态环境局",
    "住房和城乡建设局",
    "交通运输局",
    "水利局",
    "农业农村局",
    "商务局",
    "文化和广电旅游体育局",
    "卫生健康委员会",
    "应急管理局",
    "审计局",
    "统计局",
    "医疗保障局",
    "综合行政执法局",
    "大数据发展管理局",
    "政务服务管理办公室",
)
CHANNELS = (Channel.OPEN, Channel.SERVICE_CENTRE, Channel.ENTERPRISE_ONLINE)
SCHEME = "办事评价方案"
COMMENTS = (
    "窗口排队时间太长，希望增加窗口。",
    "工作人员讲解清楚，办理很快。",
    "停车场太小，停车不方便。",
    "材料要求反复补充，流程复杂。",
    "电话打不通，咨询没有人接。",
)


@dataclass
class Quarters:
    """Campaigns, the oldest first, and the departments that they rate."""

    departments: list[Organisation]
    campaigns: list[Campaign] = field(default_factory=list)
    scheme_id: int = 0


def more_departments(city: City, number: int) -> list[Organisation]:
    """Add departments to the small city; return all that it rates."""
    with transaction():
        for name in NAMES[:number]:
            city.departments.append(_organisation(name, OrganisationKind.DEPARTMENT, city.root.id))
    return city.departments


def make_scheme(city: City) -> int:
    """Save a scheme over the small city's indicators and the three channels."""
    document = starting_document(SCHEME, indicators.tree(city.version.id))
    weights = (("service_centre", "60"), ("open", "25"), ("enterprise_online", "15"))
    document["channels"] = [{"channel": code, "weight": weight} for code, weight in weights]
    with transaction():
        return scoring.create_scheme(document, actor=SYSTEM, now=clock.now()).id


def make_quarters(
    city: City, *, number: int = 4, size: int = 40, seed: int = 7, score: bool = True
) -> Quarters:
    """Make closed quarters up to the third of 2026, rated through three channels, and scored."""
    draw = random.Random(seed)  # noqa: S311 made-up figures that must be the same every time
    found = Quarters(city.departments, scheme_id=make_scheme(city))
    leans = {one.id: draw.uniform(-0.7, 0.9) for one in city.departments}
    for back in reversed(range(number)):
        month = 9 - 3 * back
        year, month = (2026, month) if month > 0 else (2025, month + 12)
        ends = datetime(year, month, 28, tzinfo=UTC)
        campaign = make_campaign(city, f"{year} 年第 {(month + 2) // 3} 季度办事评价")
        for one in city.departments:
            _rate(draw, campaign.id, one.id, leans[one.id] - 0.08 * back, size)
        close_and_settle(campaign.id)
        with transaction():
            campaign.opens_at, campaign.closes_at = ends - timedelta(days=88), ends
        if score:
            work_out(campaign.id, found.scheme_id, city)
        found.campaigns.append(campaign)
    return found


def make_campaign(city: City, title: str, kind: CampaignKind = CampaignKind.SERVICE) -> Campaign:
    """Open a campaign over all departments."""
    now = clock.now()
    with transaction():
        campaign = campaigns.create_campaign(
            kind=kind,
            title=title,
            description="",
            indicator_version_id=city.version.id,
            channels=list(CHANNELS),
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(days=7),
            departments=[department.id for department in city.departments],
            actor=city.actors["office1"],
            now=now,
        )
        campaigns.open_campaign(campaign.id, actor=city.actors["office1"], now=now)
    return campaign


def _rate(
    draw: random.Random, campaign_id: int, department_id: int, lean: float, size: int
) -> None:
    def level() -> int:
        return max(1, min(5, round(draw.gauss(3.9 + lean * 0.8, 0.9))))

    for channel in CHANNELS:
        number = draw.randint(max(1, size // 2), size)
        levels = [[0 if draw.random() < 0.1 else level() for _ in range(8)] for _ in range(number)]
        store_ratings(
            campaign_id,
            department_id,
            [level() for _ in range(number)],
            channel=channel,
            levels=levels,
        )


def work_out(campaign_id: int, scheme_id: int, city: City, *, set_apart: bool = False) -> ScoreRun:
    """Work a settled campaign's scores out, as the worker does."""
    with transaction():
        run = scoring.request_run(
            campaign_id,
            scheme_id,
            set_apart=set_apart,
            actor=city.actors["office1"],
            now=clock.now(),
        )
        run_id = run.id
    assert running.work(run_id)
    done = db.session.get(ScoreRun, run_id, populate_existing=True)
    assert done is not None
    assert done.result is not None, done.reason
    return done


def comment_on(
    campaign_id: int, department_id: int, comments: Sequence[str], **more: object
) -> None:
    """Rate with these comments, which may be shown unless told otherwise."""
    for comment in comments:
        store_ratings(
            campaign_id,
            department_id,
            [5],
            comment=comment,
            **{"comment_state": CommentState.PASSED, **more},  # type: ignore[arg-type]
        )


def store_responses(campaign_id: int, days: int = 8) -> None:
    """Store two panels' cells and what came in day by day."""
    cells = {"区县=东区": (2000, 200), "区县=西区": (1200, 120), "区县=南区+北区": (400, 40)}
    with transaction():
        number = 1
        for panel, rate in ((Panel.RESIDENTS, 0.07), (Panel.OFFICIALS, 0.11)):
            draw_by_hand(campaign_id, panel, cells, first=number)
            for _, asked in cells.values():
                for day in range(days):
                    db.session.add(
                        CellResponse(
                            campaign_id=campaign_id,
                            cell=number,
                            asked=asked,
                            day=clock.today() - timedelta(days=days - day),
                            answered=min(asked, int(asked * rate * (day + 1))),
                        )
                    )
                number += 1
