"""Limits, working days and calls at the desk."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.rectification import calls, queries
from server.rectification import service as rectification
from server.rectification.models import CallRhythm, LimitRule
from server.rectification.rhythm import next_due
from server.rectification.rules import CaseKind
from tests.console.conftest import SignIn, confine
from tests.factories.city import City

LIMIT = {
    "unit": "working",
    "callback_days": "2",
    "rectify_days": "10",
    "extension_days": "5",
    "silence_days": "7",
    "reason": "市政府 2026 年第 3 号文",
}


def register(city: City, title: str, department: int = 0) -> str:
    """Register a finding long ago; return its number."""
    with transaction():
        return rectification.register_finding(
            CaseKind.SUPERVISION,
            city.departments[department].id,
            document="临督〔2026〕1 号",
            title=title,
            summary="详见通报。",
            basis="《督查工作办法》第十条",
            actor=city.actors["office1"],
            now=clock.now() - timedelta(days=90),
        ).number


# Limits


def test_a_new_version_of_limits_holds_for_new_cases_and_the_old_one_stays(
    desk: SignIn, city: City
) -> None:
    register(city, "甲")
    office = desk("office1")
    answer = office.post("/case-limits/supervision", **LIMIT)
    assert answer.status_code == 302
    newest, first = queries.limit_rules(CaseKind.SUPERVISION)
    assert (newest.rectify_days, newest.reason) == (10, LIMIT["reason"])
    assert newest.changed_by == city.accounts["office1"].id
    assert first.rectify_days == 15
    text = office.read("/case-limits/supervision")
    assert LIMIT["reason"] in text
    assert "系统默认" in text
    old = queries.case_page(
        queries.CaseFilter(), actor=city.actors["office1"], now=clock.now(), cursor=None
    ).items[0]
    assert old.limit_rule_id == first.id


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("rectify_days", "0", "请填写 1 至 365。"),
        ("rectify_days", "", "请填写整数。"),
        ("silence_days", "366", "请填写 1 至 365。"),
        ("extension_days", "-1", "请填写 0 至 365。"),
        ("callback_days", "x", "请填写整数。"),
        ("unit", "lunar", "请选择算法。"),
        ("reason", "", "请填写 1 至 500 个字。"),
    ],
)
def test_a_limit_that_can_not_be_is_refused_beside_its_field(
    desk: SignIn, city: City, field: str, value: str, message: str
) -> None:
    answer = desk("office1").post("/case-limits/patrol", **{**LIMIT, field: value})
    assert answer.status_code == 422
    assert message in answer.text
    assert not queries.limit_rules(CaseKind.PATROL)


def test_a_kind_without_callback_is_set_with_an_empty_field(desk: SignIn, city: City) -> None:
    answer = desk("office1").post("/case-limits/patrol", **{**LIMIT, "callback_days": ""})
    assert answer.status_code == 302
    assert queries.newest_limits()[CaseKind.PATROL].callback is None


def test_only_the_office_sets_limits(desk: SignIn, city: City) -> None:
    for name in ("liaison", "head", "inspector"):
        assert "办理时限" in desk(name).read("/case-limits")
        assert desk(name).post("/case-limits/patrol", **LIMIT).status_code == 403
    confine(city, "office2", city.departments[0])
    assert desk("office2").post("/case-limits/patrol", **LIMIT).status_code == 403
    assert not db.session.scalars(
        select(LimitRule).where(LimitRule.reason == LIMIT["reason"])
    ).all()


def test_an_unknown_kind_is_not_found(desk: SignIn, city: City) -> None:
    assert desk("office1").get("/case-limits/nonsense").status_code == 404


# Working days


def cell(text: str, day: str) -> str:
    """Return the words of a day in the calendar."""
    found = re.search(rf'day={day}"[^>]*>(.*?)</a>', text, re.DOTALL)
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])).strip()


def test_a_month_shows_holidays_and_the_weekend_days_that_make_up_for_them(
    desk: SignIn, city: City
) -> None:
    text = desk("liaison").read("/working-days?month=2026-10")
    assert cell(text, "2026-10-01") == "1 休息 · 国庆节"
    assert cell(text, "2026-10-10") == "10 上班 · 国庆节调休"
    assert cell(text, "2026-10-11") == "11 休息"
    assert "有 18 个工作日" in text
    assert "还没有录入" not in text


def test_the_office_enters_overrides_and_takes_them_back(desk: SignIn, city: City) -> None:
    office = desk("office1")
    answer = office.post(
        "/working-days", first="2026-10-12", last="2026-10-13", working="off", name="全市停工"
    )
    assert answer.status_code == 302
    text = office.read("/working-days?month=2026-10")
    assert cell(text, "2026-10-12") == "12 休息 · 全市停工"
    assert "有 16 个工作日" in text
    assert not queries.calendar().is_working(date(2026, 10, 13))
    assert office.post("/working-days/clearing", day="2026-10-13").status_code == 302
    assert queries.calendar().is_working(date(2026, 10, 13))
    assert not queries.calendar().is_working(date(2026, 10, 12))


def test_a_year_counts_as_known_once_the_office_says_so(desk: SignIn, city: City) -> None:
    office = desk("office1")
    assert "2030 年的节假日还没有录入" in office.read("/working-days?month=2030-02")
    office.post("/working-days", first="2030-02-04", working="off", name="春节")
    assert office.post("/working-days/years", year="2030").status_code == 302
    text = office.read("/working-days?month=2030-02")
    assert "还没有录入" not in text
    assert cell(text, "2030-02-04") == "4 休息 · 春节"
    assert queries.calendar().knows(2030)


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("2026-10-12", "2026-10-11", "结束日期不能早于开始日期"),
        ("2026-01-01", "2026-12-31", "一次最多 31 天"),
        ("", "", "请填写日期。"),
        ("2026-13-01", "", "请按“年-月-日”填写日期。"),
    ],
)
def test_days_that_can_not_be_are_refused(
    desk: SignIn, city: City, first: str, last: str, message: str
) -> None:
    answer = desk("office1").post("/working-days", first=first, last=last, working="off")
    assert answer.status_code == 422
    assert message in answer.text
    assert not queries.calendar().days


def test_only_the_office_writes_the_calendar(desk: SignIn, city: City) -> None:
    for name in ("liaison", "head", "inspector"):
        desk(name).read("/working-days")
        for path in ("", "/clearing", "/years"):
            answer = desk(name).post(f"/working-days{path}", day="2026-10-12", year="2030")
            assert answer.status_code == 403


# Calls


def test_a_call_names_each_departments_open_and_late_cases(desk: SignIn, city: City) -> None:
    number, other = register(city, "甲"), register(city, "丙", 1)
    office = desk("office1")
    assert "还没有叫过号" in office.read("/calls")
    assert office.post("/calls").status_code == 302
    text = office.read("/calls")
    call = queries.last_call()
    assert call
    assert f"/console/calls/{call.id}" in text
    page = office.read(f"/calls/{call.id}")
    assert number in page
    assert other in page
    own = desk("liaison").read(f"/calls/{call.id}")
    assert number in own
    assert other not in own
    assert re.findall(r'<td class="text-end[^"]*">(\d+)</td>', desk("liaison").read("/calls")) == [
        "1", "1", "1", "0", "0",
    ]  # fmt: skip


def test_a_round_that_was_made_up_for_says_so(desk: SignIn, city: City) -> None:
    register(city, "甲")
    with transaction():
        calls.make_due(now=clock.now())
    with transaction():
        call = queries.last_call()
        assert call
        call.due_at = call.made_at - timedelta(days=3)
    assert "补叫于" in desk("office1").read("/calls")


def test_the_rhythm_is_versioned_with_its_reason(desk: SignIn, city: City) -> None:
    office = desk("office1")
    assert "每周一、二、三、四、五，9 时" in office.read("/calls")
    answer = office.post("/calls/rhythm", weekdays=["4", "1"], hour="15", reason="减少打扰")
    assert answer.status_code == 302
    assert "每周一、四，15 时" in office.read("/calls")
    assert office.post("/calls/rhythm", weekdays=["2"], hour="8", reason="试行").status_code == 302
    text = office.read("/calls")
    assert "每周二，8 时" in text
    assert "减少打扰" in text
    assert [one.hour for one in queries.rhythms()] == [8, 15]


@pytest.mark.parametrize(
    "form",
    [
        {"hour": "9", "reason": "试行"},
        {"weekdays": ["8"], "hour": "9", "reason": "试行"},
        {"weekdays": ["1"], "hour": "24", "reason": "试行"},
        {"weekdays": ["1"], "hour": "9", "reason": ""},
    ],
)
def test_a_rhythm_that_can_not_be_is_refused(
    desk: SignIn, city: City, form: dict[str, object]
) -> None:
    assert desk("office1").post("/calls/rhythm", **form).status_code == 422
    assert not db.session.scalars(select(CallRhythm)).all()


def test_only_the_office_calls_and_sets_the_rhythm(desk: SignIn, city: City) -> None:
    for name in ("liaison", "inspector", "adjudicator"):
        assert desk(name).post("/calls").status_code == 403
        assert desk(name).post("/calls/rhythm", weekdays=["1"], hour="9").status_code == 403


def test_the_next_call_is_the_first_moment_that_the_rhythm_names() -> None:
    monday = (
        clock.now()
        .astimezone(clock.SHANGHAI)
        .replace(year=2026, month=11, day=23, hour=9, minute=0, second=0, microsecond=0)
    )
    assert next_due([1], 9, monday) == monday + timedelta(days=7)
    assert next_due([1], 9, monday - timedelta(seconds=1)) == monday
    assert next_due([2, 5], 8, monday) == (monday + timedelta(days=1)).replace(hour=8)
