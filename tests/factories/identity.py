"""Sign-in at the desk, threads that act at once, and passwords that cost tests little."""

import threading
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.core import clock
from server.core.access import Actor, ActorKind, Grant, Role
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import passwords, queries
from server.identity import service as identity
from server.identity.models import Account, Organisation
from tests.factories.city import PASSWORD


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash with argon2's least cost: every test makes a dozen accounts."""
    patch = pytest.MonkeyPatch()
    patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield
    patch.undo()


def office_session(
    client: FlaskClient, name: str, password: str = PASSWORD, address: str = "10.1.1.1"
) -> TestResponse:
    """Sign in to the API with a console account."""
    return client.post(
        "/api/v1/office-sessions",
        json={"name": name, "password": password},
        headers={"X-Forwarded-For": address},
    )


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def actor_of(account: Account) -> Actor:
    """Return an account as the actor of a service."""
    return Actor(ActorKind.ACCOUNT, account.id, queries.access_grants(account_id=account.id))


def actor_in(role: Role, organisation: Organisation) -> Actor:
    """Return somebody who holds a role in one place only."""
    return Actor(ActorKind.ACCOUNT, None, (Grant(role, organisation.id, organisation.path),))


def at_once(app: APIFlask, steps: Sequence[Callable[[], object]]) -> list[str]:
    """Carry out steps, each in a transaction and thread of its own, all starting together.

    Returns "done" or the refusal's code for each.
    """
    start = threading.Barrier(len(steps))
    outcomes = [""] * len(steps)

    def run(place: int) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    steps[place]()
                outcomes[place] = "done"
            except Refusal as refusal:
                outcomes[place] = refusal.code

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def redeemed_by_six(app: APIFlask, code: str) -> tuple[list[UUID], list[str]]:
    """Let six members take up one code at once; return them, and how it went for each."""
    with transaction():
        members = [identity.member_of_openid(f"openid-{n}", clock.now()).id for n in range(6)]
    outcomes = at_once(
        app,
        [
            lambda member=member: identity.redeem_invitation(code, member, clock.now())
            for member in members
        ],
    )
    return members, outcomes
