"""The board: what stands is shown, what is withheld or sealed is not, to nobody."""

import csv
import io
import re

from flask.testing import FlaskClient

from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core import clock
from server.core.transaction import transaction
from server.evaluation.rules import ExclusionReason
from server.publication import service as publication
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle, store_ratings
from tests.factories.excluding import exclude


def settled(city: City) -> Campaign:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 6 + [4] * 3 + [1] * 3)
    store_ratings(campaign.id, department, [3] * 9, channel=Channel.SERVICE_CENTRE)
    close_and_settle(campaign.id)
    return campaign


def words(text: str) -> str:
    """Return a page's text without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_list_tells_settled_unsettled_and_sealed_apart(city: City, client: FlaskClient) -> None:
    done, closing, opened = settled(city), city.campaign(), city.campaign()
    close(closing.id)
    page = client.get("/board")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "public, max-age=60"
    assert f'href="/board/{done.id}"' in page.text
    assert f'href="/board/{closing.id}"' not in page.text
    assert f'href="/board/{opened.id}"' not in page.text
    assert "正在汇总" in page.text
    assert "尚未公布" in page.text


def test_the_overview_is_a_line_a_department(city: City, client: FlaskClient) -> None:
    campaign = settled(city)
    page = client.get(f"/board/{campaign.id}").text
    rows = [words(row).strip() for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    assert len(rows) == 1 + 3, "a heading and a line a department"
    assert rows[0].startswith("部门 公众自主评价 行政服务中心")
    # Eight groups of nine or none: the nine ratings can't be read from anything.
    assert sorted(row.split(" ", 1)[1] for row in rows[1:]) == [
        "70.00 12 份 不公布 不公布",
        "不公布 不公布 不公布",
        "不公布 不公布 不公布",
    ]
    assert "9 份" not in words(page)
    assert "名次" not in page, "no scores were published"


def test_a_department_shows_numbers_beside_the_bars(city: City, client: FlaskClient) -> None:
    campaign = settled(city)
    page = client.get(f"/board/{campaign.id}/{city.departments[0].id}")
    text = words(page.text)
    assert "70.00 分 12 份评价" in text
    assert "非常满意 6 50.0%" in text
    assert "非常不满意 3 25.0%" in text
    assert 'aria-label="非常满意 6 份，满意 3 份，基本满意 0 份，不满意 0 份，非常不满意 3 份"' in (
        page.text
    )
    assert text.count("样本少于 10，或能推算出这样的样本，不公布") == 2
    assert "9 份" not in text


def test_exclusions_stand_by_reason_beside_what_counts(city: City, client: FlaskClient) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    first, *_ = store_ratings(campaign.id, department, [1] * 11)
    close_and_settle(campaign.id)
    exclude(city, campaign.id, first, ExclusionReason.ORGANISED)
    address = f"/board/{campaign.id}/{department}"
    assert "0.00 分 11 份评价" in words(client.get(address).text)
    with transaction():
        publication.publish(
            campaign.id, note="剔除组织刷评", actor=city.actors["office1"], now=clock.now()
        )
    text = words(client.get(address).text)
    assert "0.00 分 10 份评价" in text
    assert "不予采纳：有证据表明系组织刷评 1 份" in text
    assert "第 2 版" in text
    assert "剔除组织刷评" in text
    old = words(client.get(address + "?version=1").text)
    assert "0.00 分 11 份评价" in old
    assert "旧版" in old
    assert client.get(address + "?version=3").status_code == 404
    assert client.get(address + "?version=x").status_code == 404


def test_departments_are_found_by_name(city: City, client: FlaskClient) -> None:
    campaign = settled(city)
    found = client.get(f"/board/{campaign.id}?q=shichang").text
    assert "市场监督管理局" in found
    assert "公安局" not in found
    nothing = client.get(f"/board/{campaign.id}", query_string={"q": '"><b>'})
    assert nothing.status_code == 200
    assert "没有找到这样的部门" in nothing.text
    assert '"><b>' not in nothing.text
    assert client.get(f"/board/{campaign.id}?q=%00").status_code == 422


def test_a_department_shows_its_leaves(city: City, client: FlaskClient) -> None:
    campaign = settled(city)
    page = client.get(f"/board/{campaign.id}/{city.departments[0].id}")
    text = words(page.text)
    assert "落实中心工作1 70.00 12 人作答" in text
    assert text.count("不公布") >= 16
    assert client.get(f"/board/{campaign.id}/{city.enterprise.id}").status_code == 404


def test_the_data_can_be_downloaded_and_agree_with_the_api(city: City, client: FlaskClient) -> None:
    campaign = settled(city)
    table = client.get(f"/board/{campaign.id}.csv")
    assert table.mimetype == "text/csv"
    assert table.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert len(rows) == 3 * 3
    mine = [row for row in rows if row["部门"] == "市场监督管理局"]
    shown, withheld = mine[0], mine[1]
    assert (shown["渠道"], shown["是否公布"], shown["得分"]) == ("公众自主评价", "是", "70.00")
    assert (shown["非常满意"], shown["非常不满意"]) == ("6", "3")
    assert withheld["是否公布"] == "否"
    assert set(list(withheld.values())[4:]) == {""}
    body = client.get(f"/board/{campaign.id}.json").json
    assert body == client.get(f"/api/v1/campaigns/{campaign.id}/results").json


def test_nothing_of_a_sealed_or_unsettled_campaign_is_shown(
    city: City, client: FlaskClient
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 12)
    paths = [
        f"/board/{campaign.id}{rest}" for rest in ("", f"/{department}", ".csv", ".json", "?q=a")
    ]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 409, path
        assert "结果封存中" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    close(campaign.id)
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 409, path
        assert "结果正在汇总" in answer.text
        assert answer.headers["Retry-After"] == "3"


def test_an_unknown_campaign_has_a_page(city: City, client: FlaskClient) -> None:
    answer = client.get("/board/999")
    assert answer.status_code == 404
    assert "没有这项评价活动" in answer.text
