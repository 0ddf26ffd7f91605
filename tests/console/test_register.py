"""The register of evaluations at the desk: entering, merging, giving up, the year."""

from datetime import date, timedelta

from sqlalchemy import select

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import Channel
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.identity import service as identity
from server.register import queries as register
from server.register.models import RegisterEntry
from server.register.rules import Audience
from tests.console.conftest import Desk, SignIn, confine
from tests.factories.city import City

NONE_FOUND = "没有符合条件的评价"


def fill_in(city: City, **more: object) -> dict[str, object]:
    return {
        "title": "营商环境满意度调查",
        "owner_id": city.departments[0].id,
        "lead_department_id": "",
        "method": "网上问卷",
        "period": "quarterly",
        "starts_on": "2026-11-10",
        "ends_on": "2026-11-20",
        "audiences": ["enterprises"],
        "people_asked": "300",
        "target": "",
        "basis": "优化营商环境条例",
        "departments": [city.departments[0].id],
    } | more


def enter(desk: Desk, city: City, **more: object) -> int:
    answer = desk.post("/register", **fill_in(city, **more))
    assert answer.status_code == 302, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def stored(entry_id: int) -> RegisterEntry:
    found = db.session.get(RegisterEntry, entry_id, populate_existing=True)
    assert found
    return found


def merged(desk: Desk, city: City, *entries: int) -> Campaign:
    answer = desk.post(
        "/register/merging",
        entries=list(entries),
        title="2027 年第一季度评价",
        indicator_version_id=city.version.id,
    )
    assert answer.status_code == 302, answer.text
    return db.session.scalars(select(Campaign)).one()


def test_an_evaluation_is_entered_found_and_changed(desk: SignIn, city: City) -> None:
    office = desk("office1")
    assert NONE_FOUND in office.read("/register")
    entry = enter(office, city)
    for words in ("优化营商", "工商局", "网上"):
        assert "营商环境满意度调查" in office.read(f"/register?q={words}")
    assert NONE_FOUND in office.read("/register?q=没有这个词")
    assert NONE_FOUND in office.read("/register?audience=residents")
    office.post(f"/register/{entry}/edit", **fill_in(city, title="企业评议"))
    shown = office.read(f"/register/{entry}")
    assert "企业评议" in shown
    assert "修改登记" in shown


def test_what_is_wrong_is_named_and_what_was_typed_stays(desk: SignIn, city: City) -> None:
    office = desk("office1")
    answer = office.post("/register", **fill_in(city, people_asked="0"))
    assert answer.status_code == 422
    assert "请填写 1 至 10000000 的人数" in answer.text
    assert "网上问卷" in answer.text
    answer = office.post(
        "/register", **fill_in(city, ends_on="2026-11-01", audiences=[], departments=[])
    )
    for words in ("结束日期不能早于开始日期", "至少选择一类评价对象", "至少选择一个被评部门"):
        assert words in answer.text


def test_scattered_evaluations_become_one_campaign(desk: SignIn, city: City) -> None:
    office = desk("office1")
    first = enter(office, city)
    second = enter(
        office,
        city,
        title="机关作风评议",
        owner_id=city.departments[1].id,
        audiences=["deputies", "residents"],
        starts_on="2026-11-25",
        ends_on="2027-01-15",
        departments=[city.departments[1].id, city.departments[2].id],
    )
    campaign = merged(office, city, first, second)
    assert campaign.title == "2027 年第一季度评价"
    assert set(campaign.channels) == {Channel.ENTERPRISE_ONLINE, Channel.SAMPLE, Channel.OPEN}
    assert clock.local_date(campaign.closes_at - timedelta(seconds=1)) == date(2027, 1, 15)
    assert set(campaigns.department_ids(campaign.id)) == {one.id for one in city.departments}
    assert {stored(first).campaign_id, stored(second).campaign_id} == {campaign.id}
    assert "已经并入活动" in office.post(f"/register/{first}/edit", **fill_in(city)).text
    office.post(f"/register/{first}/restoration")
    assert stored(first).state == "standing"


def test_a_campaign_names_what_was_merged_into_it_and_keeps_it_in_its_history(
    desk: SignIn, city: City
) -> None:
    office = desk("office1")
    first = enter(office, city, title="机关作风评议")
    second = enter(office, city, title="企业满意度调查")
    campaign = merged(office, city, first, second)
    page = office.read(f"/campaigns/{campaign.id}")
    listed, _, history = page.partition("操作记录")
    assert "并入的评价" in listed
    for entry, title in ((first, "机关作风评议"), (second, "企业满意度调查")):
        assert f'href="/console/register/{entry}">{title}</a>' in listed
        assert title in history.partition("并入登记的评价")[2]
    office.post(f"/register/{second}/restoration")
    listed, _, history = office.read(f"/campaigns/{campaign.id}").partition("操作记录")
    assert f"/register/{second}" not in listed
    assert "取消并入登记的评价：企业满意度调查" in history


def test_a_merge_asks_nobody_whom_nothing_that_was_merged_asked(desk: SignIn, city: City) -> None:
    office = desk("office1")
    entry = enter(office, city, audiences=["deputies"])
    campaign = merged(office, city, entry)
    assert Channel.SAMPLE in campaign.channels
    (asked,) = register.year_of(2026)
    assert asked.planned.campaign_id == campaign.id
    # The officials, whom the survey's channel could ask as well, are not asked by this one.
    assert asked.planned.audiences == {Audience.DEPUTIES}
    with_channel = enter(office, city, title="另一项", audiences=["residents"])
    office.post("/register/merging", entries=[with_channel], campaign_id=campaign.id)
    (asked,) = register.year_of(2026)
    assert asked.planned.audiences == {Audience.DEPUTIES, Audience.RESIDENTS}


def test_a_survey_that_nothing_was_merged_into_may_ask_every_panel(city: City) -> None:
    campaign = city.campaign(is_open=False, channels=(Channel.SAMPLE,))
    (asked,) = register.year_of(clock.local_date(campaign.opens_at).year)
    assert asked.planned.audiences == {Audience.OFFICIALS, Audience.DEPUTIES}


def test_merging_into_a_draft_adds_departments_and_channels(desk: SignIn, city: City) -> None:
    office = desk("office1")
    campaign = city.campaign(is_open=False, channels=(Channel.OPEN,))
    entry = enter(office, city, audiences=["communities"])
    office.post("/register/merging", entries=[entry], campaign_id=campaign.id)
    db.session.refresh(campaign)
    assert set(campaign.channels) == {Channel.OPEN, Channel.COMMUNITY, Channel.VILLAGE}
    assert stored(entry).campaign_id == campaign.id


def test_what_was_asked_together_is_not_taken_apart_any_more(desk: SignIn, city: City) -> None:
    office = desk("office1")
    entry = enter(office, city)
    campaign = merged(office, city, entry)
    office.post(f"/campaigns/{campaign.id}/opening")
    office.post(f"/register/{entry}/restoration")
    assert stored(entry).state == "merged"
    second = enter(office, city, title="另一项")
    answer = office.post("/register/merging", entries=[second], campaign_id=campaign.id)
    assert answer.status_code == 422
    assert stored(second).state == "standing"


def test_merging_nothing_or_what_was_given_up_is_refused(desk: SignIn, city: City) -> None:
    office = desk("office1")
    entry = enter(office, city)
    answer = office.post("/register/merging", title="一次", indicator_version_id=city.version.id)
    assert answer.status_code == 422
    assert "请至少勾选一项评价" in answer.text
    untitled = office.post("/register/merging", entries=[entry])
    assert "请填写新活动的名称" in untitled.text
    office.post(f"/register/{entry}/ceasing", note="与另一项重复")
    again = office.post(
        "/register/merging", entries=[entry], title="一次", indicator_version_id=city.version.id
    )
    assert again.status_code == 422
    assert not db.session.scalars(select(Campaign)).all()


def test_giving_up_needs_a_reason_and_can_be_taken_back(desk: SignIn, city: City) -> None:
    office = desk("office1")
    entry = enter(office, city)
    assert office.post(f"/register/{entry}/ceasing", note=" ").status_code == 422
    office.post(f"/register/{entry}/ceasing", note="与市级评价重复")
    assert "与市级评价重复" in office.read(f"/register/{entry}")
    office.post(f"/register/{entry}/restoration")
    assert stored(entry).state == "standing"
    office.post(f"/register/{entry}/deletion")
    assert office.get(f"/register/{entry}").status_code == 404


def test_an_office_keeps_its_own_part_of_the_register(desk: SignIn, city: City) -> None:
    entry = enter(desk("office1"), city)
    confine(city, "office2", city.departments[1])
    other = desk("office2")
    assert NONE_FOUND in other.read("/register")
    assert other.get(f"/register/{entry}").status_code == 403
    assert other.post(f"/register/{entry}/ceasing", note="不归我").status_code == 403
    assert other.post("/register", **fill_in(city)).status_code == 403


def test_the_year_shows_who_is_asked_twice(desk: SignIn, city: City) -> None:
    office = desk("office1")
    enter(office, city, title="甲", audiences=["enterprises"])
    assert "没有重叠" in office.read("/register/year?year=2026")
    enter(office, city, title="乙", audiences=["enterprises"], starts_on="2026-11-20")
    year = office.read("/register/year?year=2026")
    assert "重叠 1 处" in year
    assert "都评 1 个部门：市场监督管理局" in year
    assert "这一年没有登记评价" in office.read("/register/year?year=2026&audience=residents")
    assert office.get("/register/year?year=99999").status_code == 200


def test_a_campaign_stands_in_the_year_too(desk: SignIn, city: City) -> None:
    campaign = city.campaign()
    year = clock.local_date(campaign.opens_at).year
    assert campaign.title in desk("office1").read(f"/register/year?year={year}")


def leaves_of(campaign_id: int) -> dict[int, list[int]]:
    return {
        row.department_id: row.leaves
        for row in db.session.scalars(
            select(CampaignDepartment).where(CampaignDepartment.campaign_id == campaign_id)
        )
    }


def test_a_campaign_is_copied_to_the_next_period(desk: SignIn, city: City) -> None:
    office = desk("office1")
    campaign = city.campaign(channels=(Channel.OPEN, Channel.COMMUNITY))
    gone = city.departments[2].id
    assert "2027 年第一季度评价" in office.read(f"/campaigns/{campaign.id}/copy")
    with transaction():
        identity.set_organisation_active(gone, False, actor=city.actors["admin"], now=clock.now())
    answer = office.post(
        f"/campaigns/{campaign.id}/copy",
        title="2027 年第一季度评价",
        opens_at="2027-01-04T09:00",
        closes_at="2027-01-18T18:00",
    )
    assert answer.status_code == 302, answer.text
    copy = db.session.get(Campaign, int(answer.location.rsplit("/", 1)[1]))
    assert copy
    assert (copy.state, copy.kind, copy.channels) == ("draft", campaign.kind, campaign.channels)
    original = leaves_of(campaign.id)
    del original[gone]
    assert leaves_of(copy.id) == original
    assert "从上一期复制" in office.read(f"/campaigns/{copy.id}")


def test_a_copy_that_ends_before_it_begins_is_refused(desk: SignIn, city: City) -> None:
    campaign = city.campaign()
    answer = desk("office1").post(
        f"/campaigns/{campaign.id}/copy",
        title="下一期",
        opens_at="2027-02-04T09:00",
        closes_at="2027-01-18T18:00",
    )
    assert answer.status_code == 422
    assert "结束时间必须晚于开始时间" in answer.text
