"""A rating that its correction makes poor, long after its day: when it registers, and from when."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import registering
from server.evaluation.models import Evaluation
from server.rectification.limits import start_of
from tests.evaluation.test_cases_registering import correction
from tests.factories.cases import (
    CONTACT,
    People,
    next_midnight,
    only_case,
    origins,
    rate_poorly,
    service_campaign,
)
from tests.factories.city import City


def worsened(phone: People, city: City, **more: Any) -> None:
    """Have a good rating of three weeks ago corrected to a poor one today."""
    campaign, department = service_campaign(city), city.departments[0].id
    good = rate_poorly(phone("anna"), campaign, department, 5)
    with transaction():
        db.session.execute(
            update(Evaluation)
            .where(Evaluation.campaign_id == campaign.id)
            .values(rated_on=clock.today() - timedelta(days=21))
        )
    body = correction(good.phone.body(campaign.id, department, 1, **more))
    assert good.ask(method="PUT", body=body).status_code == 200


def test_a_rating_that_became_poor_weeks_later_makes_no_department_late_at_once(
    phone: People, city: City
) -> None:
    worsened(phone, city, contact=CONTACT)
    noon = start_of(clock.today()) + timedelta(hours=12)
    assert registering.register_past_days(now=noon) == 1
    case, (origin,) = only_case(), origins()
    assert case.counts_from == noon
    assert case.first_due_at > noon + timedelta(days=14)
    assert origin.callback_due_at is not None
    assert origin.callback_due_at > noon + timedelta(days=1)


def test_an_anonymous_rating_that_became_poor_waits_for_the_end_of_that_day(
    phone: People, city: City
) -> None:
    worsened(phone, city)
    noon = start_of(clock.today()) + timedelta(hours=12)
    assert registering.register_past_days(now=noon) == 0
    assert registering.register_past_days(now=next_midnight()) == 1
    tomorrow = start_of(clock.today() + timedelta(days=1))
    assert (only_case().counts_from, origins()[0].joined_at) == (tomorrow, tomorrow)


def test_a_contact_added_by_a_correction_is_to_be_called_and_one_erased_is_not(
    phone: People, city: City
) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    poor = rate_poorly(phone("anna"), campaign, department)
    assert registering.register_past_days(now=next_midnight()) == 1
    assert not origins()[0].real_name
    body = correction(poor.phone.body(campaign.id, department, 1, contact=CONTACT))
    assert poor.ask(method="PUT", body=body).status_code == 200
    assert origins()[0].real_name
    assert poor.ask("/words", method="DELETE").status_code == 200
    assert not origins()[0].real_name
