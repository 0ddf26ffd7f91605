"""Schemes, results and decisions of a year."""

import io
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from server.assessment import queries, service, workbook
from server.assessment.models import AssessmentDecision, AssessmentResult, AssessmentScheme
from server.assessment.rules import DecisionKind, Rate, WithoutCases
from server.audit.models import AuditEntry
from server.core import clock
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from tests.factories.city import City
from tests.factories.quarters import group, publish, this_quarter
from tests.factories.results import open_case, rated_campaign, scored

YEAR = int(this_quarter()[:4])


@pytest.fixture
def published(city: City) -> City:
    campaign = rated_campaign(city)
    scored(city, campaign)
    group(city, "窗口部门", [0, 1])
    publish(city)
    return city


def save(
    city: City,
    *,
    quarter: str = "80",
    rate: str = "20",
    without: WithoutCases = WithoutCases.SPREAD,
) -> None:
    with transaction():
        service.save_scheme(
            YEAR,
            {this_quarter(): quarter},
            {Rate.ANSWERED_IN_TIME.value: rate},
            without,
            actor=city.actors["office1"],
            now=clock.now(),
        )


def compute(city: City, note: str = "") -> int:
    with transaction():
        return service.compute(YEAR, note=note, actor=city.actors["office1"], now=clock.now())


def result(city: City, place: int = 0) -> AssessmentResult:
    return queries.newest_results(YEAR)[city.departments[place].id]


def refused(code: str, city: City, **more: str) -> None:
    with pytest.raises(Refusal) as refusal:
        compute(city, **more)
    assert refusal.value.code == code


def test_a_result_is_made_of_what_was_published_and_of_the_cases(published: City) -> None:
    open_case(published, days_ago=60)
    save(published)
    assert compute(published) == 3
    late, other = result(published), result(published, 1)
    parts = {part["code"]: part for part in late.document["parts"]}
    assert (
        parts[this_quarter()]["value"]
        == late.document["inputs"]["quarters"][this_quarter()]["scores"][0]["score"]
    )
    assert parts["answered_in_time"]["value"] == "0.00"
    expected = Decimal(parts[this_quarter()]["value"]) * 80 / 100
    assert late.result == expected.quantize(Decimal("0.01"))
    # No case at all: the quarter is everything.
    assert other.document["spread"] == ["answered_in_time"]
    assert other.result == Decimal("60.00")
    assert (late.document["group"], result(published, 2).document["group"]) == ("窗口部门", None)


def test_the_same_again_is_refused_and_another_needs_a_reason(published: City) -> None:
    save(published)
    compute(published)
    refused("assessment_unchanged", published)
    open_case(published, days_ago=60)
    with pytest.raises(InvalidInput):
        compute(published)
    assert compute(published, note="补录差评件") == 1
    assert (result(published).edition, result(published, 1).edition) == (2, 1)
    found = queries.editions(YEAR, published.departments[0].id)
    assert [(one.edition, one.note) for one in found] == [(2, "补录差评件"), (1, "")]


def test_a_scheme_is_frozen_once_it_is_used_and_the_next_is_a_version(published: City) -> None:
    save(published)
    with pytest.raises(Refusal) as refusal:
        save(published)
    assert refusal.value.code == "assessment_scheme_unchanged"
    compute(published)
    save(published, quarter="70", rate="30")
    found = db.session.scalars(select(AssessmentScheme).order_by(AssessmentScheme.version)).all()
    assert [(one.version, one.frozen_at is not None) for one in found] == [(1, True), (2, False)]
    assert found[0].document["quarters"] == {this_quarter(): "80"}


def test_without_a_scheme_or_a_published_quarter_there_is_nothing_to_work_out(city: City) -> None:
    refused("assessment_scheme_missing", city)
    save(city)
    refused("assessment_empty", city)


def test_a_result_that_was_changed_in_the_database_is_found(published: City) -> None:
    save(published)
    compute(published)
    found = result(published)
    assert service.is_sound(found)
    found.result = (found.result or Decimal(0)) + 1
    assert not service.is_sound(found)
    db.session.rollback()
    found = result(published)
    document = dict(found.document)
    document["inputs"] = {**document["inputs"], "rates": {"answered_in_time": [1, 1]}}
    found.document = document
    assert not service.is_sound(found)
    db.session.rollback()


def test_a_decision_is_recorded_and_can_be_taken_back_with_a_reason(published: City) -> None:
    save(published)
    compute(published)
    office, now = published.actors["office1"], clock.now()

    def record() -> UUID:
        with transaction():
            return service.record_decision(
                result(published).id,
                DecisionKind.COMMENDED,
                "市委办公室",
                "临委办〔2026〕8 号",
                "全市通报表扬",
                clock.today(),
                actor=office,
                now=now,
            ).id

    decision = record()
    with pytest.raises(Refusal) as again:
        record()
    assert again.value.code == "decision_repeated"
    with pytest.raises(InvalidInput), transaction():
        service.take_back_decision(decision, "", actor=office, now=now)
    with transaction():
        service.take_back_decision(decision, "发文撤销", actor=office, now=now)
    found = db.session.get_one(AssessmentDecision, decision, populate_existing=True)
    assert (found.taken_back_reason, found.body) == ("发文撤销", "市委办公室")
    with pytest.raises(Refusal), transaction():
        service.take_back_decision(decision, "再来一次", actor=office, now=now)
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("assessment.decision"))
    ).all()
    assert sorted(actions) == ["assessment.decision_recorded", "assessment.decision_taken_back"]


@pytest.mark.parametrize("day", [date(YEAR - 1, 12, 31), clock.today() + timedelta(days=1)])
def test_a_decision_was_made_in_the_year_or_after_and_not_tomorrow(
    published: City, day: date
) -> None:
    save(published)
    compute(published)
    with pytest.raises(InvalidInput), transaction():
        service.record_decision(
            result(published).id,
            DecisionKind.OTHER,
            "市委办公室",
            "",
            "内容",
            day,
            actor=published.actors["office1"],
            now=clock.now(),
        )


def test_a_decision_belongs_to_the_newest_result(published: City) -> None:
    save(published)
    compute(published)
    old = result(published).id
    open_case(published, days_ago=60)
    compute(published, note="补录差评件")
    with pytest.raises(Refusal) as refusal, transaction():
        service.record_decision(
            old,
            DecisionKind.OTHER,
            "市委办公室",
            "",
            "内容",
            clock.today(),
            actor=published.actors["office1"],
            now=clock.now(),
        )
    assert refusal.value.code == "assessment_superseded"


@pytest.mark.parametrize("name", ["liaison", "head", "inspector", "admin", "auditor"])
def test_only_the_office_decides_on_schemes_and_records(published: City, name: str) -> None:
    save(published)
    compute(published)
    with pytest.raises(Refusal), transaction():
        service.compute(YEAR, note="x", actor=published.actors[name], now=clock.now())
    readable = {one.department_id for one in queries.results(YEAR, published.actors[name])}
    reads = name in {"liaison", "head", "inspector"}
    assert readable == ({published.departments[0].id} if reads else set())


def test_the_workbook_draws_each_group_by_itself(published: City) -> None:
    save(published)
    compute(published)
    documents = [one.document for one in queries.results(YEAR, published.actors["office1"])]
    data = workbook.year_workbook(YEAR, documents[0]["scheme"], 1, documents)
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = book.get_sheet_by_name("结果").to_python()
    assert [row[0] for row in rows[1:]] == ["窗口部门", "窗口部门", "未分组"]
    assert b"xl/charts/chart1.xml" in data
    assert b"xl/charts/chart2.xml" in data
    assert b"xl/charts/chart3.xml" not in data


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessment_result SET result = 100",
        "DELETE FROM assessment_result",
        "UPDATE assessment_scheme SET document = '{}'",
    ],
)
def test_the_database_keeps_results_and_schemes_as_they_were(
    published: City, statement: str
) -> None:
    save(published)
    compute(published)
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text(statement))
