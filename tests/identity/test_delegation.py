"""Delegation: a colleague stands in from a day to a day, holds nothing more, passes nothing on."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM, Actor, ActorKind, Grant, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import queries, service
from server.identity.rules import may_stand_in
from tests.factories.city import City
from tests.factories.identity import actor_of, at_once
from tests.factories.standing_in import hire, stand_in

DAY = timedelta(days=1)


def actor(city: City, name: str) -> Actor:
    """Return an account as the authenticator would, with what it holds today."""
    return actor_of(city.accounts[name])


def roles(city: City, name: str, days: int = 0) -> set[Role]:
    day = clock.today() + days * DAY
    account = city.accounts[name].id
    return {one.role for one in queries.access_grants(account_id=account, today=day)}


def holders(city: City, *wanted: Role, days: int = 0) -> set[str]:
    found = queries.holders(city.departments[0].path, *wanted, today=clock.today() + days * DAY)
    names = {account.id: name for name, account in city.accounts.items()}
    return {names[one] for one in found}


def test_a_delegate_holds_the_lenders_role_from_the_first_day_to_the_last(city: City) -> None:
    today = clock.today()
    stand_in(city, "head", "liaison", begins_on=today + DAY, ends_on=today + 2 * DAY)
    assert [roles(city, "liaison", days) for days in range(4)] == [
        {Role.LIAISON},
        {Role.LIAISON, Role.HEAD},
        {Role.LIAISON, Role.HEAD},
        {Role.LIAISON},
    ]


def test_notices_reach_the_delegate_as_well_as_the_lender(city: City) -> None:
    assert holders(city, Role.HEAD) == {"head"}
    stand_in(city, "head", "liaison")
    assert holders(city, Role.HEAD) == {"head", "liaison"}
    assert holders(city, Role.HEAD, days=1) == {"head"}


def test_a_lent_role_names_its_lender_and_reaches_where_the_lenders_does(city: City) -> None:
    stand_in(city, "head", "liaison")
    (lent,) = [one for one in actor(city, "liaison").grants if one.lent_by is not None]
    assert (lent.role, lent.organisation_id) == (Role.HEAD, city.departments[0].id)
    assert lent.lent_by == city.accounts["head"].id
    assert not actor(city, "liaison").reaches(city.departments[1].path, Role.HEAD)


def test_ending_takes_the_role_back_at_once_and_either_side_can(city: City) -> None:
    for ended_by in ("head", "liaison"):
        made = stand_in(city, "head", "liaison")
        with transaction():
            service.end_delegation(made.id, actor=actor(city, ended_by), now=clock.now())
        assert roles(city, "liaison") == {Role.LIAISON}
        with pytest.raises(Refusal, match="delegation_over"):
            service.end_delegation(made.id, actor=actor(city, ended_by), now=clock.now())


def test_nobody_else_names_or_ends_but_an_administrator(city: City) -> None:
    made = stand_in(city, "head", "liaison")
    with pytest.raises(Refusal, match="not_allowed"):
        service.end_delegation(made.id, actor=city.actors["office1"], now=clock.now())
    with transaction():
        service.end_delegation(made.id, actor=city.actors["admin"], now=clock.now())
    with pytest.raises(Refusal, match="not_allowed"):
        service.delegate(
            city.accounts["head"].id,
            city.accounts["liaison"].id,
            begins_on=clock.today(),
            ends_on=clock.today(),
            reason="",
            actor=city.actors["liaison"],
            now=clock.now(),
        )


def test_a_delegate_passes_nothing_on(city: City) -> None:
    third = hire(city, "third", Role.LIAISON)
    stand_in(city, "head", "liaison")
    stand_in(city, "liaison", "third")
    assert roles(city, "third") == {Role.LIAISON}
    assert {one.lent_by for one in queries.access_grants(account_id=third)} == {
        None,
        city.accounts["liaison"].id,
    }


@pytest.mark.parametrize("name", ["office1", "adjudicator", "inspector", "admin", "auditor"])
def test_whoever_judges_or_checks_a_department_never_stands_in_there(city: City, name: str) -> None:
    with pytest.raises(Refusal, match="delegate_unfit"):
        stand_in(city, "head", name)


def test_a_stranger_of_another_department_is_no_delegate(city: City) -> None:
    hire(city, "elsewhere", Role.LIAISON, place=1)
    with pytest.raises(Refusal, match="delegate_unfit"):
        stand_in(city, "head", "elsewhere")


def test_a_colleague_who_becomes_an_inspector_loses_what_was_lent(city: City) -> None:
    stand_in(city, "head", "liaison")
    with transaction():
        service.grant_role(
            Role.INSPECTOR,
            city.departments[0].id,
            account_id=city.accounts["liaison"].id,
            actor=SYSTEM,
            now=clock.now(),
        )
    assert roles(city, "liaison") == {Role.LIAISON, Role.INSPECTOR}
    assert holders(city, Role.HEAD) == {"head"}


def test_an_account_that_is_switched_off_lends_nothing(city: City) -> None:
    stand_in(city, "head", "liaison")
    with transaction():
        service.set_active(
            city.accounts["head"].id, False, actor=city.actors["admin"], now=clock.now()
        )
    assert roles(city, "liaison") == {Role.LIAISON}
    assert holders(city, Role.HEAD) == set()


def test_days_that_overlap_or_lie_in_the_past_are_refused(city: City) -> None:
    hire(city, "third", Role.LIAISON)
    today = clock.today()
    stand_in(city, "head", "liaison", begins_on=today + DAY, ends_on=today + 3 * DAY)
    for begin, end, code in (
        (today + 3 * DAY, today + 5 * DAY, "delegation_overlaps"),
        (today - DAY, today - DAY, "delegation_past"),
        (today + 5 * DAY, today + 4 * DAY, "delegation_days"),
        (today + 5 * DAY, today + 200 * DAY, "delegation_long"),
    ):
        with pytest.raises(Refusal, match=code):
            stand_in(city, "head", "third", begins_on=begin, ends_on=end)
    stand_in(city, "head", "third", begins_on=today + 4 * DAY)


def test_of_two_taps_one_makes_a_delegation(app: APIFlask, city: City) -> None:
    def tap() -> object:
        return service.delegate(
            city.accounts["head"].id,
            city.accounts["liaison"].id,
            begins_on=clock.today(),
            ends_on=clock.today(),
            reason="",
            actor=city.actors["head"],
            now=clock.now(),
        )

    assert sorted(at_once(app, [tap, tap])) == ["delegation_overlaps", "done"]


def test_who_stands_in_for_somebody_is_no_second_person_to_that_ones_acts(city: City) -> None:
    stand_in(city, "office1", "party")
    delegate = actor(city, "party")
    assert delegate.counts_as(city.accounts["office1"].id)
    assert delegate.counts_as(city.accounts["party"].id)
    assert not delegate.counts_as(city.accounts["office2"].id)
    assert not delegate.counts_as(None)


def test_the_log_says_in_whose_stead_an_act_was_done_and_of_own_acts_nothing(
    city: City,
) -> None:
    stand_in(city, "office1", "party")
    delegate = actor(city, "party")
    with transaction():
        invitation, _ = service.invite(
            Role.ENTERPRISE_REPRESENTATIVE, city.enterprise.id, actor=delegate, now=clock.now()
        )
    assert entry("invitation.issued") == (
        str(city.accounts["party"].id),
        str(city.accounts["office1"].id),
    )
    fresh = actor(city, "office1")
    with transaction():
        service.revoke_invitation(invitation.id, actor=fresh, now=clock.now())
    assert entry("invitation.revoked") == (str(city.accounts["office1"].id), None)


def entry(action: str) -> tuple[str | None, object]:
    found = db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)).one()
    return found.actor_id, found.detail.get("in_stead_of")


def test_roles_that_judge_each_other_are_never_joined_even_above_or_below() -> None:
    lent = Grant(Role.OFFICE, 1, "1.")
    colleague = Grant(Role.PARTY_STAFF, 1, "1.")
    assert may_stand_in(lent, [colleague])
    assert not may_stand_in(lent, [colleague, Grant(Role.LIAISON, 5, "1.5.")])
    assert not may_stand_in(Grant(Role.ADJUDICATOR, 1, "1."), [colleague])
    assert Actor(ActorKind.ACCOUNT, None, (lent,)).in_stead_of == set()
