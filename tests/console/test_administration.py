"""Accounts, organisations, invitations, indicators, settings, the audit log."""

import re

import yaml

from server.core.access import Role
from server.core.database import db
from server.identity import queries as identity
from server.indicators import queries as indicators
from server.settings import queries as settings
from tests.console.conftest import SignIn
from tests.factories.city import TREE, City


def test_a_first_password_is_shown_once(desk: SignIn, city: City) -> None:
    administrator = desk("admin")
    answer = administrator.post("/accounts", name="zhang.san", display_name="张三")
    assert answer.status_code == 200
    password = re.search(r"<code>([^<]{12,})</code>", answer.text)
    assert password
    assert password[1] not in " ".join(answer.headers.getlist("Set-Cookie"))
    account = identity.account_by_name("zhang.san")
    assert account
    assert password[1] not in administrator.read(f"/accounts/{account.id}")
    taken = administrator.post("/accounts", name="Zhang.San", display_name="另一个")
    assert taken.status_code == 422
    assert "已被使用" in taken.text
    assert 'value="另一个"' in taken.text


def test_roles_are_given_once_and_taken_back(desk: SignIn, city: City) -> None:
    administrator = desk("admin")
    account = city.accounts["liaison"].id
    form = {"role": "auditor", "organisation_id": city.root.id}
    assert administrator.post(f"/accounts/{account}/grants", **form).status_code == 302
    again = administrator.post(f"/accounts/{account}/grants", **form)
    assert again.status_code == 422
    assert "已经授予过这个角色" in again.text
    assert administrator.post(f"/accounts/{account}/grants", role="citizen").status_code == 422
    grant = next(
        one for one in identity.grants_of_account(account) if one.role == Role.AUDITOR.value
    )
    administrator.post(f"/accounts/{account}/grants/{grant.id}/revocation")
    assert len(identity.grants_of_account(account)) == 1


def test_the_last_administrator_stays(desk: SignIn, city: City) -> None:
    administrator = desk("admin")
    account = city.accounts["admin"].id
    grant = identity.grants_of_account(account)[0]
    administrator.post(f"/accounts/{account}/grants/{grant.id}/revocation")
    assert "至少要保留一名" in administrator.told()


def test_a_switched_off_account_is_out_at_once(desk: SignIn, city: City) -> None:
    office, administrator = desk("office2"), desk("admin")
    account = city.accounts["office2"].id
    administrator.post(f"/accounts/{account}/deactivation")
    assert office.get("/").headers["Location"].startswith("/console/sign-in")
    administrator.post(f"/accounts/{account}/activation")
    assert "账号已启用" in administrator.told()


def test_an_organisation_is_made_changed_and_moved(desk: SignIn, city: City) -> None:
    administrator = desk("admin")
    form = {"name": "大数据局", "kind": "department", "parent_id": city.root.id}
    aliases = "数管局\n电子政务办，数管局"
    made = administrator.post("/organisations", **form, aliases=aliases, duties=["window"])
    assert made.status_code == 302
    made_id = int(made.headers["Location"].rpartition("/")[2])
    organisation = identity.organisation(made_id)
    assert organisation.aliases == ["数管局", "电子政务办"]
    assert "大数据局" in administrator.read("/organisations?q=dzzwb")
    for change, words in (
        ({"name": ""}, "请填写 1 至 100 个字"),
        ({"parent_id": ""}, "请选择上级"),
        ({"name": "公安局"}, "同一上级下已有同名单位"),
        ({"duties": ["made up"]}, "请从给出的选项中选择"),
    ):
        answer = administrator.post(f"/organisations/{made_id}/edit", **{**form, **change})
        assert answer.status_code == 422
        assert words in answer.text
    moved = {**form, "parent_id": city.departments[1].id}
    assert administrator.post(f"/organisations/{made_id}/edit", **moved).status_code == 302
    assert city.departments[1].name in administrator.read(f"/organisations/{made_id}")
    administrator.post(f"/organisations/{city.root.id}/deactivation")
    assert "仍有下级、授权或党员" in administrator.told()


def test_the_city_itself_can_be_changed_and_stays_the_root(desk: SignIn, city: City) -> None:
    answer = desk("admin").post(f"/organisations/{city.root.id}/edit", name="临江市（新）")
    assert answer.status_code == 302
    db.session.expire_all()
    root = identity.root()
    assert root
    assert (root.id, root.name) == (city.root.id, "临江市（新）")


def test_an_invitation_is_shown_once_and_can_be_revoked(desk: SignIn, city: City) -> None:
    office, path = desk("office1"), f"/organisations/{city.enterprise.id}"
    answer = office.post(f"{path}/invitations")
    code = re.search(r"<code>([0-9A-Z-]{14})</code>", answer.text)
    assert code
    assert code[1] not in office.read(path)
    invitation = identity.invitations(city.enterprise.id)[0]
    office.post(f"{path}/invitations/{invitation.id}/revocation")
    assert "已撤销" in office.read(path)


def test_every_fault_of_an_indicator_tree_is_listed_with_its_place(
    desk: SignIn, city: City
) -> None:
    bad = yaml.safe_load(yaml.safe_dump(TREE))
    bad[0]["leaves"][1]["code"] = "A1"
    bad[1]["weight"] = "26"
    document = yaml.safe_dump({"name": "新版", "headings": bad}, allow_unicode=True)
    answer = desk("admin").post("/indicators", document=document)
    assert answer.status_code == 422
    for place in ("headings.0.leaves.1.code", "headings.1.weight", "headings"):
        assert f"<code>{place}</code>" in answer.text
    assert "落实中心工作1" in answer.text
    assert len(indicators.versions()) == 1


def test_a_copy_of_a_version_can_be_saved_as_it_is(desk: SignIn, city: City) -> None:
    administrator = desk("admin")
    text = administrator.read(f"/indicators/new?copy={city.version.id}")
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", text, re.DOTALL)
    assert found
    document = found[1].replace("&#39;", "'")
    assert administrator.post("/indicators", document=document).status_code == 302
    copy = indicators.newest_version()
    assert copy.name == "测试指标（修订）"
    assert indicators.tree(copy.id) == indicators.tree(city.version.id)


def test_a_setting_is_changed_with_a_reason_and_shows_its_history(desk: SignIn, city: City) -> None:
    administrator, path = desk("admin"), "/settings/smallest_group"
    low = administrator.post(path, value="9", reason="试")
    assert low.status_code == 422
    assert "不能低于 10" in low.text
    assert "请填写" in administrator.post(path, value="12", reason="").text
    assert administrator.post(path, value="12", reason="审慎起见").status_code == 302
    text = administrator.read(path)
    assert "审慎起见" in text
    assert "admin 同志" in text
    scores = {"level_5": "100", "level_4": "75", "level_3": "55", "level_2": "20", "level_1": "0"}
    path = "/settings/level_scores"
    assert administrator.post(path, **scores, reason="按新办法").status_code == 302
    assert settings.value("level_scores")["4"] == "75"
    wrong = administrator.post(path, **{**scores, "level_1": "5"}, reason="试")
    assert "非常不满意须为 0 分" in wrong.text


def test_the_office_reads_the_log_of_its_own_work_only(desk: SignIn, city: City) -> None:
    city.campaign()
    office, auditor = desk("office1"), desk("auditor")
    assert "新建活动" in office.read("/audit")
    assert "新建账号" not in office.read("/audit")
    assert "新建账号" not in office.read("/audit?domain=account")
    assert "新建账号" in auditor.read("/audit?domain=account")
    assert "新建活动" not in auditor.read("/audit?name=nobody")
    assert "新建活动" in auditor.read("/audit?name=office1&day=2099-01-01")
    assert "新建活动" not in auditor.read("/audit?day=2001-01-01")
