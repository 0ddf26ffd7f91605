"""Branches, rosters and persons at the desk."""

import io
import re

from openpyxl import load_workbook
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core.database import db
from server.identity.models import Organisation, RoleGrant
from server.membership import queries
from server.membership.rules import Post
from tests.console.conftest import SignIn, confine
from tests.factories.city import City
from tests.factories.members import PersonFactory, make_branch
from tests.factories.rating import Phone


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_branches_are_listed_with_their_counts(
    desk: SignIn, city: City, branch: Organisation, person: PersonFactory
) -> None:
    person(branch.id, "张三", key="zhang")
    person(branch.id, "李四")
    for name in ("party", "office1"):
        text = desk(name).read("/branches?q=dydzb")
        assert "第一党支部" in text
        assert "市场监督管理局" in text
        assert re.findall(r'<td class="text-end">(\d+)</td>', text) == ["2", "1"]
    assert "没有找到党组织" in desk("party").read("/branches?q=nothing")
    assert "还没有党组织" not in text
    del city


def test_a_roster_is_searched_and_filtered(
    desk: SignIn, branch: Organisation, person: PersonFactory
) -> None:
    staff = desk("party")
    path = f"/branches/{branch.id}/roster"
    assert "还没有党员" in staff.read(path)
    assert "<th>编号</th>" not in staff.read(path)
    staff.post("/person-groups", name="年轻干部")
    young = queries.groups()[0].id
    person(branch.id, "张三", key="zhang", groups=[young])
    person(branch.id, "李四")
    for query, shown in (
        ("", {"张三", "李四"}),
        ("?q=zs", {"张三"}),
        ("?q=四", {"李四"}),
        ("?bound=yes", {"张三"}),
        ("?bound=no", {"李四"}),
        (f"?group={young}", {"张三"}),
        ("?active=no", set()),
    ):
        text = staff.read(path + query)
        assert {name for name in ("张三", "李四") if f">{name}</a>" in text} == shown, query
    staff.post(f"/branches/{branch.id}/persons", name="王五", code="A-07", post="member")
    text = staff.read(path)
    assert "<th>编号</th>" in text
    assert "A-07" in text


def test_a_person_is_taken_in_changed_and_refused_beside_the_field(
    desk: SignIn, branch: Organisation
) -> None:
    staff = desk("party")
    answer = staff.post(
        f"/branches/{branch.id}/persons", name="张三", phone="13800000001", post="secretary"
    )
    assert answer.status_code == 302
    page = answer.headers["Location"].removeprefix("/console")
    text = staff.read(page)
    assert "138****0001" in text
    assert "13800000001" not in text
    assert 'value="13800000001"' in staff.read(f"{page}/edit")
    answer = staff.post(f"{page}/edit", name="张三丰", post="secretary", code="A1")
    assert answer.status_code == 302
    assert "张三丰" in staff.read(page)
    answer = staff.post(f"/branches/{branch.id}/persons", name="李四", post="secretary")
    assert answer.status_code == 422
    assert "请先办理书记继任" in answer.text
    answer = staff.post(f"/branches/{branch.id}/persons", name="李四", phone="1", code="甲")
    assert answer.status_code == 422
    assert "11 位手机号码" in answer.text
    assert "编号为" in answer.text


def test_the_office_reads_and_changes_nothing(
    desk: SignIn, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, "张三", phone="13800000001")
    office = desk("office1")
    text = office.read(f"/persons/{zhang.id}")
    assert "登记离开" not in text
    assert "13800000001" not in text
    for path in ("move", "departure", "binding-code", "unbinding", "succession", "edit"):
        assert office.post(f"/persons/{zhang.id}/{path}").status_code == 403
    assert office.get(f"/persons/{zhang.id}/edit").status_code == 403


def test_a_slip_shows_its_code_once_and_the_code_binds(
    desk: SignIn, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, "张三")
    staff = desk("party")
    answer = staff.post(f"/persons/{zhang.id}/binding-code")
    assert answer.status_code == 200
    assert f'data-shown-once="/console/persons/{zhang.id}"' in answer.text
    assert "<svg" in answer.text
    code = re.findall(r'class="ticket-code">([^<]+)', answer.text)[0]
    assert code not in staff.read(f"/persons/{zhang.id}")
    phone = Phone.of(staff.client, "zhang")
    bound = staff.client.post(
        "/api/v1/me/person-binding", json={"code": code}, headers=phone.headers
    )
    assert bound.status_code == 201
    assert "已绑定" in staff.read(f"/persons/{zhang.id}")
    staff.post(f"/persons/{zhang.id}/unbinding")
    assert "未绑定" in staff.read(f"/persons/{zhang.id}")
    assert "person.unbound" in actions()


def test_slips_of_a_branch_are_for_who_has_no_phone_bound(
    desk: SignIn, branch: Organisation, person: PersonFactory
) -> None:
    person(branch.id, "已绑", key="bound")
    for number in range(26):
        person(branch.id, f"未绑{number}")
    text = desk("party").post(f"/branches/{branch.id}/slips").text
    sheets = text.split('<section class="sheet"')[1:]
    assert [sheet.count('class="ticket-code"') for sheet in sheets] == [24, 2]
    assert "已绑<" not in text


def test_moving_leaving_coming_back_and_succeeding_at_the_desk(
    desk: SignIn, branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    staff = desk("party")
    former = person(branch.id, "老书记", post=Post.SECRETARY)
    zhang = person(branch.id, "张三")
    staff.post(f"/persons/{zhang.id}/succession", post="secretary")
    assert "已接任" in staff.told()
    assert "<dd>党员</dd>" in staff.read(f"/persons/{former.id}")
    staff.post(f"/persons/{zhang.id}/move", branch_id=other_branch.id)
    assert "已转接" in staff.told()
    staff.post(f"/persons/{zhang.id}/departure")
    text = staff.read(f"/persons/{zhang.id}")
    assert "已离开" in text
    assert f"/persons/{zhang.id}/departure" not in text
    assert "张三" in staff.read(f"/branches/{other_branch.id}/roster?active=no")
    staff.post(f"/persons/{zhang.id}/move", branch_id=branch.id)
    assert "请先恢复" in staff.told()
    staff.post(f"/persons/{zhang.id}/return", branch_id=branch.id)
    assert ">张三</a>" in staff.read(f"/branches/{branch.id}/roster")
    staff.post(f"/persons/{zhang.id}/move")
    assert "请选择支部" in staff.told()


def test_who_takes_a_roster_along_is_recorded(
    desk: SignIn, branch: Organisation, person: PersonFactory
) -> None:
    person(branch.id, "张三", key="zhang", phone="13800000001")
    staff = desk("party")
    staff.read(f"/branches/{branch.id}/roster")
    assert "roster.exported" not in actions()
    answer = staff.get(f"/branches/{branch.id}/roster.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True))
    assert rows[2] == ("张三", "党员", "", "已绑定")
    assert answer.headers["Cache-Control"] == "no-store"
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "roster.exported")
    ).one()
    assert entry.subject_id == str(branch.id)
    assert entry.detail == {"size": 1}


def test_staff_of_one_unit_see_its_branches_alone(
    desk: SignIn, city: City, branch: Organisation, person: PersonFactory
) -> None:
    district = make_branch(city.departments[1].id, "第二党支部")
    other = person(district.id, "外人")
    grant = grant_of_staff(city)
    grant.organisation_id = city.departments[0].id
    db.session.commit()
    staff = desk("party")
    text = staff.read("/branches")
    assert "第一党支部" in text
    assert "第二党支部" not in text
    for path in (
        f"/branches/{district.id}/roster",
        f"/branches/{district.id}/roster.xlsx",
        f"/branches/{district.id}/persons/new",
        f"/persons/{other.id}",
        f"/persons/{other.id}/edit",
    ):
        assert staff.get(path).status_code == 403, path
    assert staff.post(f"/branches/{district.id}/slips").status_code == 403
    assert staff.post(f"/branches/{district.id}/persons", name="甲").status_code == 403
    del branch


def grant_of_staff(city: City) -> RoleGrant:
    account = city.accounts["party"].id
    return db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == account)).one()


def test_groups_are_added_renamed_and_retired(desk: SignIn) -> None:
    staff = desk("party")
    assert "还没有群体" in staff.read("/person-groups")
    staff.post("/person-groups", name="年轻干部")
    group = queries.groups()[0].id
    answer = staff.post("/person-groups", name="年轻干部")
    assert answer.status_code == 422
    assert "已有同名群体" in answer.text
    assert staff.post("/person-groups", name="").status_code == 422
    staff.post(f"/person-groups/{group}", name="青年干部")
    staff.post(f"/person-groups/{group}/retirement")
    text = staff.read("/person-groups")
    assert 'value="青年干部"' in text
    assert "已停用" in text
    staff.post(f"/person-groups/{group}/activation")
    assert [one.name for one in queries.groups()] == ["青年干部"]


def test_staff_of_a_part_of_the_tree_read_the_groups_and_are_offered_no_change(
    desk: SignIn, city: City, branch: Organisation
) -> None:
    make_branch(city.departments[1].id, "第二党支部")
    desk("party").post("/person-groups", name="年轻干部")
    group = queries.groups()[0].id
    confine(city, "party", city.departments[0])
    staff = desk("party")
    text = staff.read("/person-groups")
    assert "年轻干部" in text
    assert "改名</button>" not in text
    assert "添加群体" not in text
    for path in ("", f"/{group}", f"/{group}/retirement"):
        answer = staff.post(f"/person-groups{path}", name="别的")
        assert answer.status_code in {302, 403}, path
    assert [one.name for one in queries.groups()] == ["年轻干部"]
    assert branch.active
