"""Frames and draws of the sample survey, made through the services."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.transaction import transaction
from server.sampling import service
from server.sampling.models import SampleCell, SampleDraw, SampleFrame
from server.sampling.persons import Contact
from server.sampling.rules import Panel
from tests.factories.city import City

_persons = count(1)
# 60 persons in two districts of three ages.
USUAL: Mapping[tuple[str, ...], int] = {
    (district, age): 10
    for district in ("东区", "西区")
    for age in ("18至35岁", "36至60岁", "61岁以上")
}


def contacts(number: int) -> Iterator[Contact]:
    """Yield persons whom no other call yields."""
    for _ in range(number):
        at = next(_persons)
        yield Contact(f"张{at}", f"13{at:09d}", f"江滨路 {at} 号")


def sample_campaign(city: City, *, is_open: bool = False) -> Campaign:
    """Make a survey with the sample's channel over the city's three departments."""
    return city.campaign(is_open=is_open, channels=(Channel.OPEN, Channel.SAMPLE))


def make_frame(
    city: City,
    strata: Mapping[tuple[str, ...], int] = USUAL,
    *,
    panel: Panel = Panel.RESIDENTS,
    dimensions: Iterable[str] = ("区县", "年龄"),
    people: Iterable[Contact] | None = None,
    name: str = "2026 年样本库",
    actor: Actor | None = None,
    now: datetime | None = None,
) -> SampleFrame:
    """Make a frame with so many persons in each stratum, all of them new unless given."""
    rows = [categories for categories, number in strata.items() for _ in range(number)]
    known = list(people) if people is not None else list(contacts(len(rows)))
    with transaction():
        return service.add_frame(
            panel,
            name,
            list(dimensions),
            zip(known, rows, strict=True),
            actor=actor or city.actors["office1"],
            now=now or clock.now(),
        )


def make_draw(city: City, campaign: Campaign, frame: SampleFrame, **said: Any) -> SampleDraw:
    """Draw a frame's panel for a campaign; each person rates every department unless told."""
    with transaction():
        return service.draw_sample(
            campaign.id,
            frame.id,
            **{
                "margin": "0.05",
                "departments_each": len(city.departments),
                "seed": "甲子年第一期",
                "actor": city.actors["office1"],
                "now": clock.now(),
                **said,
            },
        )


def draw_by_hand(
    campaign_id: int, panel: Panel, cells: Mapping[str, tuple[int, int]], first: int = 1
) -> SampleDraw:
    """Put a draw into the tables without drawing: cell name -> its people, and those drawn."""
    now = clock.now()
    frame = SampleFrame(
        organisation_id=campaigns.department_ids(campaign_id)[0],
        panel=panel.value,
        name="样本库",
        dimensions=[],
        size=sum(people for people, _ in cells.values()),
        digest=bytes(32),
        created_at=now,
    )
    db.session.add(frame)
    db.session.flush()
    draw = SampleDraw(
        campaign_id=campaign_id,
        frame_id=frame.id,
        panel=panel.value,
        seed="1",
        plan={},
        departments_each=1,
        drawn_at=now,
    )
    db.session.add(draw)
    db.session.flush()
    for number, (name, (people, drawn)) in enumerate(cells.items(), start=first):
        db.session.add(
            SampleCell(
                campaign_id=campaign_id,
                number=number,
                draw_id=draw.id,
                name=name,
                population=people,
                drawn=drawn,
            )
        )
    db.session.flush()
    return draw
