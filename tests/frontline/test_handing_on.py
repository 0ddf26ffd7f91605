"""A problem that the front can't solve becomes a case, and its author sees what comes of it."""

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server.core import clock
from server.core.access import Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.frontline import queries, service
from server.frontline.models import Entry
from server.frontline.rules import Solution, Verdict
from server.rectification import service as cases
from server.rectification.models import Case, CaseOrigin
from server.rectification.rules import ClosedBy
from tests.factories.city import City
from tests.factories.frontline import approve, make_entry
from tests.factories.identity import actor_in, at_once
from tests.frontline.conftest import Team


def left_open(team: Team, *, approved: bool = True) -> Entry:
    entry = make_entry(team.author, solution=Solution.OPEN, hand_on=True)
    approve(entry.id, *([team.secretary.actor, team.office] if approved else []))
    return entry


def hand_on(entry: Entry, city: City, team: Team) -> Case:
    with transaction():
        return service.hand_on(entry.id, city.departments[0].id, actor=team.office, now=clock.now())


def shown(entry: Entry, team: Team) -> dict[str, object]:
    assert team.author.phone is not None
    answer = team.author.phone.client.get(
        f"/api/v1/frontline/entries/{entry.id}", headers=team.author.headers
    )
    return dict(answer.json)


def test_an_approved_problem_becomes_a_case_that_its_author_follows(city: City, team: Team) -> None:
    entry = left_open(team)
    assert shown(entry, team)["case"] is None
    case = hand_on(entry, city, team)
    assert (case.kind, case.department_id) == ("frontline", city.departments[0].id)
    told = shown(entry, team)
    assert told["case_id"] == str(case.id)
    assert told["case"] == {
        "number": case.number,
        "department": city.departments[0].name,
        "stage": "registered",
        "stage_label": "已挂号",
    }
    now = clock.now()
    with transaction():
        cases.answer(case.id, "路灯已修好", actor=city.actors["liaison"], now=now)
        cases.close(case.id, ClosedBy.EVIDENCE, "现场核实", actor=city.actors["office1"], now=now)
    assert shown(entry, team)["case"]["stage_label"] == "已销号"  # type: ignore[index]


def test_the_case_names_neither_author_nor_branch(city: City, team: Team) -> None:
    case = hand_on(left_open(team), city, team)
    words = f"{case.title} {case.summary}"
    assert "张三" not in words
    origin = db.session.scalars(select(CaseOrigin)).one()
    assert origin.real_name is False


def test_the_last_approval_hands_on_at_once_where_it_names_the_department(
    city: City, team: Team
) -> None:
    entry = left_open(team, approved=False)
    for actor in (team.secretary.actor, team.office):
        with transaction():
            service.review_entry(
                entry.id,
                verdict=Verdict.APPROVED,
                department=city.departments[0].id,
                actor=actor,
                now=clock.now(),
            )
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1
    assert queries.open_problems(city.root.path, team.office).items == []


def test_handing_on_twice_makes_one_case(app: APIFlask, city: City, team: Team) -> None:
    entry = left_open(team)
    now, place = clock.now(), city.departments[0].id
    steps = [lambda: service.hand_on(entry.id, place, actor=team.office, now=now)] * 3
    assert at_once(app, steps) == ["done"] * 3
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1


@pytest.mark.parametrize("what", ["solved", "not wished", "not approved"])
def test_nothing_else_is_handed_on(city: City, team: Team, what: str) -> None:
    if what == "not approved":
        entry = left_open(team, approved=False)
    else:
        solution = Solution.SOLVED if what == "solved" else Solution.OPEN
        entry = make_entry(team.author, solution=solution)
        approve(entry.id, team.secretary.actor, team.office)
    with pytest.raises(Refusal) as refused:
        service.hand_on(entry.id, city.departments[0].id, actor=team.office, now=clock.now())
    assert refused.value.code == "entry_not_to_hand_on"


def test_the_branch_and_strangers_hand_nothing_on(city: City, team: Team) -> None:
    entry = left_open(team)
    for actor in (team.secretary.actor, actor_in(Role.OFFICE, city.departments[2])):
        with pytest.raises(Refusal) as refused:
            service.hand_on(entry.id, city.departments[0].id, actor=actor, now=clock.now())
        assert refused.value.code == "not_allowed"


def test_only_a_department_that_is_rated_takes_a_case(city: City, team: Team) -> None:
    entry = left_open(team)
    with pytest.raises(Refusal):
        service.hand_on(entry.id, city.enterprise.id, actor=team.office, now=clock.now())


def test_others_read_nothing_of_the_case(city: City, team: Team) -> None:
    entry = left_open(team)
    hand_on(entry, city, team)
    actor = actor_in(Role.LIAISON, city.departments[0])
    found = queries.approved_entries(city.root.path, actor).items
    assert [one.case for one in found] == [None]
