"""The office publishes: preview, confirmation, history, what changed."""

import re

from server.core import clock
from server.core.transaction import transaction
from server.publication import queries, service
from server.scoring import service as scoring
from server.scoring.tasks import work
from tests.console.conftest import Rate, SignIn
from tests.console.test_results import Close
from tests.factories.city import City
from tests.factories.excluding import exclude
from tests.scoring.cities import stored_scheme

DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')


def test_the_office_looks_at_a_version_and_publishes_it(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    rows = rate(campaign, city.departments[0], [5] * 12 + [1])
    rate(campaign, city.departments[1], [2] * 9)
    close(campaign)
    office = desk("office1")
    base = f"/campaigns/{campaign.id}/publications"
    assert "第 1 版" in office.read(base)
    assert "完全相同" in office.read(f"{base}/preview")
    exclude(city, campaign.id, rows[-1].id)
    preview = office.read(f"{base}/preview")
    assert "不公布的数字" in preview
    assert "评价人数少于最小公布人数" in preview
    assert "92.31" in preview, "what it was"
    assert "100.00" in preview, "what it will be"
    assert "相差不足 10 份" in preview
    assert "30.00" not in preview, "the nine poor ratings"
    digest = DIGEST.search(preview)
    assert digest
    refused = office.post(base, run="", digest=digest[1], note="")
    assert refused.status_code == 422
    assert "请填写更正或补充的说明" in refused.text
    published = office.post(base, run="", digest=digest[1], note="剔除测试数据")
    assert published.status_code == 302
    history = office.read(base)
    assert "剔除测试数据" in history
    assert "第 2 版" in history
    assert "与上一版相比" in office.read(f"{base}/2")
    assert queries.published(campaign.id).note == "剔除测试数据"


def test_what_changed_since_it_was_looked_at_is_not_published(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    rows = rate(campaign, city.departments[0], [5] * 12 + [1, 1])
    close(campaign)
    office = desk("office1")
    base = f"/campaigns/{campaign.id}/publications"
    exclude(city, campaign.id, rows[-1].id)
    digest = DIGEST.search(office.read(f"{base}/preview"))
    assert digest
    exclude(city, campaign.id, rows[-2].id)
    answer = office.post(base, run="", digest=digest[1], note="更正")
    assert answer.status_code == 422
    assert "数字有变动" in answer.text
    renewed = DIGEST.search(answer.text)
    assert renewed
    assert renewed[1] != digest[1]
    assert len(queries.versions(campaign.id)) == 1
    assert office.post(base, run="", digest=renewed[1], note="更正").status_code == 302


def test_nobody_but_the_office_gets_at_previews_and_history(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    rate(campaign, city.departments[0], [5] * 12)
    close(campaign)
    for name in ("admin", "inspector", "liaison", "head"):
        for rest in ("", "/preview", "/1"):
            desk(name).read(f"/campaigns/{campaign.id}/publications{rest}", 403)


def test_a_campaign_that_is_open_has_nothing_to_preview(desk: SignIn, city: City) -> None:
    campaign = city.campaign()
    base = f"/campaigns/{campaign.id}/publications"
    assert "活动结束并汇总后才能公布" in desk("office1").read(base)
    desk("office1").read(f"{base}/preview", 409)
    desk("office1").read(f"{base}/preview?run=nonsense", 404)


def test_a_version_that_would_drop_the_scores_says_so_and_each_department_opens(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign, department = city.campaign(), city.departments[0]
    rate(campaign, department, [5] * 12)
    close(campaign)
    with transaction():
        run = scoring.request_run(
            campaign.id, stored_scheme(city), actor=city.actors["office1"], now=clock.now()
        )
    work(str(run.id))
    with transaction():
        service.publish(
            campaign.id,
            score_run_id=run.id,
            note="公布总分",
            actor=city.actors["office1"],
            now=clock.now(),
        )
    office = desk("office1")
    base = f"/campaigns/{campaign.id}/publications"
    assert "这一版没有" in office.read(f"{base}/preview")
    assert "这一版没有" not in office.read(f"{base}/preview?run={run.id}")
    for page in (f"{base}/preview", f"{base}/2"):
        assert f"{page}?department={department.id}#department" in office.read(page)
        assert "落实中心工作1" in office.read(f"{page}?department={department.id}")
