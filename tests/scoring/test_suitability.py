"""A scheme beside a campaign: what stops it, and what the office should know."""

from dataclasses import replace

import pytest

from server.campaigns.rules import Channel
from server.core.access import SYSTEM
from server.scoring.scheme import build
from server.scoring.suitability import CampaignFacts, Suitability, compare, suitability
from server.scoring.weighting import SampledCell
from server.settings import service as settings
from server.settings.rules import SMALLEST_GROUP
from tests.factories.city import City
from tests.scoring.cities import NOW, city_scheme, draw_cells, sampled
from tests.scoring.documents import scheme_document, small_scheme

CELLS = [SampledCell("区县=东区", 600, 1), SampledCell("区县=西区", 400, 1)]
FACTS = CampaignFacts(
    channels=frozenset(
        {Channel.SAMPLE, Channel.SERVICE_CENTRE, Channel.COMMUNITY, Channel.ENTERPRISE_ONLINE}
    ),
    leaves={"A1": "办事效率", "A2": "惠企政策"},
    panels={"deputies": [SampledCell("", 90, 1)], "residents": CELLS},
    smallest_group=10,
)


def told(**changes: object) -> Suitability:
    return compare(small_scheme(), replace(FACTS, **changes))  # type: ignore[arg-type]


def test_a_scheme_made_for_the_campaign_suits_it() -> None:
    assert told() == Suitability((), ())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"channels": frozenset({Channel.OPEN})}, "渠道这项活动一个也没有"),
        ({"channels": frozenset({Channel.ENTERPRISE_ONLINE})}, "不能作为评分的唯一依据"),
        ({"channels": frozenset({Channel.SERVICE_CENTRE})}, "权重合计低于"),
        ({"leaves": {"A1": "办事效率", "Z9": "别的事"}}, "不在方案中：Z9 别的事"),
        ({"panels": {**FACTS.panels, "officials": CELLS}}, "群体“机关干部”，方案里没有它"),
        ({"panels": {"residents": CELLS[:1]}}, "普通群众没有抽到“区县：西区”的人"),
        ({"panels": {"residents": [SampledCell("", 1, 1)]}}, "没有按“区县”分层"),
        (
            {"panels": {"residents": [*CELLS, SampledCell("区县=北区", 1, 1)]}},
            "“区县：北区”，评分方案的总体分布里没有",
        ),
        ({"smallest_group": 11}, "低于系统设置的最小公布人数 11"),
    ],
)
def test_what_would_make_scores_wrong_stops_it(changes: dict[str, object], fault: str) -> None:
    faults = told(**changes).faults
    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"channels": FACTS.channels | {Channel.OPEN}}, "不计入分数：公众自主评价"),
        ({"channels": FACTS.channels - {Channel.COMMUNITY}}, "由其他渠道分担：社区评价"),
        ({"panels": {"residents": CELLS}}, "由其他群体分担：两代表一委员"),
        ({"leaves": {"A1": "办事效率"}}, "由其他子项分担：惠企政策"),
    ],
)
def test_what_the_office_should_know_is_told(changes: dict[str, object], note: str) -> None:
    found = told(**changes)
    assert found.faults == ()
    assert len(found.notes) == 1
    assert note in found.notes[0]


@pytest.mark.parametrize(("own", "community"), [("51", "29"), ("49", "1")])
def test_a_scheme_of_too_much_self_chosen_weight_is_told(own: str, community: str) -> None:
    channels = [
        {"channel": "enterprise_online", "weight": own},
        {"channel": "community", "weight": community},
        {"channel": "service_centre", "weight": str(100 - int(own) - int(community))},
    ]
    offered = frozenset({Channel.ENTERPRISE_ONLINE, Channel.COMMUNITY})
    found = compare(small_scheme(channels=channels), replace(FACTS, channels=offered))
    assert [fault for fault in found.faults if "权重超过 50%" in fault]


def test_a_long_list_is_shortened() -> None:
    leaves = {f"Z{number}": f"事{number}" for number in range(8)}
    assert "等 8 项" in told(leaves=leaves).faults[0]


def test_a_panel_is_no_matter_where_the_sample_enters_no_score() -> None:
    channels = [
        {"channel": "service_centre", "weight": "60"},
        {"channel": "community", "weight": "40"},
    ]
    scheme = build(scheme_document(channels=channels))
    assert compare(scheme, FACTS).faults == ()


def test_a_stored_campaign_is_read_with_its_draws_and_the_setting(city: City) -> None:
    campaign = city.campaign(channels=(Channel.SAMPLE,))
    draw_cells(campaign.id, {"区=东": 600, "区=西": 400})
    scheme = city_scheme(city, sampled(margins={"区": {"东": 600, "西": 400}}))
    assert suitability(campaign.id, scheme) == Suitability((), ())
    settings.change(SMALLEST_GROUP, 20, reason="从严", actor=SYSTEM, now=NOW)
    assert len(suitability(campaign.id, scheme).faults) == 1
