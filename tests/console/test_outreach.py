"""The desk after a draw: sending, reminding, letters and replacements; rates, and never who."""

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from server.audit.models import AuditEntry
from server.campaigns.rules import Channel
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.sampling import outreach_tasks, replacing, responses
from server.sampling.models import CellResponse, DrawnPerson, LetterRun
from server.sampling.persons import Contact
from server.sampling.rules import Standing
from server.sms.contract import SmsFault, SmsRefused
from tests.console.conftest import Desk, SignIn, confine
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
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
    assert f"{clock.today() + 3 * DAY} 起可以催答" in office.told()


def test_a_reminder_that_would_come_too_soon_says_from_which_day_on(
    city: City, desk: SignIn
) -> None:
    sample, office = make_sample(city), desk("office1")
    path = f"/draws/{sample.draw.id}"
    assert "催答（" not in office.read(f"{path}/outreach")
    sample.invite()
    sample.send(Outbox())
    day = clock.today() + 3 * DAY
    page = office.read(f"{path}/outreach")
    assert re.search(rf"disabled[^>]*>催答（第 1 轮）：{day} 起</button>", page)
    assert f"{path}/reminders" not in page
    office.post(f"{path}/reminders")
    told = office.told()
    assert f"{day} 起可以催答" in told
    assert "都已作答" not in told


def test_before_they_go_as_letters_it_says_who_has_no_address(city: City, desk: SignIn) -> None:
    people = [Contact(f"张{at}", f"138000001{at:02d}", "") for at in range(24)]
    sample, office = make_sample(city, people), desk("office1")
    sample.invite()
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)] * 2}))
    assert "其中 2 人没有地址" in office.read(f"/draws/{sample.draw.id}/outreach")


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
    assert "放行打印" in page
    assert f"/console/letters/{run.id}/1.docx" not in page
    answer = office.get(f"/letters/{run.id}/list.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.values)
    assert len(rows) == ASKED + 1
    other = desk("office2")
    assert other.post(f"/letters/{run.id}/1.docx").status_code == 302
    assert "须先由评价办另一位工作人员放行" in other.told()
    office.post(f"/letters/{run.id}/release")
    assert "请另一位工作人员下载打印" in office.told()
    assert "请另一位工作人员下载打印" in office.read(f"{path}/outreach")
    assert other.post(f"/letters/{run.id}/1.docx").data.startswith(b"PK")
    assert other.post(f"/letters/{run.id}/2.docx").status_code == 404
    other.post(f"/letters/{run.id}/1.docx")
    assert "已经下载过一次" in other.told()
    assert "再次放行" in other.read(f"{path}/outreach")
    shown = office.read(f"/campaigns/{sample.campaign.id}/outreach")
    assert "已下载打印信函 13 封" in shown
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert actions.count("letters.downloaded") == 2
    assert actions.count("letters.released") == 1
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
        f"/draws/{sample.draw.id}/outreach",
        f"/campaigns/{sample.campaign.id}/outreach",
    ):
        assert other.get(path).status_code == 403, path
    for path in (f"/letters/{run.id}/1.docx", f"/letters/{run.id}/release"):
        assert other.post(path).status_code == 403, path


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
    assert "区县：东区" in page
    assert "区县=东区" not in page + office.read(f"/draws/{sample.draw.id}/outreach")
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


def test_after_the_close_the_cells_say_how_many_had_answered(city: City, desk: SignIn) -> None:
    sample, office = make_sample(city), desk("office1")
    sample.invite()
    sample.send(Outbox())
    with transaction():
        db.session.execute(update(DrawnPerson).values(answered=False))
    close_and_settle(sample.campaign.id)
    with transaction():
        db.session.execute(update(CellResponse).values(answered=4))
    page = office.read(f"/draws/{sample.draw.id}/outreach")
    assert f"4 / {ASKED}" in page
    assert "已结束，人数为活动结束时的统计" in page
    assert "一周未答" in page


def test_an_office_of_another_place_neither_sees_nor_sends(city: City, desk: SignIn) -> None:
    sample, office = make_sample(city), desk("office1")
    confine(city, "office1", city.departments[0])
    assert office.get(f"/draws/{sample.draw.id}/outreach").status_code == 403
    assert office.get(f"/campaigns/{sample.campaign.id}/outreach").status_code == 403
    assert office.post(f"/draws/{sample.draw.id}/invitations").status_code == 403
    assert sample.dispatches() == []


def test_rates_stand_beside_how_much_was_replaced(city: City, desk: SignIn) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now - 8 * DAY)
    sample.send(Outbox(), now=now - 8 * DAY)
    with transaction():
        replacing.call_up(sample.draw.id, 1, 7, actor=sample.office, now=now)
    with transaction():
        responses.count(sample.campaign.id, day=clock.local_date(now))
    page = desk("office1").read(f"/campaigns/{sample.campaign.id}/outreach")
    assert "替换率" in page
    assert "35.0%" in page


def test_a_rate_is_rounded_half_up_as_the_figure_of_the_same_rate_is(
    city: City, desk: SignIn
) -> None:
    sample = make_sample(city)
    sample.invite()
    with transaction():
        responses.count(sample.campaign.id, day=clock.today())
    cells = len(db.session.scalars(select(CellResponse)).all())
    db.session.execute(update(CellResponse).values(asked=16, answered=1))
    db.session.commit()
    office = desk("office1")
    page = office.read(f"/campaigns/{sample.campaign.id}/outreach")
    assert page.count("6.3%") == cells + 1
    assert "6.3%" in office.read(f"/figures/responses?campaign={sample.campaign.id}")


def test_the_page_of_ratings_tells_no_day_of_the_sample(city: City, desk: SignIn) -> None:
    sample = make_sample(city)
    store_ratings(sample.campaign.id, city.departments[0].id, [4], channel=Channel.SAMPLE, cell=1)
    close_and_settle(sample.campaign.id)
    (one,) = db.session.scalars(select(Evaluation.id))
    db.session.rollback()
    office = desk("office1")
    for path in ("", f"/{one}"):
        page = office.read(f"/campaigns/{sample.campaign.id}/evaluations{path}")
        assert "抽样期间" in page
