"""Activities at the desk: calendar, form with fences, steps, roster."""

import re
from datetime import timedelta
from html import unescape

import pytest
from apiflask import APIFlask

from server.activities import queries, service
from server.activities.rules import ActivityKind, ActivityState
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from tests.console.activity_form import AROUND, FORM, created
from tests.console.conftest import SignIn, confine
from tests.console.test_lists import queries_of
from tests.factories.activities import CIRCLE, ActivityFactory, make_activity, make_agreement
from tests.factories.city import City
from tests.factories.members import PersonFactory


def test_a_draft_keeps_times_meant_in_shanghai_and_its_fences(
    desk: SignIn, branch: Organisation
) -> None:
    party = desk("party")
    answer = party.post("/activities", **FORM, **AROUND, organiser=branch.id)
    assert answer.status_code == 302, answer.text
    activity = queries.activity(created(answer.headers["Location"]))
    assert clock.local_date(activity.starts_at).isoformat() == FORM["starts_at"][:10]
    assert activity.starts_at.hour == 1
    assert activity.fences[0] == {
        "name": "广场",
        "shape": "circle",
        "centre": [120.153576, 30.287459],
        "radius": 150,
    }
    assert len(activity.fences[1]["corners"]) == 3
    edit = party.read(f"/activities/{activity.id}/edit")
    assert "120.153576,30.287459" in edit
    assert edit.count('class="fence-row"') == 4, (
        "its two, a blank one without scripts, the template"
    )
    assert queries.places([activity.id])[activity.id].capacity == 30


def test_wgs84_is_converted_when_it_is_saved(desk: SignIn, branch: Organisation) -> None:
    form = {**FORM, **AROUND, "datum": "wgs84", "organiser": branch.id}
    answer = desk("party").post("/activities", **form)
    centre = queries.activity(created(answer.headers["Location"])).fences[0]["centre"]
    assert 0.003 < centre[0] - 120.153576 < 0.006
    assert centre != [120.153576, 30.287459]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "请填写 1 至 100 个字"),
        ({"organiser": ""}, "请选择主办单位"),
        ({"ends_at": "2020-01-01T00:00"}, "请填写一年之前至两年之内的时间"),
        ({"starts_at": ""}, "请填写时间"),
        ({"ends_at": "soon"}, "请按“年-月-日 时:分”填写时间"),
        ({"capacity": "many"}, "请填写整数，不限请留空"),
        ({"evidence": ["photo"]}, "不能作为仅有的打卡方式"),
        ({"evidence": ["place", "code"], "fence_points": [], "fence_name": []}, "请先划定活动范围"),
        ({"fence_points": ["north", "120.1,30.2"]}, "坐标“north”无法识别"),
        ({"fence_points": ["120.1,30.2", "120.1,30.2"]}, "多边形要有 3 至 60 个顶点"),
        ({"fence_radius": ["", ""]}, "请填写半径（米）"),
        ({"fence_points": ["30.287459,120.153576", AROUND["fence_points"][1]]}, "无法识别"),
        ({"fence_points": ["30.2,60.2", AROUND["fence_points"][1]]}, "坐标不在国内"),
    ],
)
def test_faults_stand_at_their_fields_and_what_was_typed_stays(
    desk: SignIn, branch: Organisation, change: dict[str, object], words: str
) -> None:
    form = {**FORM, **AROUND, "organiser": branch.id, "bring": "雨具", **change}
    answer = desk("party").post("/activities", **form)
    assert answer.status_code == 422, answer.headers
    text = unescape(answer.text)
    assert words in text
    assert text.count(words) == 1, "once, at its field"
    assert 'value="雨具"' in text
    assert queries.activity_page(paths=[branch.path]).items == []


def test_an_activity_is_announced_changed_and_cancelled_with_a_reason(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    party = desk("party")
    draft = activity(branch.id, announced=False)
    path = f"/activities/{draft.id}"
    party.post(f"{path}/announcement")
    assert "活动已发布" in party.told()
    form = {**FORM, "organiser": branch.id, "title": "改了名", "revision": draft.revision}
    assert party.post(f"{path}/edit", **form).status_code == 302
    stale = party.post(f"{path}/edit", **form)
    assert stale.status_code == 422
    assert "刚被他人修改过" in stale.text
    nothing = party.post(f"{path}/cancellation", reason="")
    assert nothing.status_code == 422
    assert party.post(f"{path}/cancellation", reason="暴雨红色预警").status_code == 302
    text = party.read(path)
    assert "暴雨红色预警" in text
    assert "活动已取消" in text
    db.session.expire_all()
    assert queries.activity(draft.id).state == ActivityState.CANCELLED
    party.read(f"{path}/edit", 409)


def test_a_draft_is_deleted_and_a_copy_starts_in_a_week(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    party, draft = desk("party"), activity(branch.id, announced=False, fences=(CIRCLE,))
    copy = party.read(f"/activities/new?copy={draft.id}")
    assert 'value="清扫河岸"' in copy
    assert "120.159800,30.271800" in copy
    assert 'name="revision"' not in copy
    text = party.read(f"/activities/{draft.id}")
    assert f"/activities/{draft.id}/deletion" in text
    assert "草稿删除后不能恢复。" in text
    assert party.post(f"/activities/{draft.id}/deletion").status_code == 302
    party.read(f"/activities/{draft.id}", 404)


def test_the_calendar_shows_each_day_of_an_activity_and_turns_over(
    desk: SignIn, branch: Organisation, activity: ActivityFactory, city: City
) -> None:
    party = desk("party")
    held = activity(branch.id, starts_in=timedelta(days=3), lasts=timedelta(days=2))
    month = held.starts_at.astimezone(clock.SHANGHAI).strftime("%Y-%m")
    text = party.read(f"/activities?month={month}")
    assert text.count(f'href="/console/activities/{held.id}"') >= 2
    assert "清扫河岸" not in party.read(f"/activities?month={month}&kind=study")
    assert "清扫河岸" not in party.read(
        f"/activities?month={month}&organisation={city.departments[1].id}"
    )
    assert "2026 年 12 月" in party.read("/activities?month=2026-12")
    assert "month=2027-01" in party.read("/activities?month=2026-12")
    for odd in ("2026-13", "abc", "0001-01", "9999-12"):
        assert "没有符合条件的活动" in party.read(f"/activities?month={odd}&kind=culture")


def test_the_list_is_searched_filtered_and_paged(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    party = desk("party")
    for number in range(25):
        activity(branch.id, title=f"第{number}次学习", kind=ActivityKind.STUDY)
    activity(branch.id, title="入户走访", announced=False)
    seen: list[str] = []
    path = "/activities/list?kind=study"
    while path:
        text = party.read(path)
        seen += re.findall(r'href="/console/activities/(\d+)"', text)
        following = re.search(r'href="/console(/activities/list\?[^"]+)" rel="next"', text)
        path = unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == 25
    assert "入户走访" in party.read("/activities/list?q=入户&state=draft")
    assert "没有符合条件的活动" in party.read("/activities/list?q=没有这个")
    day = clock.local_date(clock.now() + timedelta(days=3)).isoformat()
    assert "入户走访" in party.read(f"/activities/list?day={day}")
    assert "没有符合条件的活动" in party.read("/activities/list?day=2020-01-01")


def test_the_office_reads_and_does_not_change(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    office, held = desk("office1"), activity(branch.id)
    text = office.read(f"/activities/{held.id}")
    assert "清扫河岸" in text
    for step in ("取消活动", "名单与补录", "大屏活动码"):
        assert step not in text
    for path in ("roster", "code", "attendance", "paper", "edit"):
        office.read(f"/activities/{held.id}/{path}", 403)
    desk("liaison").read(f"/activities/{held.id}", 403)


def test_people_are_added_to_the_roster_and_taken_off(
    desk: SignIn, branch: Organisation, activity: ActivityFactory, person: PersonFactory
) -> None:
    party, held = desk("party"), activity(branch.id, capacity=1)
    anna, bo = person(branch.id, "安娜"), person(branch.id, "薄明")
    path = f"/activities/{held.id}"
    assert "安娜" in party.read(f"{path}/roster?q=an")
    party.post(f"{path}/participants/{anna.id}")
    text = party.read(f"{path}/roster")
    assert "已加入名单" in text
    assert "第一党支部" in text
    party.post(f"{path}/participants/{bo.id}")
    assert "名额已满" in party.told()
    party.post(f"{path}/participants/{anna.id}/removal")
    assert "已移出名单" in party.told()
    assert "还没有人报名" in party.read(f"{path}/roster")


def test_a_calendar_file_is_downloaded(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    answer = desk("office1").get(f"/activities/{activity(branch.id).id}/calendar.ics")
    assert answer.mimetype == "text/calendar"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "SUMMARY:清扫河岸" in answer.text


def test_lists_ask_the_database_as_often_for_many_rows_as_for_few(
    app: APIFlask,
    desk: SignIn,
    branch: Organisation,
    other_branch: Organisation,
    activity: ActivityFactory,
) -> None:
    party = desk("party")
    paths = ["/activities", "/activities/list", "/activities/map", "/agreements", "/coverage"]

    def fill(number: int) -> None:
        for _ in range(number):
            activity(
                branch.id,
                at=clock.now() - timedelta(hours=1),
                starts_in=timedelta(hours=1),
                fences=(CIRCLE,),
                partner_ids=(other_branch.id,),
            )
            make_agreement(branch.id, (other_branch.id,))

    fill(2)
    few = {path: queries_of(app, party, path) for path in paths}
    fill(5)
    assert {path: queries_of(app, party, path) for path in paths} == few


def test_a_partners_desk_learns_of_an_activity_when_it_is_announced(
    desk: SignIn, city: City, branch: Organisation, other_branch: Organisation
) -> None:
    confine(city, "party", city.departments[1])
    partner, organiser = desk("party"), desk("office1")
    held = make_activity(branch.id, announced=False, partner_ids=(other_branch.id,))
    path = f"/activities/{held.id}"
    month = f"/activities?month={held.starts_at.astimezone(clock.SHANGHAI):%Y-%m}"
    lists = ("/activities/list", month)
    assert held.title in organiser.read(path)
    for one in (path, f"{path}/calendar.ics", f"/activities/new?copy={held.id}"):
        assert partner.get(one).status_code == 404, one
    for one in lists:
        assert held.title not in partner.read(one)
        assert held.title in organiser.read(one)
    with transaction():
        service.announce(held.id, actor=SYSTEM, now=clock.now())
    for one in (path, *lists):
        assert held.title in partner.read(one)
