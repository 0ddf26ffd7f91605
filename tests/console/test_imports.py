"""Imports at the desk: sent, looked at, applied, dropped, corrected."""

import io
import re
from uuid import uuid4

from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.audit.models import AuditEntry
from server.core.access import Role
from server.core.database import db
from server.identity.models import Organisation
from server.membership import queries
from server.membership.files import LARGEST_FILE
from server.membership.models import ImportRun
from tests.console.conftest import Desk, SignIn, confine
from tests.factories.city import City
from tests.factories.identity import actor_in
from tests.factories.members import PersonFactory
from tests.membership.files import check, table

PEOPLE = "姓名,支部,备注,身份证号\n张三,第一党支部,x,330102199001011234\n李四,没有,x,\n"


def send(desk: Desk, data: bytes | str, kind: str = "people") -> TestResponse:
    content = data.encode() if isinstance(data, str) else data
    return desk.post("/imports", kind=kind, file=(io.BytesIO(content), "名单.csv"))


def page_of(answer: TestResponse) -> str:
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("/console")


def test_a_file_is_looked_at_before_it_changes_anything(desk: SignIn, branch: Organisation) -> None:
    staff = desk("party")
    assert "还没有导入" in staff.read("/imports")
    page = page_of(send(staff, PEOPLE))
    text = staff.read(page)
    assert "还没有改变任何资料" in text
    assert "没有读取的列：备注。" in text
    assert "身份证号一列没有读取" in text
    assert "没有找到，请核对名称" in text
    assert '<td class="text-nowrap">张三</td><td>第一党支部</td>' in text
    assert "李四" not in text
    with_names = db.session.scalars(select(ImportRun)).one()
    assert "张三" not in str(with_names.report), "lines and reasons are stored, nobody's name"
    with_names.created_by = uuid4()
    db.session.commit()
    assert "张三" not in staff.read(page), "names are for who sent the file"
    assert queries.roster(branch.id) == []
    assert "第 3 行" not in staff.read(f"{page}?outcome=new")
    staff.post(f"{page}/application")
    assert "已导入" in staff.told()
    assert [row.name for row in queries.roster(branch.id)] == ["张三"]
    staff.post(f"{page}/application")
    assert len(queries.roster(branch.id)) == 1
    refused = staff.get(f"{page}/refused.xlsx")
    rows = list(load_workbook(io.BytesIO(refused.data)).worksheets[0].iter_rows(values_only=True))
    assert rows[1][:2] == ("李四", "没有")
    assert "330102" not in str(rows)
    recorded = {one.action for one in db.session.scalars(select(AuditEntry))}
    assert {"import.checked", "import.applied", "import.refused_exported"} <= recorded
    assert "待导入" not in staff.read("/imports")


def test_a_dropped_import_is_gone(desk: SignIn, branch: Organisation) -> None:
    staff = desk("party")
    page = page_of(send(staff, PEOPLE))
    staff.post(f"{page}/drop")
    assert "已放弃" in staff.told()
    staff.post(f"{page}/application")
    assert "请重新上传" in staff.told()
    assert staff.get(f"{page}/refused.xlsx").status_code == 409
    assert queries.roster(branch.id) == []


def test_files_that_cannot_be_read_are_refused_beside_the_field(desk: SignIn) -> None:
    staff = desk("party")
    for data, words in (
        (b"", "文件里没有数据"),
        ("a,b\n1,2\n", "没有找到表头“姓名、支部”"),
        (b"PK\x03\x04", "文件无法识别"),
        (b"x" * (LARGEST_FILE + 1), "不能超过 5 MB"),
    ):
        answer = send(staff, data)
        assert answer.status_code == 422
        assert words in answer.text
    assert staff.post("/imports", kind="people").status_code == 422
    assert send(staff, PEOPLE, kind="nonsense").status_code == 422
    assert send(staff, b"x" * 50_000_000).status_code == 413


def test_each_role_imports_its_own_kind(desk: SignIn, branch: Organisation) -> None:
    office, staff, administrator = desk("office1"), desk("party"), desk("admin")
    assert send(office, PEOPLE).status_code == 403
    organisations = "名称,类别,上级,职责\n机关党委,党委,公安局,\n"
    assert send(staff, organisations, "organisations").status_code == 403
    page = page_of(send(administrator, organisations, "organisations"))
    assert staff.get(page).status_code == 403
    assert office.read(page)
    administrator.post(f"{page}/application")
    assert "机关党委" in staff.read("/branches")
    page = page_of(send(staff, PEOPLE))
    assert office.get(page).status_code == 403
    assert administrator.post(f"{page}/application").status_code == 403
    assert queries.roster(branch.id) == []


def test_templates_are_workbooks_with_the_headings(desk: SignIn) -> None:
    for kind, first in (("people", "姓名"), ("organisations", "名称")):
        answer = desk("party").get(f"/imports/templates/{kind}.xlsx")
        assert load_workbook(io.BytesIO(answer.data)).worksheets[0]["A1"].value == first
    assert desk("party").get("/imports/templates/other.xlsx").status_code == 404


def test_a_long_report_is_shown_in_pages_with_the_faults_first(
    desk: SignIn, branch: Organisation, person: PersonFactory
) -> None:
    person(branch.id, "张0")
    lines = ["姓名,支部"] + [f"张{number},第一党支部" for number in range(150)] + ["李,无"]
    staff = desk("party")
    page = page_of(send(staff, "\n".join(lines)))
    text = staff.read(page)
    assert re.findall(r"<td>(\d+)</td>", text)[:3] == ["152", "2", "3"]
    following = re.findall(r'href="([^"]+)" rel="next"', text)[0]
    more = staff.read(following.replace("&amp;", "&").removeprefix("/console"))
    assert re.findall(r"<td>(\d+)</td>", more)[-1] == "151"
    assert staff.read(f"{page}?outcome=unchanged").count("<td>2</td>") == 1


def test_each_desk_pages_through_the_imports_of_its_own_places(
    desk: SignIn, city: City, branch: Organisation, other_branch: Organisation
) -> None:
    confine(city, "party", city.departments[0])
    staff = desk("party")
    page_of(send(staff, PEOPLE))
    elsewhere = actor_in(Role.PARTY_STAFF, city.departments[1])
    for number in range(55):
        run = check(table("姓名,支部", f"人{number},{other_branch.name}"), actor=elsewhere)
    text = staff.read("/imports")
    assert text.count("/console/imports/") - text.count("/console/imports/templates") == 1
    assert str(run.id) not in text
    assert staff.get(f"/imports/{run.id}").status_code == 403
    for number in range(20):
        send(staff, f"姓名,支部\n人{number},{branch.name}\n")
    first = staff.read("/imports")
    following = re.findall(r'href="([^"]+)" rel="next"', first)[0].replace("&amp;", "&")
    last = staff.read(following.removeprefix("/console"))
    assert (first.count("待导入"), last.count("待导入")) == (20, 1)
