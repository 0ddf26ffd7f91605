"""Delegations and linked phones, made through the services."""

from datetime import date, datetime
from uuid import UUID

from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.transaction import transaction
from server.identity import service
from server.identity.models import Delegation
from tests.factories.city import PASSWORD, City, member_id_of
from tests.factories.identity import actor_of
from tests.factories.rating import Phone


def stand_in(
    city: City,
    lender: str,
    delegate: str,
    *,
    begins_on: date | None = None,
    ends_on: date | None = None,
    now: datetime | None = None,
) -> Delegation:
    """Let one account stand in for another, today unless told otherwise."""
    moment = now or clock.now()
    begin = begins_on or clock.local_date(moment)
    with transaction():
        return service.delegate(
            city.accounts[lender].id,
            city.accounts[delegate].id,
            begins_on=begin,
            ends_on=ends_on or begin,
            reason="年休假",
            actor=city.actors[lender],
            now=moment,
        )


def hire(city: City, name: str, *held: Role, place: int = 0) -> UUID:
    """Make an account with roles in a department."""
    with transaction():
        account, _ = service.create_account(
            name=name, display_name=f"{name} 同志", actor=SYSTEM, now=clock.now()
        )
        service.set_password(account, PASSWORD, must_change=False)
        for role in held:
            service.grant_role(
                role,
                city.departments[place].id,
                account_id=account.id,
                actor=SYSTEM,
                now=clock.now(),
            )
    city.accounts[name], city.actors[name] = account, actor_of(account)
    return account.id


def link(city: City, name: str, phone: Phone) -> None:
    """Link a phone to an account, by a code from its desk."""
    with transaction():
        code, _ = service.show_phone_code(actor=city.actors[name], now=clock.now())
    with transaction():
        service.link_phone(code, member_id_of(phone.token), now=clock.now())
