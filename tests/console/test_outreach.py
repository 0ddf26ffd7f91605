"""The desk after a draw: sending, reminding, letters and replacements; rates, and never who."""

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.sampling import outreach_tasks, responses
from server.sampling.models import DrawnPerson, LetterRun
from server.sampling.persons import Contact
from server.sampling.rules import Standing
from server.sms.contract import SmsFault, SmsRefused
from tests.console.conftest import Desk, SignIn, confine
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.outreach import DAY, Outbox, make_sample

ASKED = 13


def by_post() -> list[Contact]:
    return [Contact(f"张{at}", "", f"江滨路 {at} 号") for at in range(1, 25)]


def test_the_office_sends_invitations_and_sees_how_far_they_are(city: City, desk: SignIn) -> None:
    sample, office = make_sample(city), desk("office1")
    path = f"/draws/{sample.draw.id}"
    assert "还没有发送" in office.read(f"{path}/outreach")
    assert "发送邀请（13 人）" in office.read(f"{path}/outreach")
    assert office.post(f"{path}/invitations").status_code == 302
    assert "已安排发送：短信 13 人。" in office.told()
    page = office.read(f"{path}/outreach")
    assert "正在发送" in page
    assert "发送邀请（" not in page
    sample.send(Outbox())
    part = office.get(f"{path}/outreach?part=progress", headers={"HX-Request": "true"})
    assert "正在发送" not in part.text
    assert "<html" not in part.text
    assert office.post(f"{path}/invitations").status_code == 302
    assert "没有需要补发的" in office.told()


def test_reminders_from_the_desk(city: City, desk: SignIn) -> None:
    sample, office = make_sample(city), desk("office1")
    now = clock.now()
    sample.invite(now=now - 4 * DAY)
    sample.send(Outbox(), now=now - 4 * DAY)
    path = f"/draws/{sample.draw.id}"
    assert "催答（第 1 轮）" in office.read(f"{path}/outreach")
    office.post(f"{path}/reminders")
    assert "短信 13 人" in office.told()
    office.post(f"{path}/reminders")
    assert "不足 3 天" in office.told()


def test_failures_stand_by_reason_and_go_again_or_as_letters(city: City, desk: SignIn) -> None:
    sample, office = make_sample(city), desk("office1")
    sample.invite()
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER), SmsRefused(SmsFault.BLOCKED)]}))
    path = f"/draws/{sample.draw.id}"
    page = office.read(f"{path}/outreach")
    assert "手机号无效或停机：1 人" in page
    assert "对方拒收短信：1 人" in page
    office.post(f"{path}/failures/blocked")
    assert "1 人重新发送" in office.told()
    office.post(f"{path}/failures/number", letters="yes")
    assert "1 人改为寄信" in office.told()
    assert "制作 1 封信" in office.read(f"{path}/outreach")
    assert office.post(f"{path}/failures/whatever").status_code == 404


def test_letters_are_made_downloaded_on_record_and_noted_as_posted(
    city: City, desk: SignIn
) -> None:
    sample, office = make_sample(city, by_post()), desk("office1")
    sample.invite()
    path = f"/draws/{sample.draw.id}"
    office.post(f"{path}/letters")
    (run,) = db.session.scalars(select(LetterRun)).all()
    assert office.get(f"/letters/{run.id}/list.xlsx").status_code == 409
    outreach_tasks.make_letters(str(run.id))
    page = office.read(f"{path}/outreach")
    assert f"/console/letters/{run.id}/1.docx" in page
    answer = office.get(f"/letters/{run.id}/list.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.values)
    assert len(rows) == ASKED + 1
    assert office.get(f"/letters/{run.id}/1.docx").data.startswith(b"PK")
    assert office.get(f"/letters/{run.id}/2.docx").status_code == 404
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert actions.count("letters.downloaded") == 2
    office.post(f"/letters/{run.id}/posting")
    assert "已登记 13 封信今天寄出" in office.told()
    assert {one.state for one in sample.dispatches()} == {"sent"}
    office.post(f"/letters/{run.id}/posting")
    assert "已经登记为寄出" in office.told()


@pytest.mark.parametrize("name", ["liaison", "inspector", "auditor", "admin"])
def test_nobody_but_the_office_opens_letters(city: City, desk: SignIn, name: str) -> None:
    sample, office = make_sample(city, by_post()), desk("office1")
    sample.invite()
    office.post(f"/draws/{sample.draw.id}/letters")
    (run,) = db.session.scalars(select(LetterRun)).all()
    outreach_tasks.make_letters(str(run.id))
    other: Desk = desk(name)
    for path in (
        f"/letters/{run.id}/list.xlsx",
        f"/letters/{run.id}/1.docx",
        f"/draws/{sample.draw.id}/outreach",
        f"/campaigns/{sample.campaign.id}/outreach",
    ):
        assert other.get(path).status_code == 403, path


def test_replacements_are_proposed_and_called_up(city: City, desk: SignIn) -> None:
    sample, office = make_sample(city), desk("office1")
    sample.invite()
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)] * 2}))
    path = f"/draws/{sample.draw.id}"
    page = office.read(f"{path}/outreach")
    assert "建议 2 人" in page
    office.post(f"{path}/replacements", cell="1", number="2")
    assert "已启用 2 名备用样本" in office.told()
    assert len(sample.persons(Standing.CALLED_UP)) == 2
    assert "发送邀请（2 人）" in office.read(f"{path}/outreach")
    office.post(f"{path}/replacements", cell="1", number="")
    assert "请填写要启用的人数" in office.told()


def test_refusals_are_noted_by_number_and_faults_stand_beside_the_field(
    city: City, desk: SignIn
) -> None:
    sample, office = make_sample(city), desk("office1")
    sample.invite()
    path = f"/draws/{sample.draw.id}/refusals"
    first = sample.persons(Standing.MAIN)[0]
    answer = office.post(path, numbers="甲")
    assert answer.status_code == 422
    assert "请填写样本库序号" in answer.text
    reserve = sample.persons(Standing.RESERVE)[0].number
    answer = office.post(path, numbers=f"{reserve}")
    assert answer.status_code == 422
    assert "不在本次抽样需要作答的人员之中" in answer.text
    assert office.post(path, numbers=f"{first.number}\n{first.number}").status_code == 302
    assert "已登记 1 人，启用备用样本 1 名" in office.told()


def test_rates_are_shown_by_panel_cell_and_day_and_nobody_by_name(city: City, desk: SignIn) -> None:
    people = [Contact(f"甲乙丙{at}", f"138000001{at:02d}", f"江滨路 {at} 号") for at in range(24)]
    sample, office = make_sample(city, people), desk("office1")
    assert "还没有统计" in office.read(f"/campaigns/{sample.campaign.id}/outreach")
    sample.invite()
    with transaction():
        responses.count(sample.campaign.id, day=clock.today() - timedelta(days=1))
    page = office.read(f"/campaigns/{sample.campaign.id}/outreach")
    assert "普通群众" in page
    assert "区县=东区" in page
    assert "0.0%" in page
    assert f"0 / {ASKED}" in page
    whole = page + office.read(f"/draws/{sample.draw.id}/outreach")
    assert "甲乙丙" not in whole
    assert "1380000" not in whole
    assert not re.search("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", whole)
    persons = db.session.scalars(select(DrawnPerson)).all()
    assert {one.answered for one in persons} == {False}


def test_the_list_has_campaigns_with_a_sample_alone(city: City, desk: SignIn) -> None:
    office = desk("office1")
    assert "还没有抽过样的活动" in office.read("/outreach")
    sample = make_sample(city)
    city.campaign()
    page = office.read("/outreach")
    assert f"/console/campaigns/{sample.campaign.id}/outreach" in page
    assert page.count('/outreach"') >= 1
    assert "没有找到活动" in office.read("/outreach?q=没有的")


def test_after_the_close_the_pages_show_counts_and_offer_no_step(city: City, desk: SignIn) -> None:
    sample, office = make_sample(city, by_post()), desk("office1")
    sample.invite()
    close_and_settle(sample.campaign.id)
    page = office.read(f"/draws/{sample.draw.id}/outreach")
    assert "活动已经结束，链接已经失效" in page
    assert "活动结束前没有发出：13 人" in page
    for word in ("发送邀请（", "催答（", "改为寄信", "启用</button>", "登记拒访"):
        assert word not in page
    assert f"0 / {ASKED}" in office.read(f"/campaigns/{sample.campaign.id}/outreach")
    office.post(f"/draws/{sample.draw.id}/invitations")
    assert "活动已经结束" in office.told()


def test_an_office_of_another_place_neither_sees_nor_sends(city: City, desk: SignIn) -> None:
    sample, office = make_sample(city), desk("office1")
    confine(city, "office1", city.departments[0])
    assert office.get(f"/draws/{sample.draw.id}/outreach").status_code == 403
    assert office.get(f"/campaigns/{sample.campaign.id}/outreach").status_code == 403
    assert office.post(f"/draws/{sample.draw.id}/invitations").status_code == 403
    assert sample.dispatches() == []
