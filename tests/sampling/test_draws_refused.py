"""Draws that are refused, taken back, or stand; persons who are passed over."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from server.campaigns import service as campaign_service
from server.campaigns.models import SampleLink
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.sampling import queries, service
from server.sampling.models import Dispatch, DrawnPerson
from server.sampling.rules import Panel, Standing
from tests.factories.city import City
from tests.factories.closing import close
from tests.factories.identity import actor_in
from tests.factories.sampling import (
    contacts,
    make_draw,
    make_frame,
    sample_campaign,
)
from tests.sampling.test_draws import drawn


def test_too_few_persons_are_refused_with_what_would_do(city: City) -> None:
    campaign = sample_campaign(city)
    with pytest.raises(Refusal, match="sample_panel_too_small"):
        make_draw(city, campaign, make_frame(city, {("东区", "成年"): 9}))
    frame = make_frame(city, {("东区", "成年"): 14})
    with pytest.raises(Refusal) as refused:
        make_draw(city, campaign, frame, departments_each=2)
    assert refused.value.code == "sample_departments_too_few"
    assert refused.value.detail["enough"] == 3
    assert make_draw(city, campaign, frame, departments_each=3).plan["drawn"] == 14


def test_impossible_wishes_are_named_by_field(city: City) -> None:
    campaign, frame = sample_campaign(city), make_frame(city)
    for field, value in (
        ("margin", "0.001"),
        ("confidence", "0.8"),
        ("design_effect", "0.5"),
        ("reserve_share", "-0.1"),
        ("departments_each", 4),
        ("departments_each", 0),
        ("least", 9),
        ("skip_days", 0),
        ("seed", " "),
    ):
        with pytest.raises(InvalidInput) as refused:
            make_draw(city, campaign, frame, **{field: value})
        assert refused.value.errors[0]["field"] == field


def test_only_an_office_that_reaches_campaign_and_frame_draws(city: City) -> None:
    campaign, frame = sample_campaign(city), make_frame(city)
    district = actor_in(Role.OFFICE, city.departments[0])
    with pytest.raises(Refusal, match="not_allowed"):
        make_draw(city, campaign, frame, actor=district)
    with pytest.raises(Refusal, match="not_allowed"):
        make_draw(city, campaign, frame, actor=city.actors["party"])


def test_a_closed_campaign_and_one_without_the_channel_are_not_drawn_for(city: City) -> None:
    frame = make_frame(city)
    with pytest.raises(Refusal, match="sample_not_offered"):
        make_draw(city, city.campaign(channels=(Channel.OPEN,)), frame)
    campaign = sample_campaign(city, is_open=True)
    close(campaign.id)
    with pytest.raises(Refusal, match="campaign_already_closed"):
        make_draw(city, campaign, frame)


def test_a_draw_is_taken_back_while_nothing_was_sent(city: City) -> None:
    campaign, office = sample_campaign(city), city.actors["office1"]
    sample = make_draw(city, campaign, make_frame(city))
    other = sample_campaign(city)
    kept = make_draw(city, other, make_frame(city))
    with transaction():
        service.delete_draw(sample.id, actor=office, now=clock.now())
    assert not queries.draws(campaign.id)
    left = db.session.scalar(select(func.count()).select_from(SampleLink))
    assert left == len(drawn(kept))
    assert not db.session.scalar(
        select(func.count()).select_from(DrawnPerson).where(DrawnPerson.draw_id == sample.id)
    )


def test_a_draw_stands_once_something_was_sent_or_the_campaign_opened(city: City) -> None:
    office, frame = city.actors["office1"], make_frame(city)
    opened = make_draw(city, sample_campaign(city, is_open=True), frame)
    sent = make_draw(city, sample_campaign(city), frame)
    with transaction():
        db.session.add(
            Dispatch(
                id=office.id,
                draw_id=sent.id,
                place=0,
                way="letter",
                occasion="invitation",
                round=1,
                created_on=clock.today(),
            )
        )
    for sample, code in ((opened, "sample_draw_stands"), (sent, "sample_draw_sent")):
        with pytest.raises(Refusal, match=code), transaction():
            service.delete_draw(sample.id, actor=office, now=clock.now())


def test_a_draft_with_a_sample_keeps_its_departments(city: City) -> None:
    campaign, office = sample_campaign(city), city.actors["office1"]
    sample = make_draw(city, campaign, make_frame(city))

    def change(departments: list[int], channels: list[Channel]) -> None:
        with transaction():
            campaign_service.update_draft(
                campaign.id,
                title="改名",
                description="",
                opens_at=campaign.opens_at,
                closes_at=campaign.closes_at,
                channels=channels,
                departments=departments,
                actor=office,
                now=clock.now(),
            )

    every = [department.id for department in city.departments]
    change(every, [Channel.OPEN, Channel.SAMPLE])
    with pytest.raises(Refusal, match="campaign_has_sample"):
        change(every[:2], [Channel.SAMPLE])
    with pytest.raises(Refusal, match="campaign_has_sample"):
        change(every, [Channel.OPEN])
    with pytest.raises(Refusal, match="campaign_has_sample"), transaction():
        campaign_service.delete_draft(campaign.id, actor=office, now=clock.now())
    with transaction():
        service.delete_draw(sample.id, actor=office, now=clock.now())
        campaign_service.delete_draft(campaign.id, actor=office, now=clock.now())


def test_who_was_asked_lately_is_counted_and_can_be_passed_over(city: City) -> None:
    people = list(contacts(60))
    before = sample_campaign(city)
    now = clock.now()
    first = make_draw(
        city,
        before,
        make_frame(city, {("东区", "成年"): 60}, people=people),
        margin="0.15",
        reserve_share="0.5",
        now=now - timedelta(days=40),
    )
    asked = len([one for one in drawn(first) if one[3] == Standing.MAIN])
    newer = make_frame(city, {("东区", "成年"): 120}, people=[*people, *contacts(60)])
    campaign = sample_campaign(city)
    assert queries.asked_before(newer, days=41, now=now) == asked
    assert queries.asked_before(newer, days=41, now=now, campaign_id=before.id) == 0
    assert queries.asked_before(newer, days=39, now=now) == 0
    sample = make_draw(city, campaign, newer, margin="0.15", skip_days=41, now=now)
    assert len(sample.plan["skipped"]) == asked
    assert queries.asked_before(sample, days=41, now=now) == 0
    # The persons passed over are still people whom the sample speaks for.
    assert sum(cell.population for cell in queries.cells(campaign.id).values()) == 120
    doubly = make_draw(city, sample_campaign(city), newer, margin="0.01", now=now)
    assert queries.asked_before(doubly, days=41, now=now) >= asked


def test_nobody_is_drawn_by_two_panels_of_a_campaign(city: City) -> None:
    people = list(contacts(40))
    campaign = sample_campaign(city)
    deputies = make_frame(
        city, {("甲",): 20}, panel=Panel.DEPUTIES, dimensions=["界别"], people=people[:20]
    )
    everybody = make_frame(city, {("东区",): 40}, dimensions=["区县"], people=people)
    make_draw(city, campaign, deputies)
    sample = make_draw(city, campaign, everybody, margin="0.01")
    assert sample.plan["skipped"] == list(range(1, 21))
    assert {number for _, number, _, _ in drawn(sample)} == set(range(21, 41))
