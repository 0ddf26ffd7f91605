"""Poor ratings that become cases, and what raters and departments do about them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import registering
from server.rectification import service as rectification
from server.rectification.models import Case, CaseOrigin
from tests.factories.city import City
from tests.factories.rating import Phone, new_receipt

CONTACT = {"name": "张三", "phone": "13800000000"}
People = Callable[[str], Phone]


@dataclass
class Poor:
    """A poor rating with the receipt of its rater."""

    campaign: Campaign
    phone: Phone
    receipt: str

    def ask(self, path: str = "", method: str = "GET", body: object = None) -> TestResponse:
        """Call a route of this receipt, signed in."""
        return self.phone.client.open(
            f"/api/v1/campaigns/{self.campaign.id}/receipt{path}",
            method=method,
            json=body,
            headers={**self.phone.headers, "Receipt": self.receipt},
        )

    def ask_unknown(self, path: str, method: str = "GET", body: object = None) -> TestResponse:
        """Call a route of this receipt without any sign-in."""
        return self.phone.client.open(
            f"/api/v1/campaigns/{self.campaign.id}/receipt{path}",
            method=method,
            json=body,
            headers={"Receipt": self.receipt},
        )


def service_campaign(city: City) -> Campaign:
    """Open a service campaign in which anybody may rate."""
    return city.campaign(kind=CampaignKind.SERVICE)


def rate_poorly(
    person: Phone, campaign: Campaign, department: int, level: int = 1, **more: Any
) -> Poor:
    """Have somebody rate, poorly unless told otherwise."""
    receipt = new_receipt()
    answer = person.rate(campaign.id, department, level, receipt=receipt, **more)
    assert answer.status_code == 201, answer.text
    return Poor(campaign, person, receipt)


def next_midnight(days: int = 1) -> datetime:
    """Return a moment shortly after the midnight that ends today, or some days later."""
    return registering.after(clock.today() + timedelta(days=days - 1)) + timedelta(minutes=5)


def cases() -> list[Case]:
    """Return every case, in the order of registration."""
    db.session.expire_all()
    return list(db.session.scalars(select(Case).order_by(Case.registered_at, Case.number)))


def only_case() -> Case:
    """Return the one case there is."""
    (case,) = cases()
    return case


def origins() -> list[CaseOrigin]:
    """Return every origin."""
    db.session.expire_all()
    return list(db.session.scalars(select(CaseOrigin).order_by(CaseOrigin.id)))


def registered(poor: Poor, *, now: datetime | None = None) -> tuple[Case, CaseOrigin]:
    """Run the sweep of every few seconds, and return the case of the only origin."""
    del poor
    registering.register_at_once(now=now or clock.now())
    (origin,) = origins()
    return db.session.get_one(Case, origin.case_id), origin


def answer_as_department(city: City, case: Case, text: str, *, now: datetime) -> None:
    """Accept and answer a case, as the department's liaison."""
    liaison = city.actors["liaison"]
    with transaction():
        if case.accepted_at is None:
            rectification.accept(case.id, actor=liaison, now=now)
        rectification.answer(case.id, text, actor=liaison, now=now)
