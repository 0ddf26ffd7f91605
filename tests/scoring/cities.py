"""Campaigns of the small city that are ready to be scored."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.indicators import queries as indicators
from server.integrity.models import Finding, FindingRating
from server.integrity.rules import FindingKind
from server.sampling.models import DrawnPerson
from server.sampling.rules import Panel, Standing
from server.scoring import service
from server.scoring.document import starting_document
from server.scoring.scheme import Scheme, build
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.sampling import draw_by_hand

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CHANNELS = [
    {"channel": "service_centre", "weight": "60"},
    {"channel": "open", "weight": "40"},
]
RESIDENTS = {"code": "residents", "name": "普通群众", "weight": "100"}
DRAWN = 12


def content_of(
    city: City, channels: Sequence[Mapping[str, Any]] = CHANNELS, **more: Any
) -> dict[str, Any]:
    """Return a scheme's document over the city's indicators."""
    start = starting_document("试行方案", indicators.tree(city.version.id))
    return {**start, "channels": list(channels), **more}


def city_scheme(city: City, channels: Sequence[Mapping[str, Any]] = CHANNELS) -> Scheme:
    return build(content_of(city, channels))


def sampled(**panel: Any) -> list[dict[str, Any]]:
    """Return the channels of a scheme that scores residents alone."""
    return [{"channel": "sample", "weight": "100", "panels": [{**RESIDENTS, **panel}]}]


def stored_scheme(city: City, channels: Sequence[Mapping[str, Any]] = CHANNELS) -> int:
    with transaction():
        return service.create_scheme(content_of(city, channels), actor=SYSTEM, now=NOW).id


def settled_campaign(city: City) -> Campaign:
    """Return a settled campaign: the first department has 90.00 points, the others too few."""
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 6 + [4] * 6, channel=Channel.SERVICE_CENTRE)
    store_ratings(campaign.id, department, [4] * 9)
    store_ratings(campaign.id, city.departments[1].id, [5] * 3)
    close_and_settle(campaign.id)
    return campaign


def draw_cells(
    campaign_id: int, cells: Mapping[str, int], panel: Panel = Panel.RESIDENTS, first: int = 1
) -> None:
    """Draw a panel by hand: cell name -> people; 12 drawn in each, one of them replaced."""
    with transaction():
        drawn = {name: (people, DRAWN) for name, people in cells.items()}
        draw = draw_by_hand(campaign_id, panel, drawn, first)
        for number in range(first, first + len(cells)):
            for one in range(DRAWN):
                place = number * 100 + one
                standing = Standing.REPLACED if one == 0 else Standing.MAIN
                db.session.add(
                    DrawnPerson(
                        draw_id=draw.id,
                        place=place,
                        number=place,
                        cell=number,
                        standing=standing.value,
                    )
                )


def surveyed_campaign(city: City) -> Campaign:
    """Return a settled campaign with a sample: 东 has 600 people and 30 ratings, 西 400 and 10.

    Two departments have half of them each; 东 is very satisfied, 西 very dissatisfied.
    """
    campaign = city.campaign(channels=(Channel.SAMPLE,))
    draw_cells(campaign.id, {"区=东": 600, "区=西": 400})
    for department in city.departments[:2]:
        for cell, level, number in ((1, 5, 15), (2, 1, 5)):
            store_ratings(
                campaign.id, department.id, [level] * number, channel=Channel.SAMPLE, cell=cell
            )
    close_and_settle(campaign.id)
    return campaign


def set_apart(campaign_id: int, department_id: int, ratings: Sequence[UUID]) -> None:
    """Let an open finding set ratings apart."""
    with transaction():
        finding = Finding(
            campaign_id=campaign_id,
            department_id=department_id,
            channel=int(Channel.OPEN),
            kind=FindingKind.BURST.value,
            fingerprint=sha256(repr(ratings).encode()).digest(),
            evidence={},
            ratings=len(ratings),
            found_on=NOW.date(),
        )
        db.session.add(finding)
        db.session.flush()
        db.session.add_all(
            FindingRating(finding_id=finding.id, evaluation_id=rating) for rating in ratings
        )


def suspected_campaign(city: City) -> Campaign:
    """Return a settled campaign, of whose 20 open ratings a finding sets the 8 worst apart."""
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 20, channel=Channel.SERVICE_CENTRE)
    store_ratings(campaign.id, department, [5] * 12)
    suspects = store_ratings(campaign.id, department, [1] * 8)
    close_and_settle(campaign.id)
    set_apart(campaign.id, department, suspects)
    return campaign
