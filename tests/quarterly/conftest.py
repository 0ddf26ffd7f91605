"""A quarter with scores."""

import pytest

from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.transaction import transaction
from server.publication import service as publication
from server.quarterly.queries import Edition
from tests.factories.city import City
from tests.factories.quarters import campaign_with, group, publish
from tests.factories.scores import scored_run


@pytest.fixture
def scored_edition(city: City) -> Edition:
    """An edition of a campaign with scores: two departments in a group, one in none."""
    campaign, _ = campaign_with(
        city,
        {
            (0, Channel.SERVICE_CENTRE): [5] * 12 + [4] * 8,
            (1, Channel.SERVICE_CENTRE): [4] * 14 + [3] * 6,
            (2, Channel.SERVICE_CENTRE): [5] * 16 + [1] * 4,
        },
        kind=CampaignKind.SURVEY,
    )
    run = scored_run(city, campaign)
    with transaction():
        publication.publish(
            campaign.id,
            score_run_id=run,
            note="公布总分",
            actor=city.actors["office1"],
            now=clock.now(),
        )
    group(city, "窗口部门", [0, 1])
    return publish(city)
