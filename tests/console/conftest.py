"""A person at the desk: a browser's session, and the CSRF token that its forms carry."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.campaigns.models import Campaign
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import service, tasks
from server.evaluation.models import Evaluation
from server.identity.models import Organisation, RoleGrant
from tests.factories.city import City
from tests.factories.figures import Quarters, make_quarters

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Desk:
    """A signed-in browser."""

    client: FlaskClient

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(f"/console{path}", **more)

    def read(self, path: str, status: int = 200) -> str:
        """Open a page that must answer with ``status``; return its text."""
        answer = self.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def post(self, path: str, **form: object) -> TestResponse:
        """Send a form the way a page of this session would."""
        found = TOKEN.search(self.get("/password").text)
        assert found
        return self.client.post(f"/console{path}", data={**form, "csrf_token": found[1]})

    def told(self) -> str:
        """Return the next page, which shows how the last step went."""
        return self.read("/")


SignIn = Callable[[str], Desk]


@pytest.fixture
def desk(app: APIFlask, city: City) -> SignIn:
    """Sit down as one of the city's accounts: ``desk("office1").get("/campaigns")``."""

    def sit_down(name: str) -> Desk:
        client = app.test_client()
        account = city.accounts[name]
        db.session.refresh(account)
        with client.session_transaction("/console/") as session:
            session["account"] = {"id": str(account.id), "epoch": account.session_epoch}
        return Desk(client)

    return sit_down


def confine(city: City, name: str, place: Organisation) -> None:
    """Let an account's roles reach one place of the tree alone."""
    account = city.accounts[name].id
    with transaction():
        for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == account)):
            grant.organisation_id = place.id


Rate = Callable[..., list[Evaluation]]


@pytest.fixture
def rate(app: APIFlask) -> Rate:
    """Put ratings straight into a campaign: ``rate(campaign, department, levels=[5, 4])``."""

    def put(
        campaign: Campaign, department: Organisation, levels: list[int], **more: object
    ) -> list[Evaluation]:
        rows = [
            Evaluation(
                campaign_id=campaign.id,
                id=uuid4(),
                department_id=department.id,
                rated_on=clock.today(),
                overall=level,
                levels=[level] * 8,
                pseudonym=uuid4().bytes,
                receipt_key=uuid4().bytes,
                content_mac=uuid4().bytes,
                **{"channel": 1, **more},
            )
            for level in levels
        ]
        with transaction():
            db.session.add_all(rows)
        return rows

    return put


@pytest.fixture
def close() -> Callable[[Campaign], None]:
    """Close and settle a campaign."""

    def end(campaign: Campaign) -> None:
        with transaction():
            service.close_campaign(campaign.id, actor=SYSTEM, now=clock.now())
        tasks.settle(campaign.id)

    return end


@pytest.fixture
def quarters(city: City) -> Quarters:
    """Two quarters with scores."""
    return make_quarters(city, number=2, size=30)
