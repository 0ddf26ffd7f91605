"""Cases against published ratings: what isn't published of ratings doesn't follow from cases."""

from datetime import timedelta
from typing import Any
from unittest import mock

from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core import clock
from server.publication import queries as publications
from server.quarterly import gathering
from server.quarterly.rules import Measure
from tests.factories.city import City
from tests.factories.quarters import (
    campaign_with,
    publish,
    register_entries,
    this_quarter,
)

FEW, MANY = Channel.ENTERPRISE_ONLINE, Channel.OPEN
# Twelve poor ratings of a group that is published, and three of seven in one that isn't.
SHOWN = [1] * 12 + [5] * 20
HIDDEN = [1, 1, 2, 5, 5, 5, 5]


def cases_of(document: Any, department: int) -> Any:
    for group in document["groups"]:
        for one in group["departments"]:
            if one["id"] == department:
                return one["cases"]
    raise AssertionError(department)


def poor_published(campaign: Campaign, department: int) -> int:
    """Return how many poor ratings the campaign's publication tells of."""
    current = publications.current(campaign.id)
    assert current is not None
    node = publications.department_of(current, department)
    return sum(
        channel["distribution"]["1"] + channel["distribution"]["2"]
        for channel in node["channels"]
        if "withheld" not in channel
    )


def a_quarter(city: City) -> Campaign:
    """Publish ratings, each poor one with a case; the other departments have cases enough."""
    ratings = {(0, MANY): SHOWN, (0, FEW): HIDDEN}
    campaign, _ = campaign_with(city, ratings, visits={(0, MANY): 12, (0, FEW): 3})
    for place in (1, 2):
        register_entries(city, place, 15)
    return campaign


def test_poor_ratings_of_a_withheld_group_can_not_be_had_by_subtracting(city: City) -> None:
    campaign = a_quarter(city)
    department = city.departments[0].id
    found = cases_of(publish(city).document, department)
    assert found["registered"] == {"of": 12}
    assert found["registered"]["of"] - poor_published(campaign, department) == 0


def test_that_attack_succeeds_where_all_cases_are_counted(city: City) -> None:
    campaign = a_quarter(city)
    department = city.departments[0].id
    with mock.patch.object(gathering, "left_out", return_value=set()):
        found = cases_of(publish(city).document, department)
    told = found["registered"]["of"] - poor_published(campaign, department)
    assert told == 3, "how many of the seven were dissatisfied"


def test_ratings_of_a_campaign_that_is_not_published_yet_do_not_count_in_any_quarter(
    city: City,
) -> None:
    a_quarter(city)
    # It belongs to another quarter, or is open still: its cases are of this one all the same.
    campaign_with(city, {(0, MANY): [1] * 14}, visits={(0, MANY): 14}, settled=False)
    department = city.departments[0].id
    first = cases_of(publish(city).document, department)
    assert first["registered"] == {"of": 12}


def test_a_joined_case_counts_where_one_of_its_ratings_is_published(city: City) -> None:
    # The poor ones of both groups are of one indicator, so they are one case; it counts once the
    # day of its ratings is over.
    today, over = clock.today(), clock.now() + timedelta(days=1)
    campaign_with(city, {(0, MANY): SHOWN, (0, FEW): HIDDEN}, rated_on=today)
    campaign_with(city, {(1, MANY): [5] * 12, (1, FEW): HIDDEN}, rated_on=today)
    figures = gathering.case_figures(this_quarter(), as_of=over)
    numbers = {key: found[Measure.REGISTERED].of for key, found in figures.items()}
    assert numbers == {city.departments[0].id: 1}
