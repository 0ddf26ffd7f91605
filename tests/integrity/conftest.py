"""A closed survey with honest ratings and planted ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import pytest

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from tests.factories.city import City
from tests.factories.manipulation import begun_before, ordinary, store


@dataclass
class Rated:
    """A campaign whose departments got honest ratings on all of its days."""

    city: City
    campaign: Campaign
    days: list[date]
    honest: list[UUID] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.campaign.id

    def department(self, place: int = 0) -> int:
        return self.city.departments[place].id


MakeRated = Callable[..., Rated]


@pytest.fixture
def rated(city: City) -> MakeRated:
    """Make a campaign of 28 days with honest ratings: ``rated(CampaignKind.SERVICE)``."""

    def make(kind: CampaignKind = CampaignKind.SURVEY, each: int = 280) -> Rated:
        campaign = city.campaign(kind=kind)
        made = Rated(city, campaign, begun_before(campaign, 27))
        for place, department in enumerate(city.departments):
            made.honest += store(campaign.id, department.id, ordinary(place, each, made.days))
        return made

    return make
