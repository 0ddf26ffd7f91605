"""Small views of a campaign for the pure modules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.figures.views import CampaignView, Heading, Leaf, Rated, RunView, ScoreLine

POINTS = {5: "100", 4: "80", 3: "60", 2: "30", 1: "0"}
CHANNELS = (Channel.OPEN, Channel.SERVICE_CENTRE)


def campaign_view(number: int = 3, **more: object) -> CampaignView:
    values: dict[str, object] = {
        "id": 7,
        "title": "2026 年第三季度",
        "kind": CampaignKind.SERVICE,
        "state": CampaignState.CLOSED,
        "settled": True,
        "sealed": False,
        "opens_at": datetime(2026, 7, 1, tzinfo=UTC),
        "closes_at": datetime(2026, 10, 8, tzinfo=UTC),
        "channels": CHANNELS,
        "points": {level: Decimal(points) for level, points in POINTS.items()},
        "departments": tuple(Rated(at, f"第{at}局", f"{at}局") for at in range(1, number + 1)),
        "whole": True,
        "headings": (
            Heading("A", "服务", (Leaf("A1", "效率", "服务"), Leaf("A2", "态度", "服务"))),
            Heading("B", "职责", (Leaf("B1", "公正", "职责"),)),
        ),
    }
    return CampaignView(**{**values, **more})  # type: ignore[arg-type]


def line(department: int, score: str | None, low: str = "0", high: str = "100") -> ScoreLine:
    if score is None:
        return ScoreLine(department, None, None, None, "too_few", 4)
    return ScoreLine(
        department,
        Decimal(score),
        Decimal(low),
        Decimal(high),
        None,
        50,
        alone=(1, 2),
        in_table=(1, 3),
        shrunk=Decimal(score) - 1,
    )


def run_view(lines: Mapping[int, ScoreLine], *, month: int = 8, year: int = 2026) -> RunView:
    return RunView(
        id=UUID(int=month),
        campaign_id=month,
        campaign_title=f"{year} 年 {month} 月的活动",
        # Its middle is in the month; its end may be in the next quarter.
        opens_at=datetime(year, month, 1, tzinfo=UTC),
        closes_at=datetime(year, month, 27, tzinfo=UTC),
        scheme="方案",
        version=2,
        finished_at=datetime(year, 11, 1, tzinfo=UTC),
        level="0.95",
        ranked=2,
        lines=lines,
    )
