"""A department's sheet: what is in it, what is not, and what becomes of it."""

import io
from typing import Any

import pytest
from docx import Document
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from server.audit.models import AuditEntry
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.feedback import gathering, letter, queries, service, tasks, workbook
from server.feedback.document import Source, make, strong, weak
from server.feedback.models import FeedbackRun, FeedbackSheet
from server.notifications.models import DeskNotice
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.quarters import this_quarter
from tests.factories.results import open_case, rated_campaign, scored

COMMENTS = ("窗口办得快", "希望多开一个窗口", "材料清单写清楚")


@pytest.fixture
def campaign(city: City) -> Campaign:
    return rated_campaign(city, comments=COMMENTS)


def send(city: City, place: int = 0, *, actor: Actor | None = None) -> FeedbackSheet:
    with transaction():
        sheet = service.send(
            this_quarter(),
            city.departments[place].id,
            actor=actor or city.actors["office1"],
            now=clock.now(),
        )
    db.session.refresh(sheet)
    return sheet


def refused(code: str, action: Any) -> None:
    with pytest.raises(Refusal) as refusal, transaction():
        action()
    assert refusal.value.code == code


def actions() -> list[str]:
    found = select(AuditEntry.action).where(AuditEntry.action.startswith("feedback."))
    return list(db.session.scalars(found.order_by(AuditEntry.id)))


def test_published_figures_are_told_and_withheld_ones_are_not(
    city: City, campaign: Campaign
) -> None:
    sheet = send(city).document
    channels = {one["channel"]: one for one in sheet["channels"]}
    assert channels["open"]["count"] == 16
    assert channels["enterprise_online"] == {
        "campaign": campaign.id,
        "channel": "enterprise_online",
        "withheld": True,
    }
    assert {one["channel"] for one in sheet["items"]} == {"open"}
    assert sheet["withheld_items"] > 0


def test_items_are_compared_with_the_median_of_the_published_departments(
    city: City, campaign: Campaign
) -> None:
    del campaign
    best, middle, worst = (send(city, place).document for place in range(3))
    # All 5 but one; 3 everywhere is 60; half 2 and half 4 is 55.
    (one, *_) = middle["items"]
    assert (one["score"], one["median"], one["departments"]) == ("60.00", "60.00", 3)
    assert strong(middle) == weak(middle) == []
    assert weak(best) == []
    assert strong(worst) == []
    assert {one["difference"] for one in weak(worst)} == {"-5.00"}
    assert all(float(one["difference"]) > 30 for one in strong(best))


def test_two_departments_have_no_median() -> None:
    channel = {"channel": "open", "count": 12, "distribution": {}}
    publication = {
        "departments": [
            {"id": place, "score": None, "leaves": [], "channels": [{**channel, "score": score}]}
            for place, score in enumerate(("10.00", "20.00"))
        ],
        "campaign": {"title": "", "kind": "service", "closed_on": ""},
        "smallest_group": 10,
    }
    sheet = make(
        "2026Q4",
        (0, "甲"),
        [Source(1, 1, "", publication)],
        cases={"list": []},
        comments={},
        as_of="",
    )
    assert sheet["channels"][0]["score"] == "10.00"
    assert "median" not in sheet["channels"][0]


def test_an_answer_that_stands_alone_is_neither_strong_nor_weak() -> None:
    def department(place: int, score: str, count: int) -> dict[str, Any]:
        answers = {"channel": "village", "count": count, "unknown": 0, "score": score}
        leaf = {"code": "A1", "name": "公平", "heading": "", "channels": [answers]}
        return {"id": place, "score": None, "channels": [], "leaves": [leaf]}

    scores = ("60.00", "70.00", "80.00", "100.00")
    publication = {
        "departments": [
            department(place, score, 1 if place == 3 else 12) for place, score in enumerate(scores)
        ],
        "campaign": {"title": "", "kind": "service", "closed_on": ""},
        "smallest_group": 10,
    }

    def sheet(place: int) -> Any:
        return make(
            "2026Q4",
            (place, "甲"),
            [Source(1, 1, "", publication)],
            cases={"list": []},
            comments={},
            as_of="",
        )

    assert strong(sheet(3)) == []
    (one,) = strong(sheet(2))
    assert (one["median"], one["departments"], one["difference"]) == ("70.00", 3, "10.00")


def test_an_item_that_nobody_knew_has_no_score(city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    store_ratings(campaign.id, city.departments[0].id, [5] * 12, levels=[[0] * 8] * 12)
    close_and_settle(campaign.id)
    sheet = send(city)
    assert workbook.sheet_workbook(sheet.document, [], version=1).startswith(b"PK")


def test_comments_are_those_that_passed_in_groups_that_are_shown(
    city: City, campaign: Campaign
) -> None:
    del campaign
    sheet = send(city).document
    assert sorted(gathering.comment_texts(sheet)) == sorted(COMMENTS)
    assert "没有审核" not in str(sheet)
    assert "小组里" not in str(sheet)
    assert not any(word in str(sheet["comments"]) for word in (*COMMENTS, "open", "2026-11-20"))


def test_words_that_are_erased_are_gone_from_every_version(city: City, campaign: Campaign) -> None:
    sheet = send(city)
    with transaction():
        for row in db.session.scalars(select(Evaluation).where(Evaluation.comment == COMMENTS[0])):
            row.comment = None
    assert sorted(gathering.comment_texts(sheet.document)) == sorted(COMMENTS[1:])
    del campaign


def test_the_same_again_is_refused_and_something_new_is_a_version(
    city: City, campaign: Campaign
) -> None:
    first = send(city)
    refused("feedback_unchanged", lambda: send(city))
    scored(city, campaign)
    second = send(city)
    assert (first.version, second.version) == (1, 2)
    assert second.document["scores"][0]["departments"] == 3
    found = queries.versions(this_quarter(), city.departments[0].id)
    assert [one.version for one in found] == [2, 1]
    assert found[1].document["scores"] == []


def test_what_was_looked_at_is_what_is_sent(city: City, campaign: Campaign) -> None:
    del campaign
    stale = "0" * 64
    refused(
        "feedback_changed",
        lambda: service.send(
            this_quarter(),
            city.departments[0].id,
            digest=stale,
            actor=city.actors["office1"],
            now=clock.now(),
        ),
    )


def test_a_department_without_figures_and_cases_gets_no_sheet(city: City) -> None:
    refused("feedback_empty", lambda: send(city))
    open_case(city)
    sheet = send(city).document
    assert [one["title"] for one in sheet["cases"]["list"]] == ["等候时间长"]
    assert sheet["cases"]["figures"]["open"] == 1


def test_only_the_office_sends_and_only_the_department_confirms(
    city: City, campaign: Campaign
) -> None:
    del campaign
    refused("not_allowed", lambda: send(city, actor=city.actors["liaison"]))
    sheet = send(city)
    for name in ("office1", "inspector"):
        refused("not_allowed", lambda name=name: confirm(city, sheet, name))
    confirm(city, sheet, "head")
    db.session.refresh(sheet)
    assert sheet.confirmed_by == city.accounts["head"].id
    assert sheet.statement == "照此整改"
    refused("feedback_confirmed_already", lambda: confirm(city, sheet, "liaison"))
    assert actions() == ["feedback.sent", "feedback.confirmed"]


def confirm(city: City, sheet: FeedbackSheet, name: str) -> None:
    with transaction():
        service.confirm(sheet.id, "照此整改", actor=city.actors[name], now=clock.now())


def test_a_statement_is_needed(city: City, campaign: Campaign) -> None:
    del campaign
    sheet = send(city)
    with pytest.raises(InvalidInput), transaction():
        service.confirm(sheet.id, "", actor=city.actors["head"], now=clock.now())


def test_an_earlier_version_can_not_be_confirmed(city: City, campaign: Campaign) -> None:
    first = send(city)
    scored(city, campaign)
    send(city)
    refused("feedback_superseded", lambda: confirm(city, first, "head"))


def test_the_first_look_of_the_department_is_noted_and_the_offices_is_not(
    city: City, campaign: Campaign
) -> None:
    del campaign
    sheet = send(city)
    for name, first in (("office1", False), ("liaison", True), ("head", False)):
        with transaction():
            found = service.mark_opened(sheet.id, actor=city.actors[name], now=clock.now())
        assert found is first
    db.session.refresh(sheet)
    assert sheet.opened_by == city.accounts["liaison"].id
    assert actions().count("feedback.opened") == 1


def test_a_department_is_reminded_once_a_day(city: City, campaign: Campaign) -> None:
    del campaign
    sheet = send(city)
    office = city.actors["office1"]
    with transaction():
        service.remind(sheet.id, actor=office, now=clock.now())
    refused("feedback_reminded", lambda: service.remind(sheet.id, actor=office, now=clock.now()))
    with transaction():
        assert service.remind_all(this_quarter(), actor=office, now=clock.now()) == 0
    titles = list(
        db.session.scalars(
            select(DeskNotice.title).where(DeskNotice.account_id == city.accounts["head"].id)
        )
    )
    assert len([one for one in titles if "反馈" in one]) == 2


def test_all_departments_are_sent_theirs_and_a_killed_worker_goes_on(
    city: City, campaign: Campaign
) -> None:
    del campaign
    with transaction():
        run = service.start_run(this_quarter(), actor=city.actors["office1"], now=clock.now()).id
    refused(
        "feedback_run_underway",
        lambda: service.start_run(this_quarter(), actor=city.actors["office1"], now=clock.now()),
    )
    with transaction():
        assert service.run_step(run, now=clock.now())
    # The worker is killed here; its job is given back and begins anew.
    tasks.send_all(str(run))
    tasks.send_all(str(run))
    found = db.session.get(FeedbackRun, run, populate_existing=True)
    assert found is not None
    assert (found.done, found.sent, found.skipped) == (3, 3, 0)
    assert found.finished_at is not None
    sheets = db.session.scalars(select(FeedbackSheet)).all()
    assert sorted(one.version for one in sheets) == [1, 1, 1]
    with transaction():
        again = service.start_run(this_quarter(), actor=city.actors["office1"], now=clock.now())
        again_id = again.id
    tasks.send_all(str(again_id))
    found = db.session.get(FeedbackRun, again_id, populate_existing=True)
    assert found is not None
    assert (found.sent, found.skipped) == (0, 3)


def test_the_document_has_the_form_that_is_circulated(city: City, campaign: Campaign) -> None:
    scored(city, campaign)
    open_case(city)
    sheet = send(city)
    data = letter.sheet_document(
        sheet.document,
        letter.Letter(1, clock.today(), "评价办", "0571", list(COMMENTS), sheet.digest.hex()),
    )
    pages = Document(io.BytesIO(data))
    texts = [one.text for one in pages.paragraphs]
    assert texts[0].endswith("群众评价情况的反馈")
    assert texts[1].startswith("评反馈〔")
    assert texts[2] == "市场监督管理局："
    assert "签收人" in texts[-1]
    cells = [cell.text for table in pages.tables for row in table.rows for cell in row.cells]
    assert "不公布" in cells
    assert "等候时间长" in cells
    assert [one for one in texts if "窗口办得快" in one]


def test_the_workbook_has_a_chart_of_its_own_and_no_formula(city: City) -> None:
    rated_campaign(city, comments=("=1+1",))
    sheet = send(city)
    data = workbook.sheet_workbook(
        sheet.document, gathering.comment_texts(sheet.document), version=1
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.get_sheet_by_name("留言（匿名）").to_python()[1] == ["=1+1"]
    rows = book.get_sheet_by_name("子项").to_python()
    assert isinstance(rows[1][3], float)
    assert b"xl/charts/chart1.xml" in data


@pytest.mark.parametrize(
    "statement", ["UPDATE feedback_sheet SET document = '{}'", "DELETE FROM feedback_sheet"]
)
def test_the_database_keeps_a_sheet_as_it_was_sent(
    city: City, campaign: Campaign, statement: str
) -> None:
    del campaign
    send(city)
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text(statement))
