"""A settled campaign with a tally in the log, and two auditors."""

from server.core import clock
from server.core.access import SYSTEM, Actor, ActorKind, Grant, Role
from server.core.transaction import transaction
from server.identity import service as identity
from tests.factories.city import PASSWORD, City

SECOND = "auditor2"


def add_auditor(city: City, name: str = SECOND) -> None:
    """Give the city another auditor."""
    with transaction():
        account, _ = identity.create_account(
            name=name, display_name=f"{name} 同志", actor=SYSTEM, now=clock.now()
        )
        identity.set_password(account, PASSWORD, must_change=False)
        identity.grant_role(
            Role.AUDITOR, city.root.id, account_id=account.id, actor=SYSTEM, now=clock.now()
        )
    city.accounts[name] = account
    city.actors[name] = Actor(
        ActorKind.ACCOUNT, account.id, (Grant(Role.AUDITOR, city.root.id, city.root.path),)
    )
