"""Setting up, opening and closing a campaign."""

from server.campaigns import queries
from server.campaigns.rules import CampaignState
from server.core.database import db
from server.indicators import queries as indicators
from tests.console.conftest import SignIn
from tests.factories.city import City

DRAFT = {
    "title": "2027 年第一季度评价",
    "kind": "survey",
    "channels": ["1", "2"],
    "opens_at": "2027-01-01T09:00",
    "closes_at": "2027-03-31T18:00",
}


def test_a_draft_is_saved_with_times_meant_in_shanghai(desk: SignIn, city: City) -> None:
    office = desk("office1")
    departments = [str(one.id) for one in city.departments[:2]]
    form = {**DRAFT, "indicator_version_id": city.version.id, "departments": departments}
    answer = office.post("/campaigns", **form)
    assert answer.status_code == 302
    campaign = queries.campaigns()[0]
    assert campaign.opens_at.isoformat() == "2027-01-01T01:00:00+00:00"
    assert campaign.channels == [1, 2]
    assert queries.department_count([campaign.id]) == {campaign.id: 2}
    assert "2027-01-01 09:00" in office.read(f"/campaigns/{campaign.id}")


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(
    desk: SignIn, city: City
) -> None:
    departments = [str(city.departments[1].id)]
    form = {**DRAFT, "indicator_version_id": city.version.id, "departments": departments}
    for change, words in (
        ({"title": ""}, "请填写 1 至 100 个字"),
        ({"closes_at": "2026-01-01T09:00"}, "结束时间必须晚于开始时间"),
        ({"opens_at": ""}, "请填写时间"),
        ({"channels": []}, "请至少选择一个可用的评价渠道"),
        ({"channels": ["99"]}, "请从给出的选项中选择"),
        ({"departments": ["abc"]}, "格式不正确"),
        ({"departments": [str(city.enterprise.id)]}, "不能评价的单位"),
    ):
        answer = desk("office1").post("/campaigns", **{**form, **change})
        assert answer.status_code == 422, change
        assert words in answer.text
        assert 'value="2027-03-31T18:00"' in answer.text or "closes_at" in change
    assert queries.campaigns() == []


def test_a_draft_is_changed_its_leaves_chosen_and_it_is_opened(desk: SignIn, city: City) -> None:
    office, campaign = desk("office1"), city.campaign(is_open=False)
    path = f"/campaigns/{campaign.id}"
    department = city.departments[0].id
    leaves = [str(leaf.id) for leaf in indicators.leaves(city.version.id)]
    form = {**DRAFT, "departments": [str(department)]}
    assert office.post(f"{path}/edit", **form).status_code == 302
    assert office.post(f"{path}/departments/{department}/leaves").status_code == 422
    answer = office.post(f"{path}/departments/{department}/leaves", leaves=leaves[:3])
    assert answer.status_code == 302
    assert queries.department(campaign.id, department)[0].leaves == [
        int(leaf) for leaf in leaves[:3]
    ]
    office.post(f"{path}/opening")
    db.session.expire_all()
    assert queries.campaign(campaign.id).state == CampaignState.OPEN
    again = office.post(f"{path}/edit", **form)
    assert "活动已经开始，不能再修改" in again.text


def test_closing_asks_for_the_title(desk: SignIn, city: City) -> None:
    office, campaign = desk("office1"), city.campaign()
    path = f"/campaigns/{campaign.id}/closing"
    answer = office.post(path, title="something else")
    assert answer.status_code == 422
    assert "与活动名称不一致" in answer.text
    db.session.expire_all()
    assert queries.campaign(campaign.id).state == CampaignState.OPEN
    assert office.post(path, title=campaign.title).status_code == 302
    db.session.expire_all()
    assert queries.campaign(campaign.id).state == CampaignState.CLOSED
    assert "活动已经结束" in office.read(path, 409)


def test_a_step_that_is_refused_says_why_on_the_next_page(desk: SignIn, city: City) -> None:
    office, campaign = desk("office1"), city.campaign()
    answer = office.post(f"/campaigns/{campaign.id}/deletion")
    assert answer.headers["Location"] == f"/console/campaigns/{campaign.id}"
    assert "活动已经开始，不能再修改" in office.told()
