"""Activities at the desk: calendar, form with fences, steps, roster, map, agreements, exports."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from apiflask import APIFlask
from openpyxl import load_workbook

from server.activities import queries, service
from server.activities.rules import ActivityKind, ActivityState, Quarter, proposed_day
from server.attendance.models import Attendance
from server.audit.models import AuditEntry
from server.console.views import activity_exports
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.paging import Page
from server.core.transaction import transaction
from server.frontline import queries as frontline
from server.frontline.models import Experience
from server.identity import queries as identity
from server.identity import service as members
from server.identity.models import Organisation
from server.settings import service as settings
from tests.console.conftest import Desk, SignIn, confine
from tests.console.test_lists import queries_of
from tests.factories.activities import CIRCLE, ActivityFactory, make_activity, make_agreement
from tests.factories.city import City
from tests.factories.frontline import approve, make_entry, make_experience
from tests.factories.members import PersonFactory

FORM = {
    "title": "社区义诊",
    "kind": "frontline",
    "place": "望江社区",
    "starts_at": "2027-03-02T09:00",
    "ends_at": "2027-03-02T11:00",
    "join_until": "2027-03-01T18:00",
    "capacity": "30",
    "audience": "everyone",
    "evidence": ["code", "organiser"],
    "evidence_needed": "1",
    "datum": "gcj02",
}
AROUND = {
    "fence_name": ["广场", "操场"],
    "fence_shape": ["circle", "polygon"],
    "fence_points": [
        "120.153576,30.287459",
        "120.150,30.280\n120.152，30.280\n120.152,30.282",
    ],
    "fence_radius": ["150", ""],
}


@pytest.fixture(autouse=True)
def spring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the form's days lie ahead: they are written out so that each test reads plainly."""
    day = (clock.today() + timedelta(days=20)).isoformat()
    before = (clock.today() + timedelta(days=19)).isoformat()
    times = {
        "starts_at": f"{day}T09:00",
        "ends_at": f"{day}T11:00",
        "join_until": f"{before}T18:00",
    }
    for name, value in times.items():
        monkeypatch.setitem(FORM, name, value)


def created(answer_location: str) -> int:
    return int(answer_location.rpartition("/")[2])


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
        ({"ends_at": "soon"}, "请按「年-月-日 时:分」填写时间"),
        ({"capacity": "many"}, "请填写整数，不限请留空"),
        ({"evidence": ["photo"]}, "不能作为仅有的打卡方式"),
        ({"evidence": ["place", "code"], "fence_points": [], "fence_name": []}, "请先划定活动范围"),
        ({"fence_points": ["north", "120.1,30.2"]}, "坐标「north」无法识别"),
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


def drawn(text: str) -> dict[str, object]:
    found = re.search(r"data-map='([^']+)'", text)
    assert found
    result: dict[str, object] = json.loads(found[1])
    return result


def test_the_map_serves_without_tiles_and_says_where_to_set_them(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    activity(branch.id, fences=(CIRCLE,))
    activity(branch.id, title="还是草稿", announced=False, fences=(CIRCLE,))
    answer = desk("party").get("/activities/map")
    assert "没有配置底图" in answer.text
    assert "还是草稿" not in answer.text
    data = drawn(answer.text)
    assert data["tiles"] == {"layers": [], "datum": "gcj02", "attribution": ""}
    assert data["items"][0]["fences"] == [CIRCLE]  # type: ignore[index]
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob:;" in policy


def test_configured_tiles_are_let_in_on_map_pages_alone(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    held = activity(branch.id, fences=(CIRCLE,))
    with transaction():
        settings.change(
            "map_tiles_url",
            "https://t{0,1}.example.cn/vec/{z}/{x}/{y}.png?tk=a&b=c",
            reason="地图",
            actor=SYSTEM,
            now=clock.now(),
        )
    party = desk("party")
    hosts = "img-src 'self' data: blob: https://t0.example.cn https://t1.example.cn;"
    for path in ("/activities/map", f"/activities/{held.id}", "/activities/new"):
        answer = party.get(path)
        assert hosts in answer.headers["Content-Security-Policy"], path
        assert "没有配置底图" not in answer.text
    assert "example.cn" not in party.get("/activities").headers["Content-Security-Policy"]
    layer = drawn(party.read("/activities/map"))["tiles"]["layers"][0]  # type: ignore[index,call-overload]
    assert layer == {
        "url": "https://t{s}.example.cn/vec/{z}/{x}/{y}.png?tk=a&b=c",
        "subdomains": ["0", "1"],
    }


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://t.example.cn/{z}/{x}/{y}", "https://"),
        ("https://t.example.cn/{z}/{x}", "{z}、{x}、{y}"),
        ("https://exa;mple.cn/{z}/{x}/{y}", "主机名不正确"),
        ("https://user@t.example.cn/{z}/{x}/{y}", "主机名不正确"),
        ("https://*/{z}/{x}/{y}", "主机名不正确"),
        ("https://t{0,1}.a{2,3}.cn/{z}/{x}/{y}", "主机名不正确"),
        ("https://t.example.cn/{z}/{x}/{y}/{key}", "三个占位符"),
        ("https://t.example.cn/{z}/{x}/{y} " * 4, "最多 3 个图层"),
    ],
)
def test_an_address_of_tiles_that_could_not_serve_is_refused(
    desk: SignIn, value: str, words: str
) -> None:
    answer = desk("admin").post("/settings/map_tiles_url", value=value, reason="试")
    assert answer.status_code == 422
    assert words in unescape(answer.text)


def test_tiles_are_set_and_taken_away_again(desk: SignIn) -> None:
    administrator, path = desk("admin"), "/settings/map_tiles_url"
    address = "https://tiles.example.cn/{z}/{x}/{y}.png"
    assert administrator.post(path, value=address, reason="接入").status_code == 302
    assert address in unescape(administrator.read("/settings"))
    assert administrator.post(path, value="", reason="停用").status_code == 302
    assert "未设置" in administrator.read("/settings")


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
        ({"starts_on": "soon"}, "请按「年-月-日」填写日期"),
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
    activity(branch.id, at=clock.now() - timedelta(hours=5), starts_in=timedelta(hours=1))
    party = desk("party")
    text = party.read("/coverage")
    assert "第二党支部" in text
    assert "个党支部没有活动" in text
    assert "清扫河岸" in party.read(f"/coverage/units/{branch.id}")
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


def two_places(city: City) -> list[str]:
    """Leave Party staff two places of the tree, and return the names of the branches below them."""
    account = city.accounts["party"].id
    now = clock.now()
    with transaction():
        (old,) = identity.grants_of_account(account)
        members.revoke_grant(old.id, actor=SYSTEM, now=now)
        for department in city.departments[:2]:
            members.grant_role(
                Role.PARTY_STAFF, department.id, account_id=account, actor=SYSTEM, now=now
            )
    return ["第一党支部", "第二党支部"]


def test_who_has_two_places_chooses_whose_coverage_is_shown_and_taken_out(
    desk: SignIn, city: City, branch: Organisation, other_branch: Organisation
) -> None:
    branches = two_places(city)
    party = desk("party")
    chosen = {}
    for department in city.departments[:2]:
        assert f'value="{department.id}"' in party.read("/coverage")
        text = party.read(f"/coverage?organisation={department.id}")
        chosen[department.id] = [name for name in branches if f">{name}</a>" in text]
    assert sorted(chosen.values()) == [["第一党支部"], ["第二党支部"]]
    first = party.read("/coverage")
    assert re.search(rf'value="{city.departments[0].id}" selected', first)
    refused = party.post("/exports/coverage", quarter=Quarter.of(clock.today()).code)
    assert refused.status_code == 422
    assert "请先选择单位" in refused.text
    rows = rows_of(party, "coverage", "csv", organisation=city.departments[1].id)
    assert [row[1] for row in rows if row[0] == "党支部"] == ["第二党支部"]


def test_an_export_asks_for_its_period_alone_and_takes_out_all_of_it(
    desk: SignIn,
    city: City,
    branch: Organisation,
    person: PersonFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    author = person(branch.id, key="zhang")
    reviewers = city.actors["party"], city.actors["office1"]
    today = clock.today()
    for days_ago in (0, 0, 0, 10):
        entry = make_entry(author, happened_on=today - timedelta(days=days_ago))
        approve(entry.id, *reviewers)
    shared = [make_experience(author, *reviewers).id for _ in range(3)]
    with transaction():
        db.session.get(Experience, shared[0]).shared_at -= timedelta(days=10)  # type: ignore[union-attr,operator]
    read: list[int] = []
    for name in ("approved_entries", "shared_experiences"):
        ask = getattr(frontline, name)

        def noted(*args: object, ask: Callable[..., Page[object]] = ask, **more: object) -> object:
            found = ask(*args, **more)
            read.append(len(found.items))
            return found

        monkeypatch.setattr(frontline, name, noted)
    monkeypatch.setattr(activity_exports, "A_PAGE", 1)
    period = {"frm": today.isoformat(), "to": today.isoformat()}
    assert len(rows_of(desk("party"), "entries", "csv", **period)) == 1 + 3
    assert len(rows_of(desk("party"), "experiences", "csv", **period)) == 1 + 2
    assert sum(read) == 3 + 2


def rows_of(office: Desk, subject: str, kind: str, **form: object) -> list[list[str]]:
    answer = office.post(f"/exports/{subject}", kind=kind, **form)
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["Content-Disposition"]
    if kind == "csv":
        return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_exports_hold_no_formula_and_leave_an_audit_entry(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    activity(branch.id, title="=HYPERLINK(1)", place="@SUM(1)", capacity=7)
    office = desk("office1")
    until = (clock.today() + timedelta(days=10)).isoformat()
    period = {"frm": clock.today().isoformat(), "to": until}
    as_text = rows_of(office, "activities", "csv", **period)
    assert as_text[1][1] == "'=HYPERLINK(1)"
    assert as_text[1][6] == "'@SUM(1)"
    book = office.post("/exports/activities", kind="xlsx", **period).data
    cell = load_workbook(io.BytesIO(book)).worksheets[0].cell(2, 2)
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")
    entries = db.session.query(AuditEntry).filter_by(action="export.made").all()
    assert [entry.detail["rows"] for entry in entries] == [1, 1]
    assert entries[0].subject_id == "activities"
    for subject in ("entries", "experiences", "coverage"):
        assert rows_of(office, subject, "xlsx", **period)[0]
    assert rows_of(office, "turnout", "xlsx", quarter=last_quarter().code)[0]
    assert "导出活动数据" in desk("admin").read("/audit?domain=export")


def last_quarter() -> Quarter:
    today = Quarter.of(clock.today())
    return Quarter.of(clock.local_date(today.starts_at - timedelta(days=1)))


def test_turnout_is_taken_out_by_whole_quarters_that_are_over(
    desk: SignIn, branch: Organisation, activity: ActivityFactory, person: PersonFactory
) -> None:
    over = last_quarter()
    begun = over.starts_at + timedelta(days=30)
    held = activity(branch.id, at=begun - timedelta(days=1), starts_in=timedelta(days=1))
    people = [person(branch.id, name).id for name in ("安娜", "薄明", "陈晨")]
    with transaction():
        db.session.add_all(
            Attendance(
                activity_id=held.id,
                person_id=one,
                branch_id=branch.id,
                presence="present",
                changed_at=begun,
            )
            for one in people
        )
    office = desk("office1")
    # Days beside the quarter count for nothing: there is no second figure to subtract.
    days = {"frm": clock.local_date(begun).isoformat(), "to": clock.local_date(begun).isoformat()}
    rows = rows_of(office, "turnout", "csv", quarter=over.code, **days)
    assert rows[1:] == [["第一党支部", "1", "3", "3"]]
    page = office.read("/exports")
    form = page[page.index('action="/console/exports/turnout"') :].partition("</form>")[0]
    assert 'type="date"' not in form
    running = Quarter.of(clock.today()).code
    assert f'value="{running}"' not in form
    for quarter in (running, "", "2026-9", "2199-1"):
        answer = office.post("/exports/turnout", quarter=quarter, kind="csv", **days)
        assert answer.status_code == 422, quarter
        assert "请选择已经结束的季度" in answer.text


@pytest.mark.parametrize(
    "period",
    [
        {"frm": "2026-05-01", "to": "2026-04-01"},
        {"frm": "2020-01-01", "to": "2026-01-01"},
        {"frm": "0001-01-01", "to": "0001-02-01"},
        {"frm": "yesterday", "to": "2026-01-01"},
    ],
)
def test_an_export_of_an_impossible_period_is_refused(desk: SignIn, period: dict[str, str]) -> None:
    answer = desk("office1").post("/exports/activities", **period)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


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
