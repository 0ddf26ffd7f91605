"""Poor ratings become cases: when, once, of which matter, and with nothing that tells who."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import case_tasks, registering, tasks
from server.evaluation.models import Evaluation
from server.evaluation.rules import CommentState, ExclusionReason, worst_place
from server.rectification import queries as figures
from server.rectification import service as rectification
from server.rectification.limits import start_of
from server.rectification.rules import CaseKind, Stage
from tests.factories.cases import (
    CONTACT,
    People,
    cases,
    next_midnight,
    only_case,
    origins,
    rate_poorly,
    service_campaign,
)
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle, store_ratings
from tests.factories.excluding import exclude


def sweep() -> int:
    return registering.register_at_once(now=clock.now())


def move_back(campaign: Campaign, days: int) -> date:
    """Have every rating of a campaign been given some days ago; return that day."""
    day = clock.today() - timedelta(days=days)
    with transaction():
        db.session.execute(
            update(Evaluation).where(Evaluation.campaign_id == campaign.id).values(rated_on=day)
        )
    return day


def test_a_poor_service_rating_with_a_contact_registers_at_once(phone: People, city: City) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    rate_poorly(phone("anna"), campaign, department, contact=CONTACT)
    rate_poorly(phone("bert"), campaign, department, 3, contact=CONTACT)
    now = clock.now()
    assert registering.register_at_once(now=now) == 1
    case = only_case()
    (origin,) = origins()
    assert case.kind == CaseKind.POOR_RATING
    assert case.department_id == department
    assert case.counts_from == now
    assert case.matter.startswith("indicator:A1:")
    assert (origin.real_name, origin.wish) == (True, False)
    assert origin.callback_due_at is not None


def test_what_has_a_case_is_not_registered_again(phone: People, city: City) -> None:
    campaign = service_campaign(city)
    rate_poorly(phone("anna"), campaign, city.departments[0].id, contact=CONTACT)
    assert sweep() == 1
    assert sweep() == 0
    assert registering.register_past_days(now=next_midnight(3)) == 0
    assert len(origins()) == 1


def test_an_anonymous_rating_waits_for_the_end_of_its_day(phone: People, city: City) -> None:
    campaign = service_campaign(city)
    rate_poorly(phone("anna"), campaign, city.departments[0].id)
    assert sweep() == 0
    assert registering.register_past_days(now=clock.now()) == 0
    assert registering.register_past_days(now=next_midnight()) == 1
    case = only_case()
    assert case.counts_from == start_of(clock.today() + timedelta(days=1))
    assert origins()[0].joined_at == case.counts_from
    assert origins()[0].callback_due_at is None


def test_missed_days_are_made_up_with_the_limits_they_would_have_had(
    phone: People, city: City
) -> None:
    campaign = service_campaign(city)
    rate_poorly(phone("anna"), campaign, city.departments[0].id)
    day = move_back(campaign, 5)
    assert registering.register_past_days(now=clock.now()) == 1
    assert registering.register_past_days(now=clock.now()) == 0
    assert only_case().counts_from == start_of(day + timedelta(days=1))


def test_anonymous_ratings_register_in_random_order(phone: People, city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    ids = store_ratings(campaign.id, department, [1] * 30)
    close_and_settle(campaign.id)
    assert registering.register_closed(campaign.id, now=clock.now()) == 30
    names = [origin.origin_id for origin in origins()]
    assert sorted(names) == sorted(f"{campaign.id}:{one}" for one in ids)
    assert names != [f"{campaign.id}:{one}" for one in ids]
    assert names != sorted(names)


def test_ratings_of_one_indicator_join_and_each_visit_is_its_own_matter(
    phone: People, city: City
) -> None:
    campaign, department = service_campaign(city), city.departments[0]
    first, second, _ = city.codes(campaign, department)
    for person, code in (("anna", first), ("bert", second)):
        rate_poorly(phone(person), campaign, department.id, code=code, contact=CONTACT)
    for person in ("cleo", "dora"):
        rate_poorly(phone(person), campaign, department.id, contact=CONTACT)
    assert sweep() == 4
    matters = [case.matter.split(":")[0] for case in cases()]
    assert sorted(matters) == ["indicator", "visit", "visit"]
    assert len(origins()) == 4


def test_the_matter_is_the_worst_question_and_the_first_of_equals() -> None:
    assert worst_place([5, 2, 1, 1]) == 2
    assert worst_place([2, 2, 4]) == 0
    assert worst_place([5, 0, 3]) is None


def test_without_a_poor_question_the_matter_is_the_department_as_a_whole(
    phone: People, city: City
) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    anna = phone("anna")
    body = anna.body(campaign.id, department, 4, contact=CONTACT) | {"overall": 2}
    assert anna.send(campaign.id, body, "A" * 43).status_code == 201
    sweep()
    assert only_case().matter.startswith("indicator:overall:")
    assert only_case().title == "总体不满意"


def test_a_case_holds_neither_words_nor_names(phone: People, city: City) -> None:
    campaign = service_campaign(city)
    words = "张三在窗口等了三小时"
    rate_poorly(
        phone("anna"),
        campaign,
        city.departments[0].id,
        comment=words,
        tags=["推诿拖延"],
        contact=CONTACT,
    )
    sweep()
    case = only_case()
    told = f"{case.title} {case.summary} {case.matter} {case.basis}"
    assert not any(secret in told for secret in (words, "张三", "13800000000", "推诿拖延"))


def test_a_survey_stays_sealed_until_its_close(phone: People, city: City) -> None:
    campaign = city.campaign()
    rate_poorly(phone("anna"), campaign, city.departments[0].id, contact=CONTACT)
    assert sweep() == 0
    assert registering.register_past_days(now=next_midnight(2)) == 0
    close(campaign.id)
    assert registering.register_past_days(now=clock.now()) == 0
    assert cases() == []


def test_a_wish_registers_a_survey_rating_at_once(phone: People, city: City) -> None:
    campaign = city.campaign()
    rate_poorly(phone("anna"), campaign, city.departments[0].id, handle_now=True)
    rate_poorly(phone("bert"), campaign, city.departments[0].id)
    assert sweep() == 1
    (origin,) = origins()
    assert (origin.wish, origin.real_name) == (True, False)
    assert only_case().kind == CaseKind.SURVEY_RATING


def test_the_wish_is_for_poor_ratings_of_surveys_alone(phone: People, city: City) -> None:
    survey, visits = city.campaign(), service_campaign(city)
    department = city.departments[0].id
    for campaign, level in ((survey, 3), (survey, 5), (visits, 1)):
        refused = phone("anna").rate(campaign.id, department, level, handle_now=True)
        assert refused.status_code == 422, refused.text
        assert refused.json["errors"][0]["field"] == "handle_now"
    assert db.session.scalars(select(Evaluation)).all() == []


def test_a_retry_with_the_wish_gets_the_first_answer_and_other_content_is_refused(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    poor = rate_poorly(phone("anna"), campaign, department, handle_now=True)
    again = poor.phone.rate(campaign.id, department, 1, receipt=poor.receipt, handle_now=True)
    other = poor.phone.rate(campaign.id, department, 1, receipt=poor.receipt)
    assert again.status_code == 201
    assert other.json["code"] == "idempotency_key_reused"


def test_a_closed_surveys_ratings_register_after_settling_from_the_end_of_its_day(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    rate_poorly(phone("anna"), campaign, department, handle_now=True)
    sweep()
    store_ratings(campaign.id, department, [1, 2, 2, 3, 5])
    close_and_settle(campaign.id)
    queued = queued_tasks()
    assert queued.count("server.evaluation.case_tasks.register_closed") == 1
    case_tasks.register_closed(campaign_id=campaign.id)
    assert len(origins()) == 4
    (case,) = cases()
    assert case.kind == CaseKind.SURVEY_RATING
    late = [one for one in origins() if not one.wish]
    assert {one.joined_at for one in late} == {start_of(clock.today() + timedelta(days=1))}


def test_a_survey_that_was_missed_at_its_settling_is_made_up_for(phone: People, city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [1, 2])
    close_and_settle(campaign.id)
    assert registering.register_past_days(now=clock.now() + timedelta(days=2)) == 2
    assert registering.register_past_days(now=clock.now() + timedelta(days=2)) == 0


def test_a_service_campaigns_last_day_is_registered_before_it_is_settled(
    phone: People, city: City
) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    body = phone("anna").body(campaign.id, department, 0) | {"overall": 1}
    assert phone("anna").send(campaign.id, body, "B" * 43).status_code == 201
    close(campaign.id)
    tasks.settle(campaign_id=campaign.id)
    assert len(origins()) == 1
    assert db.session.scalars(select(Evaluation.address_block)).one() is None


def test_what_a_source_handed_over_is_left_to_it(phone: People, city: City) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    nothing = [[0] * 8] * 2
    store_ratings(campaign.id, department, [1, 1], channel=Channel.SERVICE_CENTRE, levels=nothing)
    store_ratings(campaign.id, department, [1], channel=Channel.HOTLINE)
    assert registering.register_past_days(now=next_midnight()) == 0
    close_and_settle(campaign.id)
    assert registering.register_past_days(now=next_midnight()) == 0


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_withdrawn_rating_has_no_case_or_lets_go_of_it(
    phone: People, city: City, moment: str
) -> None:
    campaign = service_campaign(city)
    poor = rate_poorly(phone("anna"), campaign, city.departments[0].id, contact=CONTACT)
    if moment == "after":
        sweep()
    assert poor.ask(method="DELETE").status_code == 200
    assert sweep() == 0
    if moment == "before":
        assert cases() == []
    else:
        assert origins()[0].released_at is not None
        assert only_case().stage == Stage.CLOSED


@pytest.mark.parametrize("how", ["withdrawn", "bettered", "set apart"])
def test_what_a_rater_takes_back_stays_in_the_figures_and_what_is_set_apart_does_not(
    phone: People, city: City, how: str
) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    poor = rate_poorly(phone("anna"), campaign, department, contact=CONTACT)
    sweep()
    case = only_case()
    with transaction():
        rectification.accept(case.id, actor=city.actors["liaison"], now=clock.now())
    if how == "withdrawn":
        assert poor.ask(method="DELETE").status_code == 200
    elif how == "bettered":
        better = correction(poor.phone.body(campaign.id, department, 4))
        assert poor.ask(method="PUT", body=better).status_code == 200
    else:
        exclude(city, campaign.id, db.session.scalars(select(Evaluation.id)).one())
    assert only_case().closed_by == "withdrawal"
    rates = figures.rates(case.quarter, as_of=clock.now())
    assert (department in rates) == (how != "set apart")


def test_a_rating_that_is_withdrawn_while_it_is_registered_registers_nothing(
    phone: People, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = service_campaign(city)
    poor = rate_poorly(phone("anna"), campaign, city.departments[0].id, contact=CONTACT)
    found = db.session.scalars(select(Evaluation.id)).all()
    poor.ask(method="DELETE")
    monkeypatch.setattr(registering, "_unregistered", lambda *_: list(found))
    assert sweep() == 0
    assert cases() == []


def test_a_rating_corrected_to_better_lets_go_of_its_case(phone: People, city: City) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    poor = rate_poorly(phone("anna"), campaign, department, contact=CONTACT)
    sweep()
    still = correction(poor.phone.body(campaign.id, department, 2, contact=CONTACT))
    assert poor.ask(method="PUT", body=still).status_code == 200
    assert origins()[0].released_at is None
    better = correction(poor.phone.body(campaign.id, department, 4))
    assert poor.ask(method="PUT", body=better).status_code == 200
    assert origins()[0].released_at is not None


def test_a_bettered_rating_that_is_poor_again_goes_back_to_its_case(
    phone: People, city: City
) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    poor = rate_poorly(phone("anna"), campaign, department, contact=CONTACT)
    sweep()
    first = only_case()
    for level in (5, 1, 5, 2):
        body = correction(poor.phone.body(campaign.id, department, level, contact=CONTACT))
        assert poor.ask(method="PUT", body=body).status_code == 200
    assert sweep() == 1
    assert sweep() == 0
    (origin,) = origins()
    assert origin.released_at is None
    assert only_case().id == origin.case_id == first.id
    assert only_case().stage == Stage.REGISTERED


def test_a_corrected_wish_stays_while_the_rating_is_poor(phone: People, city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    poor = rate_poorly(phone("anna"), campaign, department, handle_now=True)
    poor.ask(method="PUT", body=correction(poor.phone.body(campaign.id, department, 2)))
    assert db.session.scalars(select(Evaluation.handle_now)).one() is True
    poor.ask(method="PUT", body=correction(poor.phone.body(campaign.id, department, 3)))
    db.session.expire_all()
    assert db.session.scalars(select(Evaluation.handle_now)).one() is False


def test_an_excluded_rating_lets_go_of_its_case(phone: People, city: City) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    rate_poorly(phone("anna"), campaign, department, contact=CONTACT)
    sweep()
    rating = db.session.scalars(select(Evaluation.id)).one()
    exclude(city, campaign.id, rating, ExclusionReason.TEST)
    assert origins()[0].released_at is not None


def test_one_faulty_rating_keeps_no_other_waiting(
    phone: People, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = service_campaign(city)
    rate_poorly(phone("anna"), campaign, city.departments[0].id, contact=CONTACT)
    rate_poorly(phone("bert"), campaign, city.departments[1].id, contact=CONTACT)
    register, broken = rectification.register, city.departments[0].id

    def fail_once(kind: CaseKind, department_id: int, *values: Any, **more: Any) -> object:
        if department_id == broken:
            raise RuntimeError
        return register(kind, department_id, *values, **more)

    monkeypatch.setattr(rectification, "register", fail_once)
    assert sweep() == 1
    monkeypatch.undo()
    assert sweep() == 1
    assert len(cases()) == 2


def test_a_rating_with_a_comment_registers_before_its_check(phone: People, city: City) -> None:
    campaign = service_campaign(city)
    rate_poorly(phone("anna"), campaign, city.departments[0].id, comment="太慢", contact=CONTACT)
    assert db.session.scalars(select(Evaluation.comment_state)).one() == CommentState.WAITING
    assert sweep() == 1


def correction(body: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if name != "department"}


def queued_tasks() -> list[str]:
    return list(db.session.scalars(text("SELECT task_name FROM procrastinate_jobs")))
