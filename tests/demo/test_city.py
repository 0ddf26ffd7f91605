"""The demo city: complete, made once, and its accounts work."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from server.core import clock
from server.core.transaction import transaction
from server.demo import city as demo
from server.identity import queries
from server.identity.rules import OrganisationKind
from server.wechat.platform import current_platform
from server.wechat.sandbox import Sandbox
from tests.factories.identity import office_session
from tests.factories.rating import Phone


@pytest.fixture
def var(app: APIFlask) -> Iterator[Path]:
    """The folder of the demo's files, emptied afterwards."""
    folder: Path = app.config["CONFIGURATION"].var_dir
    yield folder
    for name in (demo.ACCOUNTS_FILE, demo.PEOPLE_FILE):
        (folder / name).unlink(missing_ok=True)


def build() -> None:
    with transaction():
        demo.make_demo_city(clock.now())


def read(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(path.read_text())
    return found


def test_the_city_has_every_kind_of_organisation_and_enough_departments(var: Path) -> None:
    build()
    for kind in OrganisationKind:
        assert queries.organisations(kind=kind).items, kind
    departments = queries.rated_departments()
    assert len(departments) >= 24
    assert len(queries.organisations(kind=OrganisationKind.ENTERPRISE).items) == 6
    duties = {duty for department in departments for duty in department.duties}
    assert duties == {"window", "enterprise", "enforcement", "livelihood", "project", "agriculture"}
    assert 6 <= sum(department.enterprise_facing for department in departments) < len(departments)


def test_the_demo_accounts_sign_in_with_the_passwords_of_the_file(
    client: FlaskClient, var: Path
) -> None:
    build()
    path = var / demo.ACCOUNTS_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    accounts = read(path)
    assert {account["name"] for account in accounts} >= {
        "office1",
        "office2",
        "admin",
        "inspector",
        "liaison",
    }
    assert len({account["password"] for account in accounts}) == len(accounts)
    for account in accounts:
        assert len(str(account["password"])) == 16
        answer = office_session(client, str(account["name"]), str(account["password"]))
        assert answer.status_code == 201, account["name"]


def test_the_sandbox_people_have_their_roles(client: FlaskClient, var: Path) -> None:
    build()
    people = read(var / demo.PEOPLE_FILE)
    assert len([person for person in people if person["role_label"] == "市民"]) == 10
    me = client.get("/api/v1/me", headers=Phone.of(client, "enterprise-01").headers).json
    assert me["roles"][0]["role"] == "enterprise_representative"
    assert me["roles"][0]["organisation"]["name"] == "临江江畔纺织有限公司"
    sandbox = current_platform()
    assert isinstance(sandbox, Sandbox)
    assert [asdict(person) for person in sandbox.people()] == people


def test_a_second_time_nothing_happens(var: Path) -> None:
    build()
    before = (var / demo.ACCOUNTS_FILE).read_bytes()
    size = len(queries.accounts(limit=100).items)
    build()
    assert (var / demo.ACCOUNTS_FILE).read_bytes() == before
    assert len(queries.accounts(limit=100).items) == size
    assert demo.exists()


def test_a_city_that_is_rolled_back_leaves_no_file(var: Path) -> None:
    def fail() -> None:
        with transaction():
            demo.make_demo_city(clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not demo.exists()
    assert not (var / demo.ACCOUNTS_FILE).exists()
    build()
    assert (var / demo.ACCOUNTS_FILE).exists()


def test_a_lost_file_of_accounts_is_written_again_with_new_passwords(
    client: FlaskClient, var: Path
) -> None:
    build()
    old = read(var / demo.ACCOUNTS_FILE)
    (var / demo.ACCOUNTS_FILE).unlink()
    with transaction():
        demo.restore_accounts_file(clock.now())
    new = read(var / demo.ACCOUNTS_FILE)
    assert [account["name"] for account in new] == [account["name"] for account in old]
    for account, status in ((old[0], 401), (new[0], 201)):
        answer = office_session(client, str(account["name"]), str(account["password"]))
        assert answer.status_code == status


def test_a_city_of_ones_own_gets_no_file_of_accounts(var: Path, city: object) -> None:
    with transaction():
        demo.restore_accounts_file(clock.now())
    assert not (var / demo.ACCOUNTS_FILE).exists()
