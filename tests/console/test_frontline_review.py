"""The frontline log at the desk: review by branch and office, duplicates, experiences."""

import re
from dataclasses import dataclass
from uuid import UUID

import pytest

from server.core.database import db
from server.frontline.models import Entry, Experience
from server.frontline.rules import EntryState, ExperienceState, Solution
from server.identity.models import Organisation
from server.membership.rules import Post
from tests.console.conftest import Desk, SignIn
from tests.factories.city import City
from tests.factories.frontline import approve, make_entry, make_experience
from tests.factories.members import Comrade, PersonFactory


@dataclass
class Team:
    """A member who writes, and the secretary of the branch."""

    author: Comrade
    secretary: Comrade


@pytest.fixture
def team(branch: Organisation, person: PersonFactory) -> Team:
    return Team(
        person(branch.id, "张三", key="zhang"),
        person(branch.id, "王书记", key="secretary", post=Post.SECRETARY),
    )


def verdict(text: str, word: str) -> dict[str, str]:
    """Return the hidden fields of the page's form for a verdict."""
    for form in text.split("<form")[1:]:
        found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        if found.get("verdict") == word:
            return {name: value for name, value in found.items() if name != "csrf_token"}
    message = f"no form for {word}"
    raise AssertionError(message)


def state_of(entry_id: UUID) -> EntryState:
    db.session.expire_all()
    found = db.session.get(Entry, entry_id)
    assert found
    return EntryState(found.state)


def give(person: Desk, path: str, word: str, **more: object) -> int:
    form = {**verdict(person.read(path), word), **more}
    return person.post(f"{path}/reviews", **form).status_code


def test_branch_and_office_approve_in_turn_and_the_page_says_who(desk: SignIn, team: Team) -> None:
    entry = make_entry(team.author)
    path = f"/frontline/entries/{entry.id}"
    party, office = desk("party"), desk("office1")
    assert "楼道照明损坏" in party.read("/frontline/review")
    assert "楼道照明损坏" not in office.read("/frontline/review")
    assert give(party, path, "approved") == 302
    assert state_of(entry.id) is EntryState.BRANCH_APPROVED
    assert "通过后计入公开统计。" in office.read(path)
    text = party.read(path)
    assert "通过后计入公开统计。" not in text
    assert "同一人不能两次审核" in text
    assert 'value="approved"' not in text
    assert give(office, path, "approved") == 302
    assert state_of(entry.id) is EntryState.APPROVED
    text = office.read(path)
    assert "party 同志" in text
    assert "office1 同志" in text
    assert "服务对象的评价人数还不够" in text
    assert "楼道照明损坏" in office.read("/frontline/entries")


def test_a_secretary_on_the_phone_is_named_too(desk: SignIn, team: Team) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor)
    assert "王书记" in desk("office1").read(f"/frontline/entries/{entry.id}")


def test_an_entry_is_returned_with_a_reason_alone(desk: SignIn, team: Team) -> None:
    entry = make_entry(team.author)
    path, party = f"/frontline/entries/{entry.id}", desk("party")
    assert give(party, path, "returned", reason="") == 422
    assert state_of(entry.id) is EntryState.SUBMITTED
    assert give(party, path, "returned", reason="请写明地点") == 302
    assert state_of(entry.id) is EntryState.RETURNED
    assert "请写明地点" in party.read(path)


def test_a_verdict_on_what_was_corrected_meanwhile_is_refused(desk: SignIn, team: Team) -> None:
    entry = make_entry(team.author)
    path, party = f"/frontline/entries/{entry.id}", desk("party")
    form = verdict(party.read(path), "approved")
    old = party.post(f"{path}/reviews", **{**form, "revision": "7"})
    assert old.status_code == 422
    assert state_of(entry.id) is EntryState.SUBMITTED


def test_a_duplicate_is_suggested_merged_and_parted_again(desk: SignIn, team: Team) -> None:
    first, second = make_entry(team.author), make_entry(team.author)
    path, party = f"/frontline/entries/{second.id}", desk("party")
    text = party.read(path)
    assert "合并同一问题" in text
    assert 'data-confirm-title="合并"' in text
    assert f'name="into" value="{first.id}"' in text
    assert give(party, path, "merged", reason="重复", into="") == 422
    assert give(party, path, "merged", reason="重复", into=str(first.id)) == 302
    assert state_of(second.id) is EntryState.MERGED
    assert f"/frontline/entries/{first.id}" in party.read(path)
    assert "撤销合并" in party.read(path)
    party.post(f"{path}/parting")
    assert state_of(second.id) is EntryState.SUBMITTED
    assert "撤销合并一线日志" in party.read(path)


def test_open_problems_that_were_handed_on_are_listed(desk: SignIn, team: Team, city: City) -> None:
    entry = make_entry(
        team.author, solution=Solution.OPEN, hand_on=True, problem="围墙有裂缝。", measures=""
    )
    office = desk("office1")
    assert "没有待移交的问题" in office.read("/frontline/problems")
    approve(entry.id, city.actors["party"], city.actors["office1"])
    assert "围墙有裂缝" in office.read("/frontline/problems")
    assert "希望移交" in office.read(f"/frontline/entries/{entry.id}")


def test_what_is_out_of_reach_is_not_shown(desk: SignIn, team: Team, city: City) -> None:
    entry = make_entry(team.author)
    desk("liaison").read(f"/frontline/entries/{entry.id}", 403)
    desk("party").read(f"/frontline/entries?organisation={city.departments[1].id}")
    desk("party").read("/frontline/entries/00000000-0000-0000-0000-000000000001", 404)


def test_an_experience_is_reviewed_shared_found_and_recalled(
    desk: SignIn, team: Team, city: City
) -> None:
    experience = make_experience(team.author, team.secretary.actor)
    path, office = f"/experiences/{experience.id}", desk("office1")
    assert "修灯先修心" in office.read("/frontline/review")
    assert "没有找到经验" in office.read("/experiences")
    waiting = office.read(path)
    assert "<dt>上级审核</dt><dd>待审核</dd>" in waiting
    assert "系统</dd>" not in waiting
    assert give(office, path, "approved") == 302
    text = office.read(path)
    assert "王书记" in text
    assert "office1 同志" in text
    assert "修灯先修心" in office.read("/experiences?q=修灯&tag=民生")
    assert "修灯先修心" not in office.read("/experiences?tag=别的")
    assert "撤出经验库" in text
    assert give(office, path, "returned", reason="") == 422
    assert give(office, path, "returned", reason="做法已经过时") == 302
    db.session.expire_all()
    found = db.session.get(Experience, experience.id)
    assert found
    assert found.state == ExperienceState.RETURNED
