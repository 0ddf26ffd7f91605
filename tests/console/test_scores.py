"""Computations of scores at the desk: asked for, watched, read as a tree."""

import html
import re
from uuid import UUID

import pytest
from sqlalchemy import select, text

from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.scoring import queries, service, tasks
from server.scoring.models import ScoreRun
from server.scoring.rules import RunState
from tests.console.conftest import SignIn
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.scoring.cities import (
    sampled,
    settled_campaign,
    stored_scheme,
    surveyed_campaign,
    suspected_campaign,
)


def done(campaign_id: int, scheme_id: int, **more: bool) -> UUID:
    with transaction():
        run = service.request_run(campaign_id, scheme_id, actor=SYSTEM, now=clock.now(), **more)
        run_id = run.id
    tasks.work(str(run_id))
    db.session.rollback()
    assert queries.run(run_id).state == RunState.DONE
    return run_id


def rated(city: City) -> Campaign:
    """Return a settled campaign in which all three departments have a score."""
    campaign = city.campaign()
    for department, levels in zip(
        city.departments, ([5] * 30, [4] * 20 + [2] * 10, [4] * 15), strict=True
    ):
        store_ratings(campaign.id, department.id, levels, channel=Channel.SERVICE_CENTRE)
    close_and_settle(campaign.id)
    return campaign


def shown(page: str) -> str:
    """Return a page's text without its tags, spaces made one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def runs() -> list[ScoreRun]:
    db.session.rollback()
    return list(db.session.scalars(select(ScoreRun).order_by(ScoreRun.requested_at)))


def jobs() -> int:
    return db.session.scalar(
        text(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'server.scoring.tasks.work'"
        )
    )


def test_scores_are_asked_for_by_scheme_and_worked_out_by_a_job(desk: SignIn, city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    office = desk("office1")
    assert "还没有得分" in office.read("/scores")
    page = office.read(f"/campaigns/{campaign.id}/scores/new?scheme={scheme}")
    assert "方案适合这项活动" in page
    assert "企业网络测评" in page
    answer = office.post(f"/campaigns/{campaign.id}/scores", scheme=scheme)
    (run,) = runs()
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/console/scores/{run.id}")
    assert jobs() == 1
    waiting = office.read(f"/scores/{run.id}")
    assert "排队中" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    tasks.work(str(run.id))
    assert "90.00" in office.read(f"/scores/{run.id}")


def test_a_finished_run_makes_the_waiting_page_load_anew(desk: SignIn, city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    office = desk("office1")
    office.post(f"/campaigns/{campaign.id}/scores", scheme=scheme)
    (run,) = runs()
    as_htmx = {"HX-Request": "true", "HX-Target": "progress"}
    polled = office.get(f"/scores/{run.id}", headers=as_htmx)
    assert "HX-Refresh" not in polled.headers
    assert "<html" not in polled.text
    tasks.work(str(run.id))
    polled = office.get(f"/scores/{run.id}", headers=as_htmx)
    assert polled.headers["HX-Refresh"] == "true"


def test_the_second_tap_asks_for_nothing_new(desk: SignIn, city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    office = desk("office1")
    first = office.post(f"/campaigns/{campaign.id}/scores", scheme=scheme)
    second = desk("office2").post(f"/campaigns/{campaign.id}/scores", scheme=scheme)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(runs()) == 1


def test_what_makes_a_scheme_unsuitable_is_told_before_and_again_when_sent(
    desk: SignIn, city: City
) -> None:
    campaign = settled_campaign(city)
    scheme = stored_scheme(city, [{"channel": "hotline", "weight": "100"}])
    office = desk("office1")
    page = office.read(f"/campaigns/{campaign.id}/scores/new?scheme={scheme}")
    assert "方案的渠道这项活动一个也没有" in page
    assert "计算得分</button>" not in page
    answer = office.post(f"/campaigns/{campaign.id}/scores", scheme=scheme)
    assert answer.status_code == 422
    assert "方案的渠道这项活动一个也没有" in answer.text
    assert runs() == []


@pytest.mark.parametrize("scheme", ["", "x", "999999", "99999999999999"])
def test_a_scheme_that_there_is_not_is_refused(desk: SignIn, city: City, scheme: str) -> None:
    campaign = settled_campaign(city)
    stored_scheme(city)
    answer = desk("office1").post(f"/campaigns/{campaign.id}/scores", scheme=scheme)
    assert answer.status_code in {404, 422}
    assert runs() == []


def test_an_open_campaign_has_no_scores(desk: SignIn, city: City) -> None:
    campaign = city.campaign()
    stored_scheme(city)
    assert desk("office1").get(f"/campaigns/{campaign.id}/scores/new").status_code == 409


def test_a_run_is_cancelled_by_a_button(desk: SignIn, city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    office = desk("office1")
    office.post(f"/campaigns/{campaign.id}/scores", scheme=scheme)
    (run,) = runs()
    office.post(f"/scores/{run.id}/cancellation")
    page = office.read(f"/scores/{run.id}")
    assert "已取消，没有留下任何分数" in page
    assert "重新计算" in page
    assert "已取消" in office.read("/scores")
    for path in ("comparison?department=1", "departments/1", "scores.json", "scores.xlsx"):
        assert office.get(f"/scores/{run.id}/{path}").status_code in {404, 409}


def test_why_there_are_no_scores_is_told(desk: SignIn, city: City) -> None:
    campaign = settled_campaign(city)
    scheme = stored_scheme(city)
    office = desk("office1")
    office.post(f"/campaigns/{campaign.id}/scores", scheme=scheme)
    (run,) = runs()
    with transaction():
        service.begin(run.id)
        service.end_without(run.id, "普通群众中没有收到评价。", now=clock.now())
    assert "普通群众中没有收到评价" in office.read(f"/scores/{run.id}")


def test_a_table_shows_no_score_without_where_it_may_stand(desk: SignIn, city: City) -> None:
    campaign, scheme = rated(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    page = shown(desk("office1").read(f"/scores/{run_id}"))
    result = queries.run(run_id).result
    for node in result["departments"]:
        place = next(one for one in result["places"] if one["department"] == node["id"])
        row = page[page.index(f"{node['name']} {node['score']}") :][:160]
        low, high = node["interval"]
        assert f"{low} 至 {high}" in row
        for best, worst in (place["alone"], place["in_table"]):
            wanted = f"第 {best} 位" if best == worst else f"第 {best} 至 {worst} 位"
            assert wanted in row
        assert place["shrunk"] in row


def test_departments_stand_by_name_unless_asked_for_by_score(desk: SignIn, city: City) -> None:
    campaign, scheme = rated(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    office = desk("office1")

    def order(query: str) -> list[str]:
        page = office.read(f"/scores/{run_id}{query}")
        return re.findall(r'aria-label="对比 ([^"]+)"', page)

    assert order("") == ["公安局", "市场监督管理局", "图书馆"]
    by_score = order("?sort=score")
    assert by_score == ["市场监督管理局", "图书馆", "公安局"]
    assert "第 1" in office.read(f"/scores/{run_id}?sort=score")
    assert order("?sort=score&cut=heading:A") == ["公安局", "市场监督管理局", "图书馆"]
    assert order("?q=gongan") == ["公安局"]
    assert order("?q=工商局") == ["市场监督管理局"]
    assert "没有找到部门" in office.read(f"/scores/{run_id}?q=水利")


def test_a_table_is_narrowed_to_a_channel_heading_or_method(desk: SignIn, city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 30, channel=Channel.SERVICE_CENTRE)
    store_ratings(campaign.id, department, [1] * 10)
    close_and_settle(campaign.id)
    run_id = done(campaign.id, stored_scheme(city))
    office = desk("office1")
    name = city.departments[0].name
    assert f"{name} 60.00" in shown(office.read(f"/scores/{run_id}"))
    assert f"{name} 100.00" in shown(office.read(f"/scores/{run_id}?cut=channel:service_centre"))
    assert f"{name} 0.00" in shown(office.read(f"/scores/{run_id}?cut=channel:open"))
    assert f"{name} 60.00" in shown(office.read(f"/scores/{run_id}?cut=heading:B"))
    assert f"{name} 60.00" in shown(office.read(f"/scores/{run_id}?cut=part:overall"))
    assert f"{name} 60.00" in shown(office.read(f"/scores/{run_id}?cut=nonsense:%00"))


def test_too_small_a_sample_is_told_instead_of_a_score(desk: SignIn, city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    office = desk("office1")
    page = shown(office.read(f"/scores/{run_id}"))
    assert "公安局 样本不足" in page
    assert "图书馆 没有评价" in page
    page = shown(office.read(f"/scores/{run_id}/departments/{city.departments[1].id}"))
    assert "样本不足" in page
    assert "3 人评价，不足 10 人，不出得分" in page


def test_departments_are_compared_side_by_side(desk: SignIn, city: City) -> None:
    campaign, scheme = rated(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    first, second, third = (department.id for department in city.departments)
    office = desk("office1")
    page = shown(office.read(f"/scores/{run_id}/comparison?department={first}&department={second}"))
    assert "市场监督管理局" in page
    assert "100.00" in page
    assert "行政服务中心" in page
    assert "落实中心工作" in page
    five = "&".join(f"department={one}" for one in (first, second, third, 998, 999))
    assert office.get(f"/scores/{run_id}/comparison?{five}").status_code == 422
    assert office.get(f"/scores/{run_id}/comparison").status_code == 422
    assert office.get(f"/scores/{run_id}/comparison?department=x").status_code == 422


def test_a_score_opens_down_to_counts_with_its_arithmetic(desk: SignIn, city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    department = city.departments[0].id
    source = desk("office1").read(f"/scores/{run_id}/departments/{department}")
    page = shown(source)
    # Six at 100 and six at 80; the open channel has nine raters, too few for a figure.
    assert "(100×6 + 80×6 + 60×0 + 30×0 + 0×0) ÷ 12 = 90" in page
    assert "(60×90) ÷ 60 = 90" in page
    assert "9 人评价，不足 10 人，不出得分" in page
    assert source.count("<details") > 10
    assert f"/evaluations?department={department}&amp;channel=2" in source
    assert "落实中心工作" in page
    assert "评价办总办法" in page


def test_the_sample_s_weights_stand_in_the_tree(desk: SignIn, city: City) -> None:
    campaign, scheme = surveyed_campaign(city), stored_scheme(city, sampled())
    run_id = done(campaign.id, scheme)
    page = shown(desk("office1").read(f"/scores/{run_id}/departments/{city.departments[0].id}"))
    assert "(1200 + 0) ÷ (12 + 8) = 60" in page
    assert "区：东 600 11 30 0.800000" in page
    assert "区：西 400 11 10 1.600000" in page
    # 20 x (15 x 0.64 + 5 x 2.56) / 20²
    assert "设计效应（Kish）1.12，" in page
    table = shown(desk("office1").read(f"/scores/{run_id}"))
    assert "普通群众 2 层，收到评价 40 份 设计效应（Kish）1.120" in table
    assert "区：西 400 11 10 1.600000" in table


def test_with_and_without_what_findings_set_apart_stand_beside_each_other(
    desk: SignIn, city: City
) -> None:
    campaign, department = suspected_campaign(city), city.departments[0].id
    scheme = stored_scheme(city)
    office = desk("office1")
    page = office.read(f"/campaigns/{campaign.id}/scores/new?scheme={scheme}")
    assert "同时计算不含异常线索的得分" in page
    office.post(f"/campaigns/{campaign.id}/scores", scheme=scheme, set_apart="yes")
    both = runs()
    assert [run.set_apart for run in both] == [False, True]
    for run in both:
        tasks.work(str(run.id))
    page = shown(office.read(f"/scores/{both[0].id}"))
    assert "含异常线索 40 份，不含 32 份" in page
    assert "84.00" in page
    assert "100.00" in page
    without = shown(office.read(f"/scores/{both[1].id}"))
    assert "不能公布" in without
    assert "不含异常线索的得分 100.00" in shown(
        office.read(f"/scores/{both[0].id}/departments/{department}")
    )


def test_the_counterpart_can_be_worked_out_later(desk: SignIn, city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = done(campaign.id, scheme)
    office = desk("office1")
    assert "计算不含异常线索的得分" in office.read(f"/scores/{run_id}")
    office.post(f"/scores/{run_id}/counterpart")
    assert [run.set_apart for run in runs()] == [False, True]
