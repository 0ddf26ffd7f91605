"""An office's role reaches down its tree: a district's office runs its own campaigns alone."""

from datetime import timedelta

import pytest

from server.campaigns import service
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM, Actor, ActorKind, Grant, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.evaluation import service as evaluation
from server.identity import service as identity
from server.identity.rules import OrganisationKind
from tests.factories.city import City


@pytest.fixture
def district_office(city: City) -> tuple[Actor, int]:
    """The office of a district, and a department in it."""
    now = clock.now()
    with transaction():
        district = identity.create_organisation(
            name="江南区",
            kind=OrganisationKind.DISTRICT,
            parent_id=city.root.id,
            actor=SYSTEM,
            now=now,
        )
        department = identity.create_organisation(
            name="江南区民政局",
            kind=OrganisationKind.DEPARTMENT,
            parent_id=district.id,
            actor=SYSTEM,
            now=now,
        )
    account = city.accounts["office2"]
    grant = Grant(Role.OFFICE, district.id, district.path)
    return Actor(ActorKind.ACCOUNT, account.id, (grant,)), department.id


def draft(city: City, departments: list[int], actor: Actor) -> Campaign:
    now = clock.now()
    with transaction():
        return service.create_campaign(
            kind=CampaignKind.SERVICE,
            title="江南区办事评价",
            description="",
            indicator_version_id=city.version.id,
            channels=[Channel.SERVICE_CENTRE],
            opens_at=now,
            closes_at=now + timedelta(days=1),
            departments=departments,
            actor=actor,
            now=now,
        )


def test_a_district_office_runs_a_campaign_of_its_district(
    city: City, district_office: tuple[Actor, int]
) -> None:
    actor, department = district_office
    campaign = draft(city, [department], actor)
    with transaction():
        service.open_campaign(campaign.id, actor=actor, now=clock.now())
        service.issue_codes(
            campaign.id, department_id=department, size=1, actor=actor, now=clock.now()
        )
        evaluation.close_campaign(campaign.id, actor=actor, now=clock.now())
    assert campaign.state == "closed"


def test_a_district_office_touches_no_campaign_of_the_city(
    city: City, district_office: tuple[Actor, int]
) -> None:
    actor, _ = district_office
    opened, drafted = city.campaign(), city.campaign(is_open=False)
    foreign = city.departments[0].id
    now = clock.now()
    for step in (
        lambda: draft(city, [foreign], actor),
        lambda: service.open_campaign(drafted.id, actor=actor, now=now),
        lambda: service.delete_draft(drafted.id, actor=actor, now=now),
        lambda: service.resume_campaign(opened.id, actor=actor, now=now),
        lambda: service.issue_codes(opened.id, department_id=foreign, size=1, actor=actor, now=now),
        lambda: service.add_counter(foreign, "一窗", actor=actor, now=now),
        lambda: evaluation.close_campaign(opened.id, actor=actor, now=now),
    ):
        with pytest.raises(Refusal, match="not_allowed"):
            step()
        db.session.rollback()


def test_a_draft_names_each_fault(city: City) -> None:
    now = clock.now()
    with pytest.raises(InvalidInput) as refused, transaction():
        service.create_campaign(
            kind=CampaignKind.SURVEY,
            title="x",
            description="",
            indicator_version_id=city.version.id,
            channels=[Channel.HOTLINE],
            opens_at=now,
            closes_at=now,
            departments=[city.enterprise.id],
            actor=city.actors["office1"],
            now=now,
        )
    fields = {error["field"] for error in refused.value.errors}
    assert fields == {"channels", "closes_at", "departments"}


def test_indicators_of_an_open_campaign_are_frozen_and_an_empty_draft_stays_one(
    city: City,
) -> None:
    campaign = city.campaign()
    db.session.refresh(city.version)
    assert city.version.frozen_at is not None
    empty = draft(city, [], city.actors["office1"])
    with pytest.raises(Refusal, match="campaign_incomplete"):
        service.open_campaign(empty.id, actor=city.actors["office1"], now=clock.now())
    db.session.rollback()
    assert campaign.state == "open"
