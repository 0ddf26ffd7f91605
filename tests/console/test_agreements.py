"""Joint-building agreements and the coverage of branches, at the desk."""

import re
from datetime import timedelta

from server.activities import queries
from server.activities.rules import Quarter, proposed_day
from server.core import clock
from server.identity.models import Organisation
from tests.console.activity_form import FORM, created, last_quarter
from tests.console.conftest import SignIn
from tests.factories.activities import ActivityFactory, make_agreement


def test_an_agreement_is_made_activated_and_its_list_becomes_activities(
    desk: SignIn, branch: Organisation, other_branch: Organisation
) -> None:
    party, year = desk("party"), clock.today().year
    form = {
        "title": "结对共建",
        "host": branch.id,
        "partners": [other_branch.id],
        "ways": ["study", "creation"],
        "aspects": ["platform", "development"],
        "aims": "共办实事",
        "starts_on": f"{year}-01-01",
        "ends_on": f"{year}-12-31",
    }
    for change, words in (
        ({"partners": []}, "请选择至少一个共建单位"),
        ({"ways": []}, "至少一项"),
        ({"ends_on": f"{year - 1}-01-01"}, "终止日期必须晚于起始日期"),
        ({"starts_on": "soon"}, "请按“年-月-日”填写日期"),
        ({"host": ""}, "请选择牵头单位"),
    ):
        wrong = party.post("/agreements", **{**form, **change})
        assert wrong.status_code == 422
        assert words in wrong.text
    made = party.post("/agreements", **form)
    path = f"/agreements/{created(made.headers['Location'])}"
    assert party.post(f"{path}/lines", title="联合党课", year=year, month=12).status_code == 302
    assert "年份要在协议期内" in party.post(f"{path}/lines", title="x", year=1999).text
    party.post(f"{path}/activation")
    text = party.read(path)
    assert "协议已生效" in text
    planned = re.search(r"activities/new\?planned=(\d+)", text)
    assert planned
    shown = party.read(f"/activities/new?planned={planned[1]}")
    assert 'value="联合党课"' in shown
    assert f'value="{proposed_day(year, 12, clock.today())}T09:00"' in shown
    agreement = path.rpartition("/")[2]
    activity = {**FORM, "organiser": branch.id, "agreement": agreement, "planned": planned[1]}
    assert party.post("/activities", **activity).status_code == 302
    assert "已安排" in party.read(path)
    again = party.post("/activities", **activity)
    assert again.status_code == 422
    assert "已经办成活动" in again.text
    assert party.post(f"{path}/edit", **{**form, "title": "新名"}).status_code == 302
    party.post(f"{path}/ending")
    assert "协议已结束" in party.told()
    assert "新名" in party.read("/agreements?state=ended&q=新")
    assert "没有符合条件的协议" in party.read("/agreements?state=draft")


def test_a_line_that_became_nothing_is_taken_off(
    desk: SignIn, branch: Organisation, other_branch: Organisation
) -> None:
    party = desk("party")
    path = f"/agreements/{make_agreement(branch.id, (other_branch.id,)).id}"
    party.post(f"{path}/lines", title="联合党课", year=clock.today().year)
    line = queries.planned(int(path.rpartition("/")[2]))[0]
    party.post(f"{path}/lines/{line.id}/removal")
    assert "清单还是空的" in party.read(path)


def test_coverage_names_who_had_nothing_and_leads_to_the_activities(
    desk: SignIn, branch: Organisation, other_branch: Organisation, activity: ActivityFactory
) -> None:
    held = activity(branch.id, at=clock.now() - timedelta(hours=5), starts_in=timedelta(hours=1))
    quarter, party = Quarter.of(clock.local_date(held.starts_at)), desk("party")
    text = party.read("/coverage")
    assert "第二党支部" in text
    assert "个党支部没有活动" in text
    assert "清扫河岸" in party.read(f"/coverage/units/{branch.id}?quarter={quarter.code}")
    assert "这个季度没有活动" in party.read(f"/coverage/units/{other_branch.id}?quarter=2025-1")
    assert "2025 年第 1 季度" in party.read("/coverage?quarter=2025-1")
    party.read("/coverage?quarter=2025-9")


def test_the_coverage_page_says_when_a_running_quarters_hours_appear(desk: SignIn) -> None:
    running, over = Quarter.of(clock.today()), last_quarter()
    party = desk("party")
    text = party.read("/coverage")
    assert f"将从 {clock.local_date(running.ends_at).isoformat()} 起显示" in text
    assert "合计" not in text
    assert "合计 0 小时" in party.read(f"/coverage?quarter={over.code}")
