"""A problem of the front is handed on at the desk, by itself or with the last approval."""

from sqlalchemy import select

from server.core.database import db
from server.frontline.models import Entry
from server.frontline.rules import Solution
from server.identity.models import Organisation
from server.membership.rules import Post
from server.rectification.models import Case
from tests.console.conftest import SignIn
from tests.console.test_frontline_review import verdict
from tests.factories.city import City
from tests.factories.frontline import approve, make_entry
from tests.factories.members import PersonFactory


def left_open(person: PersonFactory, branch: Organisation, city: City, *, approved: bool) -> Entry:
    author = person(branch.id, "张三", key="zhang")
    secretary = person(branch.id, "王书记", key="secretary", post=Post.SECRETARY)
    entry = make_entry(author, solution=Solution.OPEN, hand_on=True)
    approve(entry.id, secretary.actor, *([city.actors["office1"]] if approved else []))
    return entry


def test_the_office_hands_an_approved_problem_on(
    desk: SignIn, city: City, branch: Organisation, person: PersonFactory
) -> None:
    entry = left_open(person, branch, city, approved=True)
    office, path = desk("office1"), f"/frontline/entries/{entry.id}"
    assert "移交并挂号" in office.read(path)
    assert office.post(f"{path}/handing-on").status_code == 422
    office.post(f"{path}/handing-on", department=city.departments[0].id)
    case = db.session.scalars(select(Case)).one()
    assert f"已移交，挂号 {case.number}。" in office.told()
    text = office.read(path)
    assert f"已移交{city.departments[0].name}：{case.number} 已挂号" in text
    assert "移交并挂号" not in text
    assert "没有待移交的问题" in office.read("/frontline/problems")


def test_the_last_approval_asks_whom_the_problem_is_handed_on_to(
    desk: SignIn, city: City, branch: Organisation, person: PersonFactory
) -> None:
    entry = left_open(person, branch, city, approved=False)
    office, path = desk("office1"), f"/frontline/entries/{entry.id}"
    text = office.read(path)
    assert "通过后在这个部门挂号办理" in text
    said = verdict(text, "approved") | {"department": str(city.departments[1].id)}
    office.post(f"{path}/reviews", **said)
    assert db.session.scalars(select(Case.department_id)).one() == city.departments[1].id
