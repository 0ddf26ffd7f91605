"""Replacements come in the order of the draw, one for one, and by a rule that anybody can check."""

import pytest
from sqlalchemy import select

from server.core import clock
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.sampling import outreach, queries, replacing
from server.sampling.models import DrawnPerson
from server.sampling.outreach_rules import Shortage
from server.sampling.rules import Standing, Way
from server.sms.contract import SmsFault, SmsRefused
from tests.factories.city import City
from tests.factories.outreach import DAY, Outbox, Sample, make_sample
from tests.sampling.test_dispatching import answered

ASKED, RESERVE = 13, 7


def call_up(sample: Sample, number: int, *, days: int = 0) -> int:
    with transaction():
        return replacing.call_up(
            sample.draw.id, 1, number, actor=sample.office, now=clock.now() + days * DAY
        )


def refuse(sample: Sample, *numbers: int) -> tuple[int, int]:
    with transaction():
        return replacing.take_refusals(
            sample.draw.id, numbers, actor=sample.office, now=clock.now()
        )


def asked(sample: Sample) -> int:
    return queries.cells(sample.campaign.id)[1].asked


def test_the_next_reserve_takes_the_place_of_who_was_not_reached(city: City) -> None:
    sample = make_sample(city)
    sample.invite()
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)] * 2}))
    failed = sorted(one.place for one in sample.dispatches(state="failed"))
    reserves = [one.place for one in sample.persons(Standing.RESERVE)]
    assert call_up(sample, 2) == 2
    assert [one.place for one in sample.persons(Standing.REPLACED)] == failed
    assert [one.place for one in sample.persons(Standing.CALLED_UP)] == reserves[:2]
    assert asked(sample) == ASKED
    assert sample.invite() == {Way.SMS: 2}


def test_nobody_is_replaced_before_a_week_has_gone_by(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    with pytest.raises(Refusal, match="replacement_none"):
        call_up(sample, 1)
    sample.invite(now=now)
    sample.send(Outbox(), now=now)
    with pytest.raises(Refusal, match="replacement_none"):
        call_up(sample, 1, days=6)


def test_who_has_answered_is_never_replaced_by_number(city: City) -> None:
    sample, now = make_sample(city), clock.now() - 8 * DAY
    sample.invite(now=now)
    sample.send(Outbox(), now=now)
    answered(sample, *range(11))
    assert call_up(sample, 10) == 2
    assert [one.place for one in sample.persons(Standing.REPLACED)] == [11, 12]


def test_there_are_no_more_than_the_reserves(city: City) -> None:
    sample, now = make_sample(city), clock.now() - 8 * DAY
    sample.invite(now=now)
    sample.send(Outbox(), now=now)
    assert call_up(sample, 100) == RESERVE
    with pytest.raises(Refusal, match="replacement_none"):
        call_up(sample, 1)
    assert asked(sample) == ASKED


def test_refusals_are_noted_by_number_once(city: City) -> None:
    sample = make_sample(city)
    first, second = (one.number for one in sample.persons(Standing.MAIN)[:2])
    assert refuse(sample, first, second, first) == (2, 2)
    with pytest.raises(Refusal, match="refusal_unknown"):
        refuse(sample, first)
    assert asked(sample) == ASKED


def test_a_number_that_was_not_asked_changes_nothing(city: City) -> None:
    sample = make_sample(city)
    main = sample.persons(Standing.MAIN)[0].number
    reserve = sample.persons(Standing.RESERVE)[0].number
    for numbers in ((main, 999), (main, reserve)):
        with pytest.raises(Refusal, match="refusal_unknown"):
            refuse(sample, *numbers)
    with pytest.raises(InvalidInput):
        refuse(sample)
    assert sample.persons(Standing.REPLACED) == []


def test_whether_a_refuser_had_answered_is_not_told(city: City) -> None:
    sample = make_sample(city)
    answered(sample, 0)
    first, second = (one.number for one in sample.persons(Standing.MAIN)[:2])
    assert refuse(sample, first) == refuse(sample, second) == (1, 1)


def test_a_refuser_without_a_reserve_stays_among_those_asked(city: City) -> None:
    sample = make_sample(city, reserve_share="0")
    first = sample.persons(Standing.MAIN)[0]
    assert refuse(sample, first.number) == (1, 0)
    assert asked(sample) == ASKED


def test_what_waits_for_a_replaced_person_is_taken_back(city: City) -> None:
    sample = make_sample(city)
    sample.invite()
    first = sample.persons(Standing.MAIN)[0]
    refuse(sample, first.number)
    assert first.place not in [one.place for one in sample.dispatches()]
    outbox = Outbox()
    sample.send(outbox)
    assert len(outbox.sent) == ASKED - 1


def test_the_link_of_a_replaced_person_still_works(city: City) -> None:
    sample = make_sample(city)
    first = sample.persons(Standing.MAIN)[0]
    refuse(sample, first.number)
    place = db.session.scalar(select(DrawnPerson.place).where(DrawnPerson.number == first.number))
    assert place == first.place
    from server.evaluation import entries  # noqa: PLC0415 one test's affair

    assert entries.resolve(sample.codes[first.place]).kind == "sample"


@pytest.mark.parametrize(
    ("shortage", "proposal"),
    [
        # 100 wanted, 40 of 100 came: 60 are missing, at 40 % that takes 150, of whom 50 are there.
        (Shortage(100, 100, 40, 10, 50, 50), 50),
        (Shortage(100, 100, 90, 2, 8, 50), 10),
        (Shortage(100, 100, 96, 2, 2, 50), 4),
        (Shortage(100, 100, 96, 0, 2, 50), 2),
        (Shortage(100, 100, 100, 5, 5, 50), 0),
        (Shortage(100, 100, 0, 100, 0, 30), 30),
        (Shortage(20, 20, 10, 0, 0, 10), 0),
        (Shortage(20, 20, 10, 10, 0, 0), 0),
    ],
)
def test_the_proposal_follows_from_the_cells_own_rate(shortage: Shortage, proposal: int) -> None:
    assert shortage.proposal == proposal


def test_standings_count_each_person_once(city: City) -> None:
    sample, now = make_sample(city), clock.now() - 8 * DAY
    sample.invite(now=now)
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)] * 3}), now=now)
    answered(sample, 10, 11, 12)
    (cell,) = outreach.standings(sample.draw, clock.today())
    assert cell.shortage == Shortage(13, 13, 3, 3, 7, 7)
