"""Drawn persons who can be written to: a small open survey, its draw, and what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from server.campaigns.models import Campaign
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.transaction import transaction
from server.sampling import dispatching, queries, sending
from server.sampling.models import Dispatch, DrawnPerson, SampleDraw
from server.sampling.persons import Contact
from server.sampling.rules import Standing, Way
from server.sms.platform import Message
from server.wechat.platform import current_platform
from tests.factories.city import City
from tests.factories.sampling import make_draw, make_frame, sample_campaign

DAY = timedelta(days=1)
# Everybody of a small frame is drawn; the others wait as reserves.
ONE_CELL = {("东区",): 24}


@dataclass
class Sample:
    """A draw of 24 persons in one cell: as many asked as the plan says, the others in reserve."""

    city: City
    campaign: Campaign
    draw: SampleDraw

    @property
    def office(self) -> Actor:
        return self.city.actors["office1"]

    @property
    def codes(self) -> list[str]:
        return queries.codes_of(self.draw)

    def persons(self, *standings: Standing) -> list[DrawnPerson]:
        """Return drawn persons by place, read afresh."""
        db.session.expire_all()
        wanted = [one.value for one in standings or tuple(Standing)]
        found = select(DrawnPerson).where(
            DrawnPerson.draw_id == self.draw.id, DrawnPerson.standing.in_(wanted)
        )
        return list(db.session.scalars(found.order_by(DrawnPerson.place)))

    def dispatches(self, **only: Any) -> list[Dispatch]:
        """Return what was to be sent, by place and round, read afresh."""
        db.session.expire_all()
        found = select(Dispatch).where(Dispatch.draw_id == self.draw.id).filter_by(**only)
        return list(db.session.scalars(found.order_by(Dispatch.round, Dispatch.place)))

    def invite(self, *, now: datetime | None = None, sms: bool = True) -> dict[Way, int]:
        with transaction():
            return dispatching.invite(
                self.draw.id, sms=sms, actor=self.office, now=now or clock.now()
            )

    def remind(self, *, now: datetime | None = None) -> dict[Way, int]:
        with transaction():
            return dispatching.remind(
                self.draw.id, sms=True, actor=self.office, now=now or clock.now()
            )

    def send(self, sms: "Outbox", *, now: datetime | None = None) -> int:
        """Send what waits, once over."""
        return sending.sweep(current_platform(), sms, now=now or clock.now())


@dataclass
class Outbox:
    """A sender of text messages that keeps them; ``fails`` is asked first."""

    sent: list[Message] = field(default_factory=list)
    fails: dict[str, list[Exception]] = field(default_factory=dict)
    name: str = "outbox"
    sends: bool = True

    def send(self, message: Message) -> None:
        waiting = self.fails.get(message.number) or self.fails.get("")
        if waiting:
            raise waiting.pop(0)
        self.sent.append(message)

    def links(self) -> list[str]:
        return [message.parameters["link"] for message in self.sent]


def make_sample(
    city: City,
    people: Sequence[Contact] | None = None,
    *,
    reserve_share: str = "0.5",
    margin: str = "0.2",
) -> Sample:
    """Draw for an open survey; ``people`` are the 24 of the frame, in its order."""
    campaign = sample_campaign(city, is_open=True)
    frame = make_frame(city, ONE_CELL, dimensions=("区县",), people=people)
    draw = make_draw(city, campaign, frame, margin=margin, reserve_share=reserve_share)
    return Sample(city, campaign, draw)
