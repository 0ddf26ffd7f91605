"""From the ledger to a file that gives the same scores again."""

import json
from datetime import UTC, datetime

import pytest
from apiflask import APIFlask
from sqlalchemy import event

from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import review
from server.evaluation.rules import ExclusionReason
from server.indicators import queries as indicators
from server.scoring import canonical, queries, service
from server.scoring.counting import take_snapshot
from server.scoring.document import starting_document
from server.scoring.recompute import recompute
from server.scoring.rules import OVERALL_LEAF
from server.scoring.scheme import Scheme, build, digest
from server.scoring.snapshot import Group, Snapshot, document
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle, store_ratings

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CHANNELS = [
    {"channel": "service_centre", "weight": "60"},
    {"channel": "open", "weight": "40"},
]


def city_scheme(city: City) -> Scheme:
    return build(
        {**starting_document("试行方案", indicators.tree(city.version.id)), "channels": CHANNELS}
    )


def group_of(snapshot: Snapshot, department_id: int, channel: Channel) -> Group:
    department = next(one for one in snapshot.departments if one.id == department_id)
    return next(group for group in department.groups if group.channel is channel)


def test_answers_are_counted_by_channel_leaf_and_level(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5, 4, 4])
    levels = [[5, 0, 0, 0, 0, 0, 0, 0], [1, 3, 3, 3, 3, 3, 3, 3]]
    store_ratings(campaign.id, department, [5, 2], channel=Channel.SERVICE_CENTRE, levels=levels)
    store_ratings(campaign.id, city.departments[1].id, [1])
    close_and_settle(campaign.id)
    scheme = city_scheme(city)
    snapshot = take_snapshot(campaign.id, scheme, now=NOW)
    assert snapshot.scheme_digest == digest(scheme)
    assert snapshot.taken_at == "2026-11-23T08:00:00Z"
    assert len(snapshot.departments) == len(city.departments)
    centre = group_of(snapshot, department, Channel.SERVICE_CENTRE)
    assert centre.raters == 2
    (cell,) = centre.cells
    assert cell.leaves[OVERALL_LEAF] == {5: 1, 2: 1}
    assert cell.leaves["A1"] == {5: 1, 1: 1}
    assert cell.leaves["A2"] == {0: 1, 3: 1}
    assert group_of(snapshot, department, Channel.OPEN).cells[0].leaves["A1"] == {5: 1, 4: 2}


def test_an_excluded_rating_is_not_counted(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    first = store_ratings(campaign.id, department, [5] * 12)[0]
    close_and_settle(campaign.id)
    now = clock.now()
    with transaction():
        proposal = review.propose_exclusion(
            campaign.id,
            first,
            reason=ExclusionReason.TEST,
            note="",
            actor=city.actors["office1"],
            now=now,
        )
        review.decide_exclusion(proposal.id, confirm=True, actor=city.actors["office2"], now=now)
    group = group_of(
        take_snapshot(campaign.id, city_scheme(city), now=NOW), department, Channel.OPEN
    )
    assert group.raters == 11
    assert group.cells[0].leaves["A1"] == {5: 11}


def test_nothing_is_counted_before_a_campaign_is_settled(city: City) -> None:
    campaign = city.campaign()
    store_ratings(campaign.id, city.departments[0].id, [5] * 12)
    with pytest.raises(Refusal, match="campaign_sealed"):
        take_snapshot(campaign.id, city_scheme(city), now=NOW)
    close(campaign.id)
    with pytest.raises(Refusal, match="campaign_not_settled"):
        take_snapshot(campaign.id, city_scheme(city), now=NOW)


def test_counting_takes_the_same_number_of_queries_for_any_number_of_departments(
    city: City,
) -> None:
    campaign = city.campaign()
    for department in city.departments:
        store_ratings(campaign.id, department.id, [5, 4])
    close_and_settle(campaign.id)
    scheme, statements = city_scheme(city), []

    def note(*arguments: object) -> None:
        statements.append(arguments[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        take_snapshot(campaign.id, scheme, now=NOW)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) <= 8


def test_the_command_fixes_the_scheme_and_its_file_gives_the_same_again(
    app: APIFlask, city: City
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 6 + [4] * 6, channel=Channel.SERVICE_CENTRE)
    store_ratings(campaign.id, department, [4] * 9)
    close_and_settle(campaign.id)
    content = {
        **starting_document("试行方案", indicators.tree(city.version.id)),
        "channels": CHANNELS,
    }
    with transaction():
        scheme_id = service.create_scheme(content, actor=SYSTEM, now=NOW).id
    ran = app.test_cli_runner().invoke(args=["scores", str(campaign.id), str(scheme_id)])
    assert ran.exit_code == 0, ran.output
    whole = json.loads(ran.stdout_bytes)
    assert recompute(ran.stdout_bytes) == canonical.encode(whole["result"])
    first = next(one for one in whole["result"]["departments"] if one["id"] == department)
    assert first["score"] == "90.00"
    assert first["channels"][1]["reason"] == "too_few"
    db.session.expire_all()
    assert queries.stored_scheme(scheme_id).frozen_at is not None


def test_the_command_refuses_a_sealed_campaign_and_leaves_the_scheme_open(
    app: APIFlask, city: City
) -> None:
    campaign = city.campaign()
    content = {
        **starting_document("试行方案", indicators.tree(city.version.id)),
        "channels": CHANNELS,
    }
    with transaction():
        scheme_id = service.create_scheme(content, actor=SYSTEM, now=NOW).id
    ran = app.test_cli_runner().invoke(args=["scores", str(campaign.id), str(scheme_id)])
    assert ran.exit_code == 1
    db.session.expire_all()
    assert queries.stored_scheme(scheme_id).frozen_at is None


def test_a_snapshot_of_the_ledger_holds_nothing_of_any_person(city: City) -> None:
    campaign = city.campaign()
    store_ratings(campaign.id, city.departments[0].id, [5] * 3, comment="我是张三")
    close_and_settle(campaign.id)
    text = canonical.encode(
        document(take_snapshot(campaign.id, city_scheme(city), now=NOW))
    ).decode()
    assert "张三" not in text
