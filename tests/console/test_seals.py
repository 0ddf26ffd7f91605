"""Seals at the desk, and the interim results that a broken one opens to the office alone."""

from sqlalchemy import select

from server.audit.models import AuditEntry
from server.campaigns.models import Campaign
from server.core.database import db
from server.evaluation import counts
from server.evaluation.models import SealBreak
from tests.console.conftest import Desk, SignIn
from tests.factories.city import City
from tests.factories.closing import store_ratings

REASON = "配合上级督查，需要提前核对数据"


def break_seal(desk: SignIn, campaign: Campaign) -> Desk:
    """Have two of the office break a survey's seal; return the second's desk."""
    first, second = desk("office1"), desk("office2")
    asked = first.post("/seals", campaign=campaign.id, reason=REASON, known="1")
    assert asked.status_code == 302, asked.text
    identifier = db.session.scalars(select(SealBreak.id)).one()
    assert "确认解除" not in first.read("/seals")
    assert "确认解除" in second.read("/seals")
    second.post(f"/seals/{identifier}/confirmation")
    assert "已解除" in second.read("/seals")
    return second


def looks() -> list[AuditEntry]:
    db.session.expire_all()
    query = select(AuditEntry).where(AuditEntry.action == "seal.results_seen")
    return list(db.session.scalars(query.order_by(AuditEntry.id)))


def surveyed(city: City) -> Campaign:
    campaign = city.campaign()
    store_ratings(campaign.id, city.departments[0].id, [5] * 7 + [1] * 5)
    store_ratings(campaign.id, city.departments[1].id, [1] * 3)
    counts.fold()
    db.session.commit()
    return campaign


def test_a_sealed_survey_shows_nothing_to_the_office(desk: SignIn, city: City) -> None:
    campaign = surveyed(city)
    assert "结果封存" in desk("office1").read(f"/campaigns/{campaign.id}/results")
    assert looks() == []


def test_a_broken_seal_opens_the_results_to_the_office_and_each_look_is_recorded(
    desk: SignIn, city: City
) -> None:
    campaign = surveyed(city)
    office = break_seal(desk, campaign)
    page = office.read(f"/campaigns/{campaign.id}/results")
    assert REASON in page
    assert ">12<" in page
    one = office.read(f"/campaigns/{campaign.id}/results/{city.departments[0].id}")
    assert "封存已解除" in one
    entries = looks()
    assert [entry.detail.get("department") for entry in entries] == [None, city.departments[0].id]
    assert {entry.actor_id for entry in entries} == {str(city.accounts["office2"].id)}


def test_small_groups_stay_hidden_while_the_survey_is_open(desk: SignIn, city: City) -> None:
    campaign = surveyed(city)
    office = break_seal(desk, campaign)
    page = office.read(f"/campaigns/{campaign.id}/results/{city.departments[1].id}")
    assert "样本少于 10" in page


def test_nobody_but_the_office_sees_the_results_of_a_broken_seal(desk: SignIn, city: City) -> None:
    campaign = surveyed(city)
    break_seal(desk, campaign)
    for name in ("auditor", "party", "liaison", "inspector"):
        assert "结果封存" in desk(name).read(f"/campaigns/{campaign.id}/results")
    assert len(looks()) == 0


def test_asking_without_the_tick_or_a_reason_asks_nothing(desk: SignIn, city: City) -> None:
    campaign = city.campaign()
    office = desk("office1")
    for form in ({"reason": REASON}, {"reason": "", "known": "1"}):
        answer = office.post("/seals", campaign=campaign.id, **form)
        assert answer.status_code == 422
    assert db.session.scalars(select(SealBreak)).all() == []


def test_seals_are_searched_by_campaign_and_reason(desk: SignIn, city: City) -> None:
    office = break_seal(desk, city.campaign())
    assert REASON in office.read("/seals?q=督查")
    assert "没有解除封存的记录" in office.read("/seals?q=没有这样的")
