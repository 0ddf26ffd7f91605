"""Ratings that a source hands over are in the log like any other; nobody holds their receipts."""

import pytest

from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.database import session_connection
from server.core.transaction import transaction
from server.evaluation import service
from server.evaluation.commitments import commitment_of
from server.ledger.queries import newest_tally
from server.ledger.rules import Event
from tests.evaluation.log_cases import findings, leaves, pending, rows
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.excluding import exclude


@pytest.fixture
def campaign(city: City) -> int:
    made = city.campaign(kind=CampaignKind.SERVICE, channels=(Channel.HOTLINE,))
    return made.id


def gate(campaign: int) -> service.Gate:
    found = service.gates(Channel.HOTLINE, now=clock.now(), lock=True)
    return next(one for one in found if one.campaign_id == campaign)


def told(city: City, *levels: int, first: int = 0) -> list[service.ImportedRating]:
    department = city.departments[0].id
    return [
        service.ImportedRating(f"1:{first + place}".encode(), department, clock.today(), level)
        for place, level in enumerate(levels)
    ]


def hand_over(campaign: int, ratings: list[service.ImportedRating]) -> None:
    with transaction():
        service.store_imported(gate(campaign), Channel.HOTLINE, ratings)


def take_back(campaign: int, *tickets: int) -> None:
    names = [f"1:{ticket}".encode() for ticket in tickets]
    with transaction():
        service.withdraw_imported(gate(campaign), Channel.HOTLINE, names)


def events(campaign: int) -> list[str]:
    return [Event(one.event).code for one in pending(campaign)]


def test_each_rating_is_noted_once_however_often_it_comes(campaign: int, city: City) -> None:
    for _ in range(2):
        hand_over(campaign, told(city, 5, 1, 2))
    assert events(campaign) == ["accepted"] * 3
    known = {one.commitment for one in pending(campaign)}
    assert known == {commitment_of(row) for row in rows(campaign)}
    assert findings(campaign) == []


def test_a_changed_ticket_takes_its_own_place(campaign: int, city: City) -> None:
    hand_over(campaign, told(city, 5))
    (before,) = [commitment_of(row) for row in rows(campaign)]
    hand_over(campaign, told(city, 1))
    (after,) = [commitment_of(row) for row in rows(campaign)]
    (note,) = [one for one in pending(campaign) if one.event == Event.CORRECTED]
    assert (note.previous, note.commitment) == (before, after)
    close_and_settle(campaign)
    assert findings(campaign) == []


def test_a_ticket_taken_back_and_given_again_is_a_new_one(campaign: int, city: City) -> None:
    hand_over(campaign, told(city, 5, 4))
    take_back(campaign, 0, 9)
    assert [row.salt for row in rows(campaign) if row.state == 3] == [None]
    take_back(campaign, 0)
    hand_over(campaign, told(city, 5))
    assert events(campaign) == ["accepted", "accepted", "withdrawn", "accepted"]
    close_and_settle(campaign)
    tally = newest_tally(campaign)
    assert (tally.counted, tally.withdrawn) == (2, 1)
    assert findings(campaign) == []


def test_an_excluded_ticket_stays_as_it_is(campaign: int, city: City) -> None:
    hand_over(campaign, told(city, 1, 5))
    bad = next(row for row in rows(campaign) if row.overall == 1)
    exclude(city, campaign, bad.id)
    hand_over(campaign, told(city, 2))
    take_back(campaign, 0)
    assert events(campaign) == ["accepted", "accepted", "excluded"]
    close_and_settle(campaign)
    assert findings(campaign) == []


def test_the_short_way_of_a_large_file_tells_the_log_as_well(campaign: int, city: City) -> None:
    with transaction():
        new = service.NewRatings(gate(campaign), Channel.HOTLINE)
        for one in told(city, 5, 3, 1, first=100):
            new.add(one)
        new.close()
        ratings, notes = new.turn()
        assert new.turn() == (b"", b"")
        begin, end = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
        with session_connection().cursor() as cursor:
            with cursor.copy(new.statement) as copy:
                copy.write(begin + ratings + end)
            with cursor.copy(service.COPY_NOTES) as copy:
                copy.write(begin + notes + end)
    assert {one.commitment for one in pending(campaign)} == {
        commitment_of(row) for row in rows(campaign)
    }
    assert all(len(row.salt) == 16 for row in rows(campaign))
    hand_over(campaign, told(city, 5, 3, 1, first=100))
    assert events(campaign) == ["accepted"] * 3
    close_and_settle(campaign)
    assert len(leaves(campaign, Event.ACCEPTED)) == 3
    assert findings(campaign) == []
