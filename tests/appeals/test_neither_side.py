"""Who may decide an appeal: nobody of the department, of the office, or with a hand in it."""

from uuid import uuid4

import pytest

from server.appeals.rules import Side, side_of
from server.core.access import Actor, ActorKind, Grant, Role

CITY, DEPARTMENT, SECTION, OTHER = "1/", "1/2/", "1/2/5/", "1/3/"
ADJUDICATOR = Grant(Role.ADJUDICATOR, 1, CITY)


def actor(*grants: Grant) -> Actor:
    return Actor(ActorKind.ACCOUNT, uuid4(), grants)


def test_an_adjudicator_of_the_city_is_of_neither_side() -> None:
    assert side_of(actor(ADJUDICATOR), DEPARTMENT, filed_by=uuid4(), hands=set()) is None


@pytest.mark.parametrize(
    ("grant", "side"),
    [
        (Grant(Role.OFFICE, 1, CITY), Side.OFFICE),
        (Grant(Role.OFFICE, 3, OTHER), Side.OFFICE),
        (Grant(Role.LIAISON, 2, DEPARTMENT), Side.DEPARTMENT),
        (Grant(Role.HEAD, 1, CITY), Side.DEPARTMENT),
        (Grant(Role.INSPECTOR, 2, DEPARTMENT), Side.DEPARTMENT),
        (Grant(Role.PARTY_STAFF, 2, DEPARTMENT), Side.DEPARTMENT),
        (Grant(Role.PARTY_STAFF, 5, SECTION), Side.DEPARTMENT),
        (Grant(Role.ADJUDICATOR, 2, DEPARTMENT), Side.DEPARTMENT),
    ],
)
def test_who_holds_a_post_there_or_keeps_the_ratings_is_of_a_side(grant: Grant, side: Side) -> None:
    found = side_of(actor(ADJUDICATOR, grant), DEPARTMENT, filed_by=uuid4(), hands=set())
    assert found is side


@pytest.mark.parametrize(
    "grant",
    [
        Grant(Role.LIAISON, 3, OTHER),
        Grant(Role.INSPECTOR, 3, OTHER),
        Grant(Role.AUDITOR, 1, CITY),
        Grant(Role.PARTY_STAFF, 1, CITY),
    ],
)
def test_a_post_elsewhere_binds_nobody(grant: Grant) -> None:
    assert side_of(actor(ADJUDICATOR, grant), DEPARTMENT, filed_by=uuid4(), hands=set()) is None


def test_who_filed_or_had_a_hand_in_the_case_does_not_decide() -> None:
    person = actor(ADJUDICATOR)
    assert person.id
    assert side_of(person, DEPARTMENT, filed_by=person.id, hands=set()) is Side.FILER
    found = side_of(person, DEPARTMENT, filed_by=uuid4(), hands={person.id})
    assert found is Side.HAND_IN_CASE


def test_who_stands_in_for_the_filer_or_a_hand_in_the_case_is_bound_like_that_one() -> None:
    absent = uuid4()
    delegate = actor(Grant(Role.ADJUDICATOR, 1, CITY, lent_by=absent))
    assert side_of(delegate, DEPARTMENT, filed_by=uuid4(), hands=set()) is None
    assert side_of(delegate, DEPARTMENT, filed_by=absent, hands=set()) is Side.FILER
    assert side_of(delegate, DEPARTMENT, filed_by=uuid4(), hands={absent}) is Side.HAND_IN_CASE
