"""Results by channel: exact scores, withheld groups, the seal."""

import re
from decimal import Decimal
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import results
from server.evaluation.models import Evaluation
from server.evaluation.rules import ExclusionReason
from server.publication import live, queries, service
from server.publication.queries import Node
from server.settings import service as settings
from server.settings.rules import LEVEL_SCORES, SMALLEST_GROUP
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle, store_ratings
from tests.factories.excluding import exclude

LEAVES = 8


def of_department(campaign: Campaign, department_id: int) -> Node:
    """Return what would be published of a department now."""
    found = service.preview(campaign.id).document["departments"]
    return next(item for item in found if item["id"] == department_id)


def of_channel(campaign: Campaign, department_id: int, channel: Channel) -> Node:
    return channel_of(of_department(campaign, department_id), channel)


def channel_of(node: Node, channel: Channel) -> Node:
    return next(group for group in node["channels"] if group["channel"] == channel.code)


def test_a_score_is_exact_and_rounded_half_up() -> None:
    scores = {5: Decimal(100), 4: Decimal(80), 3: Decimal(60), 2: Decimal(30), 1: Decimal(0)}
    assert results.score({5: 1, 4: 0, 3: 0, 2: 0, 1: 2}, scores) == Decimal("33.33")
    assert results.score({5: 2, 4: 0, 3: 0, 2: 0, 1: 1}, scores) == Decimal("66.67")
    # 0.125 lies half way: half to even would give 0.12.
    tenths = {**scores, 2: Decimal("0.125")}
    assert results.score({5: 0, 4: 0, 3: 0, 2: 1, 1: 0}, tenths) == Decimal("0.13")
    assert results.score({1: 0}, scores) is None
    assert results.score({1: 7}, scores) == Decimal("0.00")


def test_a_group_shows_count_distribution_and_score(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 6 + [4] * 3 + [1])
    close_and_settle(campaign.id)
    group = of_channel(campaign, department, Channel.OPEN)
    assert group == {
        "channel": "open",
        "count": 10,
        "distribution": {"5": 6, "4": 3, "3": 0, "2": 0, "1": 1},
        "score": "84.00",
        "excluded": {},
    }


def test_a_group_below_the_smallest_group_gives_away_nothing(
    city: City, client: FlaskClient
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 9)
    store_ratings(campaign.id, department, [2] * 10, channel=Channel.SERVICE_CENTRE)
    close_and_settle(campaign.id)
    body = client.get(f"/api/v1/campaigns/{campaign.id}/results/{department}").json
    withheld = {
        "channel": "open",
        "withheld": True,
        "count": None,
        "distribution": None,
        "score": None,
        "excluded": None,
    }
    groups = {group["channel"]: group for group in body["channels"]}
    assert groups["open"] == withheld
    # A group without any rating can't be told from one with nine.
    assert groups["enterprise_online"] == {**withheld, "channel": "enterprise_online"}
    assert groups["service_centre"]["count"] == 10
    for leaf in body["leaves"]:
        cell = next(cell for cell in leaf["channels"] if cell["channel"] == "open")
        assert cell == {
            "channel": "open",
            "withheld": True,
            "count": None,
            "unknown": None,
            "mean_score": None,
        }
    assert "count" not in body
    assert "excluded" not in body


def test_many_visits_of_few_raters_are_withheld(city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    department = city.departments[0].id
    for person in range(9):
        store_ratings(
            campaign.id,
            department,
            [5, 4],
            channel=Channel.SERVICE_CENTRE,
            rater_tag=bytes([person]) * 16,
        )
    close_and_settle(campaign.id)
    assert "withheld" in of_channel(campaign, department, Channel.SERVICE_CENTRE)


def test_exclusions_are_counted_by_reason_and_leave_the_score(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 10)
    poor = store_ratings(campaign.id, department, [1] * 3)
    close_and_settle(campaign.id)
    assert of_channel(campaign, department, Channel.OPEN)["score"] == "76.92"
    for identifier in poor[:2]:
        exclude(city, campaign.id, identifier, ExclusionReason.ORGANISED)
    exclude(city, campaign.id, poor[2], ExclusionReason.TEST)
    group = of_channel(campaign, department, Channel.OPEN)
    assert (group["count"], group["score"]) == (10, "100.00")
    assert group["excluded"] == {"organised": 2, "test": 1}


def test_a_group_that_exclusions_make_too_small_is_withheld_with_them(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    first, *_ = store_ratings(campaign.id, department, [5] * 10)
    close_and_settle(campaign.id)
    assert "withheld" not in of_channel(campaign, department, Channel.OPEN)
    exclude(city, campaign.id, first, ExclusionReason.ABUSIVE)
    group = of_channel(campaign, department, Channel.OPEN)
    assert group == {"channel": "open", "withheld": True}


def test_a_rater_whose_only_visit_was_excluded_does_not_make_up_a_group(city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    department = city.departments[0].id
    stored = [
        store_ratings(
            campaign.id,
            department,
            [5, 4] if person else [1],
            channel=Channel.SERVICE_CENTRE,
            rater_tag=bytes([person]) * 16,
        )
        for person in range(10)
    ]
    close_and_settle(campaign.id)
    assert "withheld" not in of_channel(campaign, department, Channel.SERVICE_CENTRE)
    exclude(city, campaign.id, stored[0][0], ExclusionReason.DUPLICATE)
    assert "withheld" in of_channel(campaign, department, Channel.SERVICE_CENTRE)


def test_dont_know_leaves_the_denominator_of_a_leaf(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    known, unknown = [5] * LEAVES, [0] + [1] * (LEAVES - 1)
    store_ratings(campaign.id, department, [5] * 12, levels=[known] * 10 + [unknown] * 2)
    close_and_settle(campaign.id)
    leaves = of_department(campaign, department)["leaves"]
    assert [leaf["code"] for leaf in leaves[:2]] == ["A1", "A2"]
    first, second = (channel_of(leaf, Channel.OPEN) for leaf in leaves[:2])
    assert (first["count"], first["unknown"], first["score"]) == (10, 2, "100.00")
    assert (second["count"], second["unknown"], second["score"]) == (12, 0, "83.33")


def test_a_leaf_that_too_few_could_judge_is_withheld(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    rows = [[5] * LEAVES] * 9 + [[0] + [5] * (LEAVES - 1)] * 3
    store_ratings(campaign.id, department, [5] * 12, levels=rows)
    close_and_settle(campaign.id)
    leaves = of_department(campaign, department)["leaves"]
    cells = [channel_of(leaf, Channel.OPEN) for leaf in leaves]
    assert cells[0] == {"channel": "open", "withheld": True}
    # At most one more, to hide behind.
    assert sum("withheld" in cell for cell in cells) <= 2


def test_withdrawn_ratings_are_in_no_figure(city: City, phone: object) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 10)
    with transaction():
        row = db.session.scalars(
            select(Evaluation).where(Evaluation.campaign_id == campaign.id)
        ).first()
        row.state, row.overall, row.levels = 3, None, []
    close_and_settle(campaign.id)
    assert "withheld" in of_channel(campaign, department, Channel.OPEN)


@pytest.mark.parametrize("kind", list(CampaignKind))
def test_an_open_campaign_is_sealed_and_an_unsettled_one_is_not_ready(
    city: City, client: FlaskClient, kind: CampaignKind
) -> None:
    campaign, department = city.campaign(kind=kind), city.departments[0].id
    paths = (
        f"/api/v1/campaigns/{campaign.id}/results",
        f"/api/v1/campaigns/{campaign.id}/results/{department}",
    )
    for path in paths:
        answer = client.get(path)
        assert (answer.status_code, answer.json["code"]) == (409, "campaign_sealed")
    close(campaign.id)
    for path in paths:
        answer = client.get(path)
        assert (answer.status_code, answer.json["code"]) == (409, "campaign_not_settled")
    listed = client.get("/api/v1/results").json["items"]
    assert [(item["id"], item["settled"]) for item in listed] == [(campaign.id, False)]


def test_a_draft_is_unknown(city: City, client: FlaskClient) -> None:
    campaign = city.campaign(is_open=False)
    assert client.get(f"/api/v1/campaigns/{campaign.id}/results").status_code == 404
    assert client.get("/api/v1/campaigns/999/results").status_code == 404


def test_scores_are_those_that_stood_at_the_close(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [4] * 10)
    close_and_settle(campaign.id)
    with transaction():
        settings.change(
            LEVEL_SCORES,
            {"5": "100", "4": "90", "3": "70", "2": "50", "1": "0"},
            reason="新办法",
            actor=SYSTEM,
            now=clock.now(),
        )
    assert of_channel(campaign, department, Channel.OPEN)["score"] == "80.00"


def test_raising_the_smallest_group_withholds_at_once(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [4] * 10)
    close_and_settle(campaign.id)
    assert "withheld" not in of_channel(campaign, department, Channel.OPEN)
    with transaction():
        settings.change(SMALLEST_GROUP, 11, reason="更稳妥", actor=SYSTEM, now=clock.now())
    assert "withheld" in of_channel(campaign, department, Channel.OPEN)


def test_departments_stand_by_pinyin_and_are_found_by_alias(city: City) -> None:
    campaign = city.campaign()
    close_and_settle(campaign.id)
    departments = queries.published(campaign.id).document["departments"]
    assert [item["name"] for item in departments] == ["公安局", "市场监督管理局", "图书馆"]
    found = queries.matching(departments, "工商")
    assert [item["name"] for item in found] == ["市场监督管理局"]
    assert queries.matching(departments, "没有这样的") == []


def test_a_foreign_department_is_unknown(city: City) -> None:
    campaign = city.campaign()
    close_and_settle(campaign.id)
    with pytest.raises(Refusal) as refused:
        live.department(campaign.id, city.enterprise.id)
    assert refused.value.code == "department_unknown"


def test_results_are_read_from_the_counts_and_never_from_the_ratings(
    city: City, app: APIFlask
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    first, *_ = store_ratings(campaign.id, department, [5] * 12)
    close_and_settle(campaign.id)
    exclude(city, campaign.id, first, ExclusionReason.TEST)
    statements: list[str] = []

    def note(*args: Any) -> None:
        statements.append(args[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert of_channel(campaign, department, Channel.OPEN)["count"] == 11
        live.department(campaign.id, department)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert any("rating_count" in statement for statement in statements)
    assert not any(re.search(r"\bevaluation\b|evaluation_\d", one) for one in statements)


def test_no_total_goes_over_groups(city: City, client: FlaskClient) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 9)
    store_ratings(campaign.id, department, [5] * 12, channel=Channel.SERVICE_CENTRE)
    close_and_settle(campaign.id)
    body = client.get(f"/api/v1/campaigns/{campaign.id}/results").json
    assert set(body) == {
        "campaign",
        "settled",
        "version",
        "published_on",
        "note",
        "digest",
        "scored",
        "smallest_group",
        "level_scores",
        "departments",
    }
    assert body["level_scores"] == {"5": 100, "4": 80, "3": 60, "2": 30, "1": 0}
    assert set(body["departments"][0]) == {"id", "name", "channels", "score"}
