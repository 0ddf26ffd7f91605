"""From the ledger to a file that gives the same scores again."""

from decimal import Decimal

import pytest
from sqlalchemy import event

from server.campaigns.rules import Channel
from server.core.database import db
from server.core.errors import Refusal
from server.sampling.rules import Panel
from server.scoring import canonical
from server.scoring.counting import take_snapshot
from server.scoring.recompute import recompute
from server.scoring.result import result
from server.scoring.rules import OVERALL_LEAF
from server.scoring.scheme import canonical_document, digest
from server.scoring.snapshot import Group, Snapshot, Stratum, document
from server.scoring.tree import score_department
from server.scoring.weighting import WeightingError
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle, store_ratings
from tests.factories.excluding import exclude
from tests.factories.pairings import make_community, make_village, pair, signed_campaign
from tests.scoring.cities import (
    city_scheme,
    draw_cells,
    sampled,
    set_apart,
    surveyed_campaign,
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
    snapshot = take_snapshot(campaign.id, scheme)
    assert snapshot.scheme_digest == digest(scheme)
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
    exclude(city, campaign.id, first)
    group = group_of(take_snapshot(campaign.id, city_scheme(city)), department, Channel.OPEN)
    assert group.raters == 11
    assert group.cells[0].leaves["A1"] == {5: 11}


def test_nothing_is_counted_before_a_campaign_is_settled(city: City) -> None:
    campaign = city.campaign()
    store_ratings(campaign.id, city.departments[0].id, [5] * 12)
    with pytest.raises(Refusal, match="campaign_sealed"):
        take_snapshot(campaign.id, city_scheme(city))
    close(campaign.id)
    with pytest.raises(Refusal, match="campaign_not_settled"):
        take_snapshot(campaign.id, city_scheme(city))


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
        take_snapshot(campaign.id, scheme)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) <= 9


def test_a_snapshot_of_the_ledger_holds_nothing_of_any_person(city: City) -> None:
    campaign = city.campaign()
    store_ratings(campaign.id, city.departments[0].id, [5] * 3, comment="我是张三")
    close_and_settle(campaign.id)
    text = canonical.encode(document(take_snapshot(campaign.id, city_scheme(city)))).decode()
    assert "张三" not in text


def test_cells_of_the_sample_weigh_what_their_people_are(city: City) -> None:
    campaign = surveyed_campaign(city)
    snapshot = take_snapshot(campaign.id, city_scheme(city, sampled()))
    # 600 / 30 and 400 / 10 people a rating, times 40 ratings / 1000 people.
    assert snapshot.strata == (
        Stratum("residents", "区=东", 600, 11, 30, Decimal("0.800000")),
        Stratum("residents", "区=西", 400, 11, 10, Decimal("1.600000")),
    )
    group = group_of(snapshot, city.departments[0].id, Channel.SAMPLE)
    assert (group.panel, group.raters) == ("residents", 20)
    assert [(cell.name, cell.weight) for cell in group.cells] == [
        ("区=东", Decimal("0.800000")),
        ("区=西", Decimal("1.600000")),
    ]
    assert group.cells[0].leaves["A1"] == {5: 15}
    node = score_department(city_scheme(city, sampled()), next(iter(snapshot.departments)))
    # (0.8 x 15 x 100 + 1.6 x 5 x 0) / (0.8 x 15 + 1.6 x 5)
    assert node.score == Decimal("60.00")
    # 20 x (0.64 x 15 + 2.56 x 5) / 20²
    assert node.channels[0].panels[0].design_effect == Decimal("1.120000")


def test_a_scheme_s_margins_overrule_the_frame(city: City) -> None:
    campaign = surveyed_campaign(city)
    scheme = city_scheme(city, sampled(margins={"区": {"东": 500, "西": 500}}))
    strata = take_snapshot(campaign.id, scheme).strata
    assert [one.weight for one in strata] == [Decimal("0.666667"), Decimal("2.000000")]


def test_margins_that_nobody_answered_for_are_told(city: City) -> None:
    campaign = city.campaign(channels=(Channel.SAMPLE,))
    draw_cells(campaign.id, {"区=东": 600, "区=西": 400})
    store_ratings(campaign.id, city.departments[0].id, [5], channel=Channel.SAMPLE, cell=1)
    close_and_settle(campaign.id)
    scheme = city_scheme(city, sampled(margins={"区": {"东": 600, "西": 400}}))
    with pytest.raises(WeightingError, match="“区：西”没有收到评价"):
        take_snapshot(campaign.id, scheme)


def test_a_rating_of_a_cell_that_was_never_drawn_stops_the_count(city: City) -> None:
    campaign = city.campaign(channels=(Channel.SAMPLE,))
    store_ratings(campaign.id, city.departments[0].id, [5], channel=Channel.SAMPLE, cell=3)
    close_and_settle(campaign.id)
    with pytest.raises(WeightingError, match="层号 3"):
        take_snapshot(campaign.id, city_scheme(city, sampled()))


def test_two_panels_are_two_groups(city: City) -> None:
    campaign, department = city.campaign(channels=(Channel.SAMPLE,)), city.departments[0].id
    draw_cells(campaign.id, {"": 600})
    draw_cells(campaign.id, {"": 90}, panel=Panel.OFFICIALS, first=2)
    store_ratings(campaign.id, department, [5] * 12, channel=Channel.SAMPLE, cell=1)
    store_ratings(campaign.id, department, [1] * 11, channel=Channel.SAMPLE, cell=2)
    close_and_settle(campaign.id)
    snapshot = take_snapshot(campaign.id, city_scheme(city, sampled()))
    groups = next(one for one in snapshot.departments if one.id == department).groups
    assert [(group.panel, group.raters) for group in groups] == [
        ("officials", 11),
        ("residents", 12),
    ]


def test_what_findings_set_apart_can_be_left_out(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 12)
    suspects = store_ratings(campaign.id, department, [1] * 2)
    store_ratings(campaign.id, city.departments[1].id, [4])
    close_and_settle(campaign.id)
    set_apart(campaign.id, department, suspects)
    scheme = city_scheme(city)
    whole = take_snapshot(campaign.id, scheme)
    rest = take_snapshot(campaign.id, scheme, set_apart=True)
    assert (whole.set_apart, rest.set_apart) == (False, True)
    assert group_of(whole, department, Channel.OPEN).cells[0].leaves["A1"] == {5: 12, 1: 2}
    group = group_of(rest, department, Channel.OPEN)
    assert group.raters == 12
    assert group.cells[0].leaves["A1"] == {5: 12}
    other = city.departments[1].id
    assert group_of(rest, other, Channel.OPEN) == group_of(whole, other, Channel.OPEN)


def test_the_same_ledger_gives_the_same_bytes(city: City) -> None:
    campaign = surveyed_campaign(city)
    scheme = city_scheme(city, sampled())
    first, second = (
        canonical.encode(result(scheme, take_snapshot(campaign.id, scheme))) for _ in range(2)
    )
    assert first == second
    whole = {
        "scheme": canonical_document(scheme),
        "snapshot": document(take_snapshot(campaign.id, scheme)),
    }
    assert recompute(canonical.encode(whole)) == first


def test_signed_groups_tell_how_many_organisations_could_have_rated(city: City) -> None:
    department, other = city.departments[0], city.departments[1]
    first, second, village = (
        make_community(city, "滨江社区"),
        make_community(city, "湖畔社区"),
        make_village(city),
    )
    for organisation in (first, second, village):
        pair(city, organisation, department)
    pair(city, first, other)
    campaign = signed_campaign(city)
    # Made too late for this campaign, whatever day it says.
    pair(city, make_community(city, "后来社区"), department)
    store_ratings(campaign.id, department.id, [5], channel=Channel.COMMUNITY)
    store_ratings(campaign.id, other.id, [5], channel=Channel.COMMUNITY)
    store_ratings(campaign.id, department.id, [4] * 3, channel=Channel.OPEN)
    close_and_settle(campaign.id)
    scheme = city_scheme(city, [{"channel": "community", "weight": "100"}])
    taken = take_snapshot(campaign.id, scheme)
    community = group_of(taken, department.id, Channel.COMMUNITY)
    assert (community.raters, community.paired) == (1, 2)
    assert group_of(taken, other.id, Channel.COMMUNITY).paired == 1
    assert group_of(taken, department.id, Channel.OPEN).paired is None
    nodes = {one.id: score_department(scheme, one).figure for one in taken.departments}
    assert nodes[other.id].standard_error == 0
    assert nodes[department.id].standard_error == Decimal("35.355339")
