"""Pairings in the console: the list, the form, the import, and who represents an organisation."""

import html
import io
import json
import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.core import clock
from server.core.access import Role
from server.core.transaction import transaction
from server.identity import queries as identity
from server.identity import service
from server.identity.models import Organisation
from server.pairings import queries
from tests.console.conftest import Desk, SignIn, confine
from tests.console.test_lists import queries_of
from tests.factories.city import City, member_id_of
from tests.factories.pairings import (
    make_community,
    make_village,
    pair,
    represent,
    represents,
    signed_campaign,
)
from tests.factories.rating import Phone

TODAY = clock.today()


def pairings_of(city: City) -> list[queries.PairingRow]:
    return list(queries.every_pairing(actor=city.actors["office1"]))


def upload(desk: Desk, text: str, name: str = "结对.csv") -> TestResponse:
    return desk.post("/pairings/import", file=(io.BytesIO(text.encode()), name))


def rows_of(answer: TestResponse) -> str:
    found = re.search(r'name="rows" value="([^"]*)"', answer.text)
    assert found, answer.text
    return html.unescape(found[1])


def test_an_empty_list_says_what_pairings_are_for(desk: SignIn) -> None:
    office = desk("office1")
    assert "还没有结对" in office.read("/pairings")
    assert "没有符合条件的结对" in office.read("/pairings?q=nothing")
    assert 'href="/console/pairings"' in office.read("/")


def test_one_form_pairs_a_department_with_several(desk: SignIn, city: City) -> None:
    community, village = make_community(city), make_village(city)
    office = desk("office1")
    page = office.read("/pairings/new")
    assert "滨江社区" in page
    assert "上塘村" in page
    assert "江畔纺织" not in page
    answer = office.post(
        "/pairings",
        department_id=city.departments[0].id,
        organisations=[community.id, village.id],
        starts_on="2026-01-01",
        ends_on="",
        note="年度结对",
    )
    assert answer.status_code == 302
    listed = office.read("/pairings")
    for words in ("滨江社区", "上塘村", "市场监督管理局", "2026-01-01 至 长期", "结对中"):
        assert words in listed
    assert "上塘村" not in office.read("/pairings?q=bjsq")


def test_where_one_of_several_is_paired_already_none_is_and_it_is_named(
    desk: SignIn, city: City
) -> None:
    community, village = make_community(city), make_village(city)
    pair(city, village, city.departments[0])
    form = {
        "department_id": city.departments[0].id,
        "organisations": [community.id, village.id],
        "starts_on": "2026-01-01",
    }
    answer = desk("office1").post("/pairings", **form)
    assert answer.status_code == 422
    assert "“上塘村”与“市场监督管理局”在所填期间内已有结对" in answer.text
    assert len(pairings_of(city)) == 1
    assert "checked" in answer.text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"starts_on": "2026-01-01"}, "请选择部门"),
        ({"department_id": "1", "starts_on": ""}, "请填写日期"),
        ({"department_id": "1", "starts_on": "2026-01-01"}, "请选择 1 至 200 个社区或村"),
    ],
)
def test_what_is_missing_is_said(
    desk: SignIn, city: City, form: dict[str, str], words: str
) -> None:
    answer = desk("office1").post("/pairings", **form)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_pairing_is_corrected_ended_and_its_history_shown(desk: SignIn, city: City) -> None:
    community, office = make_community(city), desk("office1")
    earlier = pair(
        city,
        community,
        city.departments[0],
        starts_on=date(2024, 1, 1),
        ends_on=date(2024, 12, 31),
    )
    pairing = pair(city, community, city.departments[0], starts_on=date(2026, 1, 1))
    path = f"/pairings/{pairing.id}"
    assert f"/console/pairings/{earlier.id}" in office.read(path)
    period = {"starts_on": "2026-02-01", "ends_on": "", "note": "更正"}
    assert office.post(f"{path}/edit", **period).status_code == 302
    answer = office.post(f"{path}/ending", ends_on=TODAY.isoformat())
    assert answer.status_code == 302
    page = office.read(path)
    for words in ("登记结对", "更正结对", "结束结对", "2026-01-01 至 长期", "office1 同志"):
        assert words in page
    late = office.post(f"{path}/ending", ends_on=(TODAY - timedelta(days=1)).isoformat())
    assert late.status_code == 422
    assert "结束日期不能早于今天" in late.text
    office.post(f"{path}/deletion")
    assert "结对已经开始，不能删除" in office.told()


def test_what_has_not_begun_can_be_taken_back(desk: SignIn, city: City) -> None:
    pairing = pair(
        city, make_community(city), city.departments[0], starts_on=TODAY + timedelta(days=3)
    )
    office = desk("office1")
    assert "未开始" in office.read(f"/pairings/{pairing.id}")
    office.post(f"/pairings/{pairing.id}/deletion")
    assert pairings_of(city) == []
    office.read(f"/pairings/{pairing.id}", status=404)


def test_an_open_campaign_holds_on_to_its_pairings(desk: SignIn, city: City) -> None:
    pairing = pair(city, make_community(city), city.departments[0])
    campaign = signed_campaign(city)
    answer = desk("office1").post(
        f"/pairings/{pairing.id}/edit",
        starts_on="2026-01-01",
        ends_on=(clock.local_date(campaign.opens_at) - timedelta(days=1)).isoformat(),
    )
    assert answer.status_code == 422
    assert "已经计入" in answer.text
    assert campaign.title in answer.text


def test_an_office_of_another_place_sees_and_changes_nothing(desk: SignIn, city: City) -> None:
    pairing = pair(city, make_community(city), city.departments[0])
    confine(city, "office2", city.departments[1])
    other = desk("office2")
    assert "滨江社区" not in other.read("/pairings")
    other.read(f"/pairings/{pairing.id}", status=403)
    assert other.post(f"/pairings/{pairing.id}/ending", ends_on=TODAY).status_code == 403
    assert other.post(f"/pairings/{pairing.id}/deletion").status_code == 403


def test_the_list_asks_the_database_as_often_for_many_rows_as_for_few(
    app: object, desk: SignIn, city: City
) -> None:
    office = desk("office1")
    pair(city, make_community(city, "一号社区"), city.departments[0])
    few = queries_of(app, office, "/pairings")  # type: ignore[arg-type]
    for number in range(8):
        pair(city, make_community(city, f"{number}组社区"), city.departments[0])
    assert queries_of(app, office, "/pairings") == few  # type: ignore[arg-type]


def test_a_file_is_looked_at_first_and_then_its_good_rows_go_in(desk: SignIn, city: City) -> None:
    make_community(city)
    office = desk("office1")
    assert "上传并检查" in office.read("/pairings/import")
    checked = upload(
        office, "社区（村）,部门,开始日期\n滨江社区,公安局,2026-01-01\n无名社区,公安局,2026-01-01\n"
    )
    assert checked.status_code == 200
    assert "没有找到名为“无名社区”的社区或村" in checked.text
    assert pairings_of(city) == []
    rows = rows_of(checked)
    for _ in range(2):
        applied = office.post("/pairings/import/application", rows=rows)
        assert applied.status_code == 200
        assert len(pairings_of(city)) == 1
    assert "已有" in applied.text
    refused = office.post("/pairings/import/refused.xlsx", rows=rows)
    assert refused.data.startswith(b"PK")
    assert "登记结对" in desk("auditor").read("/audit")


@pytest.mark.parametrize(
    "rows",
    ["", "[]", "{}", "nonsense", "[[1,2]]", '[["1","a","b","c","d","e"]]', "[[1,2,3,4,5,6]]"],
)
def test_rows_that_no_page_has_sent_are_refused(desk: SignIn, rows: str) -> None:
    assert desk("office1").post("/pairings/import/application", rows=rows).status_code == 422


def test_rows_that_were_tampered_with_are_checked_like_any_others(desk: SignIn, city: City) -> None:
    make_community(city)
    confine(city, "office2", city.departments[1])
    rows = json.dumps([[2, "滨江社区", "市场监督管理局", "2026-01-01", "", ""]])
    answer = desk("office2").post("/pairings/import/application", rows=rows)
    assert "不在您的管理范围内" in answer.text
    assert pairings_of(city) == []


def test_no_file_and_a_broken_one_are_named(desk: SignIn) -> None:
    office = desk("office1")
    assert "请选择文件" in office.post("/pairings/import").text
    broken = upload(office, "PK\x03\x04", "a.xlsx")
    assert (broken.status_code, "文件无法识别" in broken.text) == (422, True)


def test_files_are_given_out(desk: SignIn, city: City) -> None:
    pair(city, make_community(city), city.departments[0])
    office = desk("office1")
    for path in ("/pairings/pairings.xlsx", "/pairings/import/template.xlsx"):
        answer = office.get(path)
        assert answer.status_code == 200
        assert answer.data.startswith(b"PK")


@pytest.mark.parametrize("make", [make_community, make_village])
def test_a_representative_is_invited_at_the_desk_and_redeems_on_the_phone(
    desk: SignIn, city: City, client: FlaskClient, make: object
) -> None:
    organisation: Organisation = make(city)  # type: ignore[operator]
    office, path = desk("office1"), f"/organisations/{organisation.id}"
    assert "还没有代表" in office.read(path)
    found = re.search(r"<code>([0-9A-Z-]{14})</code>", office.post(f"{path}/invitations").text)
    assert found
    anna = Phone.of(client, "anna")
    answer = client.post(
        "/api/v1/invitations/redemptions", json={"code": found[1]}, headers=anna.headers
    )
    assert answer.json["role"] == "community_representative"
    assert represents(anna, organisation)
    page = office.read(path)
    assert "已使用" in page
    assert "第 1 名" in page
    assert str(member_id_of(anna.token)) not in page


def test_a_hand_over_shows_on_the_page_and_in_the_log_without_a_name(
    desk: SignIn, city: City, client: FlaskClient
) -> None:
    anna, ben = represent(client, "anna", city.enterprise), Phone.of(client, "ben")
    office, path = desk("office1"), f"/organisations/{city.enterprise.id}"
    hand_over = f"/api/v1/me/representations/{city.enterprise.id}/hand-over"
    code = client.post(hand_over, headers=anna.headers).json["code"]
    page = office.read(path)
    assert "代表移交" in page
    assert "待使用" in page
    client.post("/api/v1/invitations/redemptions", json={"code": code}, headers=ben.headers)
    page = office.read(path)
    assert "已移交" in page
    assert "移交接任" in page
    log = desk("auditor").read("/audit")
    for words in ("代表发起移交", "代表移交完成", "单位代表（手机）"):
        assert words in log
    for phone in (anna, ben):
        assert str(member_id_of(phone.token)) not in page + log


def test_the_desk_ends_a_representation(desk: SignIn, city: City, client: FlaskClient) -> None:
    anna = represent(client, "anna", city.enterprise)
    (grant,) = identity.representations(city.enterprise.id)
    path = f"/organisations/{city.enterprise.id}"
    office = desk("office1")
    assert office.post(f"{path}/representatives/{grant.id}/ending").status_code == 302
    assert not represents(anna, city.enterprise)
    assert "还没有代表" in office.read(path)
    assert "收回代表资格" in desk("auditor").read("/audit")


def test_what_nobody_speaks_for_takes_no_invitation(desk: SignIn, city: City) -> None:
    office = desk("office1")
    department = f"/organisations/{city.departments[0].id}"
    assert "发出邀请" not in office.read(department)
    assert office.post(f"{department}/invitations").status_code == 409


def test_invitations_are_paged(desk: SignIn, city: City) -> None:
    with transaction():
        for _ in range(25):
            service.invite(
                Role.ENTERPRISE_REPRESENTATIVE,
                city.enterprise.id,
                actor=city.actors["office1"],
                now=clock.now(),
            )
    office, path = desk("office1"), f"/organisations/{city.enterprise.id}"
    first = office.read(path)
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    second = office.read(html.unescape(following[1]).removeprefix("/console"))
    assert first.count("待使用") == 20
    assert second.count("待使用") == 5
