"""The seal of an open survey: two persons break it, everybody is told, every look is recorded."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.audit.models import AuditEntry
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import seals
from server.evaluation.models import SealBreak
from server.identity.models import Organisation
from server.ledger import sequencer
from server.ledger.models import PendingLeaf
from server.ledger.rules import Event
from tests.factories.city import City
from tests.factories.closing import close
from tests.factories.identity import actor_in

REASON = "配合上级督查，需要提前核对数据"


def ask(city: City, campaign: Campaign, actor: str = "office1") -> UUID:
    with transaction():
        asked = seals.ask(campaign.id, REASON, actor=city.actors[actor], now=clock.now())
    return asked.id


def confirm(city: City, break_id: UUID, actor: str = "office2") -> None:
    with transaction():
        seals.confirm(break_id, actor=city.actors[actor], now=clock.now())


def code_of(action: object, *values: object, **more: object) -> tuple[str, int]:
    with pytest.raises(Refusal) as caught, transaction():
        action(*values, **more)  # type: ignore[operator]
    return caught.value.code, caught.value.status


def actions() -> list[str]:
    return [
        entry.action
        for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        if entry.action.startswith("seal.")
    ]


def test_two_persons_break_a_seal(city: City) -> None:
    campaign = city.campaign()
    break_id = ask(city, campaign)
    assert not seals.is_broken(campaign.id)
    own = code_of(seals.confirm, break_id, actor=city.actors["office1"], now=clock.now())
    assert own == ("seal_same_person", 409)
    confirm(city, break_id)
    assert seals.is_broken(campaign.id)
    assert actions() == ["seal.asked", "seal.broken"]


def test_who_stands_in_for_the_asker_is_no_second_person(city: City) -> None:
    campaign = city.campaign()
    break_id = ask(city, campaign)
    grant = city.actors["office1"].grants[0]
    lent = type(grant)(grant.role, grant.organisation_id, grant.path, city.accounts["office1"].id)
    second = city.actors["office2"]
    delegate = Actor(second.kind, second.id, (*second.grants, lent))
    assert code_of(seals.confirm, break_id, actor=delegate, now=clock.now())[0] == (
        "seal_same_person"
    )


def test_the_database_refuses_one_person_too(city: City) -> None:
    campaign = city.campaign()
    break_id = ask(city, campaign)
    found = db.session.get_one(SealBreak, break_id)
    found.confirmed_by, found.confirmed_at = found.asked_by, clock.now()
    with pytest.raises(IntegrityError, match="two_persons"):
        db.session.flush()
    db.session.rollback()


def test_only_an_open_survey_has_a_seal(city: City) -> None:
    draft, visits, closed = (
        city.campaign(is_open=False),
        city.campaign(kind=CampaignKind.SERVICE),
        city.campaign(),
    )
    close(closed.id)
    office = city.actors["office1"]
    for campaign in (draft, visits, closed):
        refused = code_of(seals.ask, campaign.id, REASON, actor=office, now=clock.now())
        assert refused == ("seal_not_there", 409)


def test_a_survey_that_closed_meanwhile_is_not_broken(city: City) -> None:
    campaign = city.campaign()
    break_id = ask(city, campaign)
    close(campaign.id)
    refused = code_of(seals.confirm, break_id, actor=city.actors["office2"], now=clock.now())
    assert refused == ("seal_not_there", 409)


def test_a_reason_is_needed_and_one_request_at_a_time(city: City) -> None:
    campaign, office = city.campaign(), city.actors["office1"]
    assert code_of(seals.ask, campaign.id, "  ", actor=office, now=clock.now())[1] == 422
    assert code_of(seals.ask, campaign.id, "长" * 501, actor=office, now=clock.now())[1] == 422
    ask(city, campaign)
    again = code_of(seals.ask, campaign.id, REASON, actor=office, now=clock.now())
    assert again == ("seal_asked_already", 409)


def test_a_refused_request_keeps_the_seal_and_can_be_made_anew(city: City) -> None:
    campaign = city.campaign()
    break_id = ask(city, campaign)
    with transaction():
        seals.refuse(break_id, actor=city.actors["office2"], now=clock.now())
    assert not seals.is_broken(campaign.id)
    late = code_of(seals.confirm, break_id, actor=city.actors["office2"], now=clock.now())
    assert late == ("seal_not_asked", 409)
    ask(city, campaign)


def test_an_office_of_one_department_and_other_roles_break_nothing(city: City) -> None:
    campaign = city.campaign()
    small: Organisation = city.departments[0]
    for actor in (actor_in(Role.OFFICE, small), city.actors["admin"], city.actors["inspector"]):
        assert code_of(seals.ask, campaign.id, REASON, actor=actor, now=clock.now())[1] == 403


def test_a_broken_seal_is_a_leaf_of_the_log(city: City) -> None:
    campaign = city.campaign()
    confirm(city, ask(city, campaign))
    pending = db.session.scalars(select(PendingLeaf)).one()
    assert pending.event == Event.SEAL_BROKEN
    assert pending.body == f"at={clock.today()}"
    with transaction():
        sequencer.append(now=clock.now() + timedelta(hours=2), closing=[campaign.id])


def test_a_broken_seal_is_on_the_board_with_its_reason_and_no_name(
    city: City, client: FlaskClient
) -> None:
    campaign = city.campaign()
    break_id = ask(city, campaign)
    assert REASON not in client.get("/board").text
    confirm(city, break_id)
    page = client.get("/board").text
    assert REASON in page
    assert "解除封存" in page
    assert "同志" not in page
