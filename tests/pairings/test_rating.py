"""The phone of a representative: what there is to rate in the name of a community or village."""

from datetime import date, timedelta

from flask.testing import FlaskClient

from server.campaigns import service as campaigns
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.pairings import imports, service
from server.pairings.files import Line
from tests.factories.city import City
from tests.factories.closing import close
from tests.factories.pairings import (
    make_community,
    make_village,
    pair,
    represent,
    signed_campaign,
)
from tests.factories.rating import JSON, Phone

PATH = "/api/v1/me/pairings"


def items(phone: Phone) -> list[JSON]:
    answer = phone.client.get(PATH, headers=phone.headers)
    assert answer.status_code == 200, answer.text
    found: list[JSON] = answer.json["items"]
    return found


def test_a_representative_sees_the_departments_of_the_own_organisation_alone(
    client: FlaskClient, city: City
) -> None:
    community, village = make_community(city), make_village(city)
    pair(city, community, city.departments[0])
    pair(city, community, city.departments[1])
    pair(city, village, city.departments[2])
    campaign = signed_campaign(city)
    (item,) = items(represent(client, "anna", community))
    assert (item["name"], item["kind"]) == ("滨江社区", "community")
    (shown,) = item["campaigns"]
    assert (shown["id"], shown["title"], shown["paused"]) == (campaign.id, campaign.title, False)
    assert [one["name"] for one in shown["departments"]] == ["公安局", "市场监督管理局"]


def test_who_represents_two_sees_both(client: FlaskClient, city: City) -> None:
    community, village = make_community(city), make_village(city)
    pair(city, village, city.departments[0])
    signed_campaign(city)
    represent(client, "anna", community)
    phone = represent(client, "anna", village)
    assert [(one["name"], len(one["campaigns"])) for one in items(phone)] == [
        ("滨江社区", 0),
        ("上塘村", 1),
    ]


def test_a_citizen_and_an_enterprise_have_no_pairings(client: FlaskClient, city: City) -> None:
    assert items(Phone.of(client, "ben")) == []
    assert items(represent(client, "anna", city.enterprise)) == []
    assert client.get(PATH).status_code == 401


def test_only_open_campaigns_with_the_channel_are_shown(client: FlaskClient, city: City) -> None:
    community = make_community(city)
    pair(city, community, city.departments[0])
    phone = represent(client, "anna", community)
    city.campaign(channels=(Channel.OPEN,))
    city.campaign(channels=(Channel.VILLAGE,))
    city.campaign(channels=(Channel.COMMUNITY,), is_open=False)
    closed = city.campaign(channels=(Channel.COMMUNITY,))
    close(closed.id)
    assert items(phone)[0]["campaigns"] == []
    shown = city.campaign(channels=(Channel.COMMUNITY,))
    assert [one["id"] for one in items(phone)[0]["campaigns"]] == [shown.id]


def test_the_day_of_the_opening_decides_what_is_shown_and_taken(
    client: FlaskClient, city: City
) -> None:
    community, today = make_community(city), clock.today()
    yesterday = today - timedelta(days=1)
    over, running, coming = city.departments
    pair(city, community, over, starts_on=date(2026, 1, 1), ends_on=yesterday)
    pair(city, community, running, starts_on=date(2026, 1, 1), ends_on=today)
    pair(city, community, coming, starts_on=today + timedelta(days=1))
    campaign = signed_campaign(city)
    phone = represent(client, "anna", community)
    opening = clock.local_date(campaign.opens_at)
    # Opened an hour ago: around midnight that was yesterday, when the first one still held.
    expected = [over.name, running.name] if opening == yesterday else [running.name]
    shown = items(phone)[0]["campaigns"][0]["departments"]
    assert sorted(one["name"] for one in shown) == sorted(expected)
    for department in city.departments:
        answer = phone.rate(campaign.id, department.id, organisation=community.id)
        taken = department.name in expected
        assert answer.status_code == (201 if taken else 409)
        assert taken or answer.json["code"] == "department_not_paired"


def test_a_pairing_that_ends_on_the_way_still_counts_to_the_close(
    client: FlaskClient, city: City
) -> None:
    community, department = make_community(city), city.departments[0]
    pairing = pair(city, community, department)
    campaign = signed_campaign(city)
    with transaction():
        service.end_pairing(
            pairing.id, ends_on=clock.today(), actor=city.actors["office1"], now=clock.now()
        )
    phone = represent(client, "anna", community)
    assert len(items(phone)[0]["campaigns"]) == 1
    assert phone.rate(campaign.id, department.id, organisation=community.id).status_code == 201


def test_a_paused_campaign_is_shown_as_such(client: FlaskClient, city: City) -> None:
    community = make_community(city)
    pair(city, community, city.departments[0])
    campaign = signed_campaign(city)
    with transaction():
        campaigns.pause_for_lost_key(campaign.id, actor=SYSTEM, now=clock.now())
    phone = represent(client, "anna", community)
    assert items(phone)[0]["campaigns"][0]["paused"] is True


def test_what_the_organisation_has_rated_is_told_to_its_representatives_without_a_level(
    client: FlaskClient, city: City
) -> None:
    community, village = make_community(city), make_village(city)
    for organisation in (community, village):
        for department in city.departments[:2]:
            pair(city, organisation, department)
    campaign = signed_campaign(city)
    anna, ben = (represent(client, key, community) for key in ("anna", "ben"))
    carl = represent(client, "carl", village)
    rated = city.departments[0]
    anna.rate(campaign.id, rated.id, 1, organisation=community.id)
    anna.rate(campaign.id, city.departments[1].id)

    def shown(phone: Phone) -> dict[str, bool]:
        departments = items(phone)[0]["campaigns"][0]["departments"]
        return {one["name"]: one["rated"] for one in departments}

    for phone in (anna, ben):
        assert shown(phone) == {"公安局": False, rated.name: True}
    assert shown(carl) == {"公安局": False, rated.name: False}
    assert "overall" not in client.get(PATH, headers=ben.headers).text


def test_a_pairing_made_after_the_opening_counts_from_the_next_campaign_on(
    client: FlaskClient, city: City
) -> None:
    campaign, department = signed_campaign(city), city.departments[0]
    made, taken_in = make_community(city), make_community(city, "友好社区")
    pair(city, made, department, starts_on=clock.today() - timedelta(days=400))
    line = Line(2, taken_in.name, department.name, "2025-01-01", "", "")
    with transaction():
        (row,) = imports.apply([line], actor=city.actors["office1"], now=clock.now())
    assert row.outcome == imports.NEW
    for key, community in (("anna", made), ("bert", taken_in)):
        phone = represent(client, key, community)
        assert campaign.id not in [one["id"] for one in items(phone)[0]["campaigns"]]
        answer = phone.rate(campaign.id, department.id, organisation=community.id)
        assert answer.status_code == 409
        assert answer.json["code"] == "department_not_paired"
        assert "开始前" in answer.json["detail"]
        following = city.campaign(channels=(Channel.COMMUNITY,))
        again = phone.rate(following.id, department.id, organisation=community.id)
        assert again.status_code == 201
