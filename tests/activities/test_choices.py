"""What an organiser's phone offers: partners by any way of naming them, agreements in force."""

from typing import Any

from flask.testing import FlaskClient

from server.activities.queries.choices import MOST_OFFERED
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from tests.activities.conftest import People
from tests.factories.activities import make_agreement
from tests.factories.city import City
from tests.factories.members import Comrade, make_branch

PARTNERS = "/api/v1/activities/partners"
AGREEMENTS = "/api/v1/agreements"


def offered(client: FlaskClient, by: Comrade, q: str) -> list[str]:
    answer = client.get(PARTNERS, query_string={"q": q}, headers=by.headers)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json["items"]]


def agreements(client: FlaskClient, by: Comrade, organiser: int) -> list[dict[str, Any]]:
    answer = client.get(AGREEMENTS, query_string={"organiser": organiser}, headers=by.headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def test_partners_are_found_by_name_pinyin_and_initials(
    client: FlaskClient, other_branch: Organisation, people: People
) -> None:
    for typed in (other_branch.name, "dierdangzhibu", "dedzb"):
        assert offered(client, people.secretary, typed) == [other_branch.name]
    assert offered(client, people.secretary, "没有这个单位") == []


def test_only_units_in_use_that_can_be_partners_are_offered(
    client: FlaskClient, city: City, other_branch: Organisation, people: People
) -> None:
    assert city.root.kind == OrganisationKind.CITY
    assert offered(client, people.secretary, city.root.name) == []
    with transaction():
        other_branch.active = False
    assert offered(client, people.secretary, other_branch.name) == []


def test_no_more_are_offered_than_a_phone_shows(
    client: FlaskClient, city: City, people: People
) -> None:
    for number in range(MOST_OFFERED + 1):
        make_branch(city.departments[0].id, f"联建支部{number:02}")
    found = offered(client, people.secretary, "联建支部")
    assert found == [f"联建支部{number:02}" for number in range(MOST_OFFERED)]


def test_an_organiser_chooses_among_its_agreements_in_force(
    client: FlaskClient, branch: Organisation, other_branch: Organisation, people: People
) -> None:
    hosted = make_agreement(branch.id, (other_branch.id,), title="甲协议")
    joined = make_agreement(other_branch.id, (branch.id,), title="乙协议")
    make_agreement(branch.id, (other_branch.id,), title="草案", active=False)
    assert sorted(agreements(client, people.secretary, branch.id), key=lambda one: one["id"]) == [
        {"id": hosted.id, "title": "甲协议"},
        {"id": joined.id, "title": "乙协议"},
    ]


def test_nobody_else_is_told(
    client: FlaskClient, branch: Organisation, other_branch: Organisation, people: People
) -> None:
    def status(path: str, by: Comrade, **query: object) -> int:
        return client.get(path, query_string=query, headers=by.headers).status_code

    assert status(AGREEMENTS, people.secretary, organiser=other_branch.id) == 403
    assert status(AGREEMENTS, people.secretary, organiser=2_000_000_000) == 404
    assert status(AGREEMENTS, people.secretary) == 422
    for path, query in ((PARTNERS, {}), (AGREEMENTS, {"organiser": branch.id})):
        assert status(path, people.anna, **query) == 403
        assert client.get(path, query_string=query).status_code == 401
