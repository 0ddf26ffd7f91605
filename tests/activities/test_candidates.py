"""Whose names an organiser is shown: his own people, and those whom partners lend by agreement."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from server.activities import queries, service
from server.activities.models import Activity
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from server.membership import queries as membership
from tests.activities.conftest import People
from tests.factories.activities import ActivityFactory, make_agreement
from tests.factories.city import City
from tests.factories.identity import actor_in
from tests.factories.members import PersonFactory, make_branch

Names = Callable[[Activity, str], list[str]]


@pytest.fixture
def names(client: FlaskClient, people: People) -> Names:
    """Return the names that the first branch's secretary finds."""

    def search(held: Activity, q: str) -> list[str]:
        answer = client.get(
            f"/api/v1/activities/{held.id}/candidates",
            query_string={"q": q},
            headers=people.secretary.headers,
        )
        assert answer.status_code == 200, answer.text
        return [one["name"] for one in answer.json["items"]]

    return search


def test_own_people_are_found_by_name_pinyin_and_initials_until_they_take_part(
    branch: Organisation, people: People, activity: ActivityFactory, names: Names
) -> None:
    held = activity(branch.id)
    assert names(held, "安") == names(held, "anna") == names(held, "an") == ["安娜"]
    with transaction():
        service.join(held.id, people.anna.id, clock.now())
    assert names(held, "an") == []


def test_naming_a_partner_shows_nobody_of_it(
    branch: Organisation,
    other_branch: Organisation,
    people: People,
    activity: ActivityFactory,
    names: Names,
) -> None:
    held = activity(branch.id, partner_ids=(other_branch.id,))
    assert names(held, "wairen") == []
    assert not queries.may_add(held, membership.person(people.stranger.id), people.secretary.actor)


@pytest.mark.parametrize("host", [True, False])
def test_a_partner_under_an_agreement_in_force_lends_its_people(
    branch: Organisation,
    other_branch: Organisation,
    people: People,
    activity: ActivityFactory,
    names: Names,
    *,
    host: bool,
) -> None:
    first, second = (branch, other_branch) if host else (other_branch, branch)
    make_agreement(first.id, (second.id,))
    apart = activity(branch.id)
    together = activity(branch.id, partner_ids=(other_branch.id,))
    stranger = membership.person(people.stranger.id)
    assert (names(apart, "wairen"), names(together, "wairen")) == ([], ["外人"])
    assert queries.may_add(together, stranger, people.secretary.actor)
    assert not queries.may_add(apart, stranger, people.secretary.actor)


def test_an_agreement_that_is_draft_ended_to_come_or_with_others_lends_nobody(
    city: City,
    branch: Organisation,
    other_branch: Organisation,
    activity: ActivityFactory,
    names: Names,
) -> None:
    today, day = clock.today(), timedelta(days=1)
    third = make_branch(city.departments[0].id, "第三党支部")
    make_agreement(branch.id, (other_branch.id,), active=False)
    make_agreement(branch.id, (other_branch.id,), starts_on=today + day, ends_on=today + 9 * day)
    over = make_agreement(branch.id, (other_branch.id,))
    with transaction():
        # Nothing ends it before the job of the next morning.
        over.starts_on, over.ends_on = today - 9 * day, today - day
    make_agreement(third.id, (other_branch.id,))
    ended = make_agreement(branch.id, (other_branch.id,))
    with transaction():
        service.end_agreement(ended.id, actor=SYSTEM, now=clock.now())
    assert names(activity(branch.id, partner_ids=(other_branch.id,)), "wairen") == []


def test_a_partner_above_branches_lends_nobody_whatever_was_agreed(
    city: City, branch: Organisation, activity: ActivityFactory, person: PersonFactory, names: Names
) -> None:
    committee = make_branch(city.root.id, "市直机关党委", OrganisationKind.PARTY_COMMITTEE)
    below = make_branch(committee.id, "机关第一党支部")
    person(committee.id, "魏一")
    person(below.id, "魏二")
    make_agreement(branch.id, (committee.id,))
    assert names(activity(branch.id, partner_ids=(committee.id,)), "wei") == []


def test_a_general_branch_lends_the_people_of_its_branches(
    city: City, branch: Organisation, activity: ActivityFactory, person: PersonFactory, names: Names
) -> None:
    general = make_branch(city.departments[1].id, "党总支", OrganisationKind.GENERAL_BRANCH)
    below = make_branch(general.id, "总支一支部")
    person(general.id, "魏一")
    person(below.id, "魏二")
    make_agreement(branch.id, (general.id,))
    assert names(activity(branch.id, partner_ids=(general.id,)), "wei") == ["魏二", "魏一"]


def test_a_search_needs_a_letter_and_shows_twenty_at_most(
    client: FlaskClient,
    branch: Organisation,
    people: People,
    activity: ActivityFactory,
    person: PersonFactory,
    names: Names,
) -> None:
    held = activity(branch.id)
    for query in ("", "?q=", "?q=%20"):
        address = f"/api/v1/activities/{held.id}/candidates{query}"
        assert client.get(address, headers=people.secretary.headers).status_code == 422
    assert queries.candidates(held, "", people.secretary.actor) == []
    for number in range(21):
        person(branch.id, f"王{number}")
    assert len(names(held, "王")) == 20


def test_staff_find_whom_their_grant_reaches_and_nobody_who_left(
    city: City,
    branch: Organisation,
    people: People,
    activity: ActivityFactory,
) -> None:
    held = activity(branch.id)
    above = city.actors["party"]
    beside = actor_in(Role.PARTY_STAFF, city.departments[1])
    assert [row.name for row in queries.candidates(held, "wairen", above)] == ["外人"]
    assert queries.candidates(held, "anna", beside) == []
    anna = membership.person(people.anna.id)
    assert queries.may_add(held, anna, above)
    assert not queries.may_add(held, anna, beside)
    anna.active, anna.member_id = False, None
    assert not queries.may_add(held, anna, above)
