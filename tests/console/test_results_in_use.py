"""Feedback, results in use, inspectors' lists and assessment at the desk."""

import re

import pytest

from server.core import clock
from server.core.transaction import transaction
from server.feedback import service as feedback
from server.feedback import tasks
from server.rectification import queries as rectification
from tests.console.conftest import SignIn
from tests.console.results_pages import read_results_pages
from tests.factories.city import City
from tests.factories.quarters import this_quarter
from tests.factories.results import rated_campaign


def test_the_pages_of_results_can_be_filled_and_read(city: City, desk: SignIn) -> None:
    read_results_pages(city, desk)


def test_weights_that_do_not_add_up_are_said_above_the_form(desk: SignIn) -> None:
    office = desk("office1")
    answer = office.post("/assessment/2026/scheme", **{"2026Q1": "90"}, without_cases="spread")
    assert answer.status_code == 422
    assert "各部分权重之和须为 100，现在是 90。" in answer.text
    assert office.read("/assessment?year=2026").count("先保存方案") == 1


def test_a_department_sees_its_own_sheet_and_no_other(city: City, desk: SignIn) -> None:
    rated_campaign(city)
    actor, now = city.actors["office1"], clock.now()
    with transaction():
        own, other = (
            feedback.send(this_quarter(), one.id, actor=actor, now=now).id
            for one in city.departments[:2]
        )
    liaison = desk("liaison")
    assert "已打开，未确认" in liaison.read(f"/feedback/{own}")
    for path in (f"/feedback/{other}", f"/feedback/{other}/sheet.docx"):
        liaison.read(path, 403)
    text = liaison.read("/feedback")
    assert str(own) in text
    assert str(other) not in text
    done = liaison.post(f"/feedback/{own}/confirmation", statement="无异议，照此整改")
    assert done.status_code == 302
    office = desk("office1")
    assert "无异议，照此整改" in office.read(f"/feedback/{own}")
    assert "公安局" in office.read("/feedback?state=sent")
    for kind in ("docx", "xlsx"):
        assert office.get(f"/feedback/{own}/sheet.{kind}").data.startswith(b"PK")


@pytest.mark.parametrize(
    ("cases", "shown"), [(0, "不足 10 件"), (3, "不足 10 件"), (12, "有 12 件")]
)
def test_the_office_sees_how_many_cases_ended_by_withdrawal_after_a_callback(
    city: City, desk: SignIn, monkeypatch: pytest.MonkeyPatch, cases: int, shown: str
) -> None:
    rated_campaign(city)
    department = city.departments[0].id
    monkeypatch.setattr(rectification, "taken_back", lambda *_, **__: {department: cases})
    path = f"/feedback/preview?quarter={this_quarter()}&department={department}"
    text = desk("office1").read(path)
    assert f"因此销号的{shown}" in text
    desk("liaison").read(path, 403)


def test_all_departments_are_sent_theirs_by_a_job_that_shows_how_far_it_is(
    city: City, desk: SignIn
) -> None:
    rated_campaign(city)
    office = desk("office1")
    assert office.post("/feedback/runs", quarter=this_quarter()).status_code == 302
    text = office.read("/feedback")
    assert "0 / 3 个部门" in text
    run = re.findall(r"/console/feedback/runs/([0-9a-f-]{36})", text)[0]
    assert "HX-Refresh" not in office.get(f"/feedback/runs/{run}").headers
    tasks.send_all(run)
    assert office.get(f"/feedback/runs/{run}").headers["HX-Refresh"] == "true"
    reminded = office.post("/feedback/reminders", quarter=this_quarter())
    assert reminded.status_code == 302
    # Only the first department of the small city has accounts that can be reminded.
    assert "已提醒 1 个部门" in office.told()


def test_a_recipients_secret_is_shown_once(desk: SignIn) -> None:
    office = desk("office1")
    form = {"name": "组织部", "kind": "personnel", "webhook": "ftp://example.cn"}
    wrong = office.post("/uptake/recipients", **form)
    assert wrong.status_code == 422
    assert "https" in wrong.text
    added = office.post("/uptake/recipients", **{**form, "webhook": ""})
    secret = re.findall(r"user-select-all\">([A-Za-z0-9_-]{40,})<", added.text)[0]
    recipient = re.findall(r"/uptake/recipients/(\d+)", added.text)[0]
    for path in ("/uptake/recipients", f"/uptake/recipients/{recipient}", "/audit"):
        assert secret not in office.read(path)
