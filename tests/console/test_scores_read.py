"""Scores taken along as files, and who reads them at the desk."""

import html
import io
import json
import re
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.publication.models import Publication
from server.scoring import canonical, service
from server.scoring.recompute import recompute
from tests.console.conftest import SignIn, confine
from tests.console.test_scores import done, rated, runs
from tests.factories.city import City
from tests.scoring.cities import (
    sampled,
    settled_campaign,
    stored_scheme,
    surveyed_campaign,
)


def publish(run_id: UUID, campaign_id: int) -> None:
    with transaction():
        db.session.add(
            Publication(
                campaign_id=campaign_id,
                version=99,
                score_run_id=run_id,
                document={},
                digest=bytes(32),
                published_at=clock.now(),
            )
        )


def test_the_file_gives_the_result_again_and_its_download_is_recorded(
    desk: SignIn, city: City
) -> None:
    campaign, scheme = surveyed_campaign(city), stored_scheme(city, sampled())
    run_id = done(campaign.id, scheme)
    office = desk("office1")
    answer = office.get(f"/scores/{run_id}/scores.json")
    assert answer.status_code == 200
    whole = json.loads(answer.data)
    assert recompute(answer.data) == canonical.encode(whole["result"])
    page = office.read(f"/scores/{run_id}")
    assert whole["result"]["snapshot_digest"] in page
    assert whole["result"]["scheme_digest"] in page
    assert "recompute scores.json" in page
    office.get(f"/scores/{run_id}/scores.xlsx")
    exported = db.session.scalar(
        select(func.count()).where(AuditEntry.action == "score_run.exported")
    )
    assert exported == 2


def test_the_workbook_has_departments_cuts_indicators_and_weights(desk: SignIn, city: City) -> None:
    campaign, scheme = surveyed_campaign(city), stored_scheme(city, sampled())
    run_id = done(campaign.id, scheme)
    data = desk("office1").get(f"/scores/{run_id}/scores.xlsx").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["说明", "部门得分", "渠道、一级指标与办法", "指标明细", "样本权重"]
    departments = book.get_sheet_by_name("部门得分").to_python()
    assert departments[1][:2] == ["公安局", 60.0]
    assert departments[1][4] == "1 至 2"
    assert departments[3][0] == "图书馆"
    assert departments[3][7] == "没有评价"
    weights = book.get_sheet_by_name("样本权重").to_python()
    assert weights[1] == ["residents", "区：东", 600.0, 11.0, 30.0, "0.800000"]


def test_inspectors_read_their_own_department_once_published(desk: SignIn, city: City) -> None:
    campaign, scheme = rated(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    inspector = desk("inspector")
    own, foreign = city.departments[0], city.departments[1]
    paths = ("", f"/departments/{own.id}", f"/comparison?department={own.id}")
    for path in paths:
        assert inspector.get(f"/scores/{run_id}{path}").status_code == 403
    assert "还没有得分" in inspector.read("/scores")
    publish(run_id, campaign.id)
    page = inspector.read("/scores")
    assert str(run_id) in page
    for path in paths:
        page = inspector.read(f"/scores/{run_id}{path}")
        assert own.name in page
        assert foreign.name not in page
    assert inspector.get(f"/scores/{run_id}/departments/{foreign.id}").status_code == 403
    refused = inspector.get(f"/scores/{run_id}/comparison?department={foreign.id}")
    assert refused.status_code == 422
    for path in ("scores.json", "scores.xlsx"):
        assert inspector.get(f"/scores/{run_id}/{path}").status_code == 403
    assert inspector.post(f"/scores/{run_id}/cancellation").status_code == 403


def test_what_is_set_apart_is_never_an_inspector_s_to_read(desk: SignIn, city: City) -> None:
    campaign, scheme = rated(city), stored_scheme(city)
    run_id, without = done(campaign.id, scheme), done(campaign.id, scheme, set_apart=True)
    publish(run_id, campaign.id)
    inspector = desk("inspector")
    assert inspector.get(f"/scores/{without}").status_code == 403
    assert "含异常线索" not in inspector.read(f"/scores/{run_id}")
    assert "含异常线索" not in inspector.read(
        f"/scores/{run_id}/departments/{city.departments[0].id}"
    )


def test_a_district_s_office_reads_and_asks_for_nothing_of_the_city_s(
    desk: SignIn, city: City
) -> None:
    campaign, scheme = rated(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    confine(city, "office2", city.departments[0])
    office = desk("office2")
    for path in (
        f"/scores/{run_id}",
        f"/scores/{run_id}/departments/{city.departments[0].id}",
        f"/scores/{run_id}/scores.json",
        f"/campaigns/{campaign.id}/scores/new",
    ):
        assert office.get(path).status_code == 403, path
    assert office.post(f"/campaigns/{campaign.id}/scores", scheme=scheme).status_code == 403
    assert len(runs()) == 1


@pytest.mark.parametrize("name", ["auditor", "liaison", "head", "party", "owner", "admin"])
def test_nobody_else_reads_scores(desk: SignIn, city: City, name: str) -> None:
    campaign, scheme = rated(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    publish(run_id, campaign.id)
    for path in ("/scores", f"/scores/{run_id}"):
        assert desk(name).get(path).status_code == 403


def test_runs_are_listed_by_campaign_page_after_page(desk: SignIn, city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    for _ in range(22):
        with transaction():
            run = service.request_run(campaign.id, scheme, actor=SYSTEM, now=clock.now())
            service.cancel_run(run.id, actor=SYSTEM, now=clock.now())
    office = desk("office1")
    first = office.read(f"/scores?campaign={campaign.id}")
    found = re.findall(r"/console/scores/([0-9a-f-]{36})", first)
    assert len(found) == 20
    following = re.search(r'href="/console([^"]+)" rel="next"', first)
    assert following
    rest = re.findall(r"/console/scores/([0-9a-f-]{36})", office.read(html.unescape(following[1])))
    assert len(rest) == 2
    assert not set(found) & set(rest)


def test_an_unknown_run_is_not_found(desk: SignIn, city: City) -> None:
    for path in ("", "/comparison?department=1", "/departments/1", "/scores.json"):
        assert desk("office1").get(f"/scores/{UUID(int=5)}{path}").status_code == 404
