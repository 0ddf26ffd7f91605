"""The board's quarters: what is published is shown to everybody, as page and as data."""

import csv
import io
import json
import re
import zipfile
from hashlib import sha256

from docx import Document
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from server.campaigns.rules import CampaignKind, Channel
from server.quarterly.queries import Edition
from server.quarterly.tables import OPEN_HEADINGS
from tests.factories.city import City
from tests.factories.quarters import (
    campaign_with,
    freeze,
    group,
    publish,
    register_everywhere,
    this_quarter,
)

RATINGS = {(place, Channel.OPEN): [5] * 12 for place in range(3)}


def a_quarter(city: City) -> Edition:
    campaign_with(city, RATINGS | {(0, Channel.SERVICE_CENTRE): [4] * 9}, kind=CampaignKind.SURVEY)
    register_everywhere(city)
    group(city, "窗口部门", [0, 1])
    return publish(city)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_nothing_is_shown_before_it_is_published(city: City, client: FlaskClient) -> None:
    campaign_with(city, RATINGS)
    freeze(city)
    assert "还没有公布过季度晾晒" in client.get("/board/quarters").text
    for ending in ("", ".json", ".csv", ".xlsx", ".docx", "/document.json", "/changes"):
        answer = client.get(f"/board/quarters/{this_quarter()}{ending}")
        assert answer.status_code == 404, ending
    assert client.get(f"/api/v1/quarters/{this_quarter()}").status_code == 404
    for odd in ("2026Q5", "x", "%00", "2026Q4?edition=%00", "2026Q4?edition=99999999"):
        assert client.get(f"/board/quarters/{odd}").status_code == 404


def test_a_quarter_is_shown_by_groups_and_nobody_is_ranked(city: City, client: FlaskClient) -> None:
    made = a_quarter(city)
    assert made.quarter in client.get("/board/quarters").text
    assert f'href="/board/quarters/{made.quarter}"' in client.get("/board").text
    page = words(client.get(f"/board/quarters/{made.quarter}").text)
    assert "窗口部门" in page
    assert "没有分组的部门" in page
    assert "9 份" not in page
    assert made.digest.hex() in page
    assert "ronghe.test/log" in page, "the log's head"
    for word in ("第 1 名", "红榜", "黑榜", "排名第"):
        assert word not in page


def test_open_data_agree_with_the_page_and_with_the_described_columns(
    city: City, client: FlaskClient
) -> None:
    made = a_quarter(city)
    address = f"/board/quarters/{made.quarter}"
    body = client.get(f"{address}/document.json").data
    assert sha256(body).digest() == made.digest
    rows = list(csv.DictReader(io.StringIO(client.get(f"{address}.csv").text.lstrip("\ufeff"))))
    described = client.get("/board/quarters.schema.json").json
    assert [one["name"] for one in described["fields"]] == list(rows[0]) == list(OPEN_HEADINGS)
    city_sum = [
        row for row in rows if not row["group"] and not row["department_id"] and not row["channel"]
    ]
    assert {row["measure"]: row["value"] for row in city_sum}["registered"] == "39"
    withheld = [row for row in rows if row["channel"] == "service_centre"]
    assert {(row["withheld"], row["value"]) for row in withheld} == {("1", "")}
    overview = client.get(f"{address}.json").json
    assert overview["cases"]["registered"] == {"withheld": False, "of": 39}
    assert overview == client.get(f"/api/v1/quarters/{made.quarter}").json
    listed = client.get("/api/v1/quarters").json["items"]
    assert [(one["quarter"], one["edition"]) for one in listed] == [(made.quarter, 1)]
    assert listed == client.get("/board/quarters.json").json["items"]


def test_a_browser_asks_whether_its_page_still_stands(city: City, client: FlaskClient) -> None:
    made = a_quarter(city)
    for ending in ("", ".json", ".csv", ".docx"):
        answer = client.get(f"/board/quarters/{made.quarter}{ending}")
        tag = answer.headers["ETag"]
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        again = client.get(
            f"/board/quarters/{made.quarter}{ending}", headers={"If-None-Match": tag}
        )
        assert (again.status_code, again.data) == (304, b"")


def test_every_edition_stays_and_says_what_it_changed(city: City, client: FlaskClient) -> None:
    made = a_quarter(city)
    before = client.get(f"/board/quarters/{made.quarter}")
    for _ in range(12):
        register_everywhere(city)
    publish(city, note="补录差评件")
    now = client.get(f"/board/quarters/{made.quarter}")
    assert now.headers["ETag"] != before.headers["ETag"]
    assert "第 2 版" in words(now.text)
    assert "补录差评件" in now.text
    old = words(client.get(f"/board/quarters/{made.quarter}?edition=1").text)
    assert "旧版" in old
    assert made.digest.hex() in old
    changed = words(client.get(f"/board/quarters/{made.quarter}/changes").text)
    assert "补录差评件" in changed
    assert "差评件，挂号件数，件数 39 507" in changed
    assert client.get(f"/board/quarters/{made.quarter}/changes?edition=1").status_code == 404


def test_the_papers_have_title_line_tables_signature_and_the_logs_head(
    city: City, client: FlaskClient
) -> None:
    made = a_quarter(city)
    paper = Document(io.BytesIO(client.get(f"/board/quarters/{made.quarter}.docx").data))
    texts = [one.text for one in paper.paragraphs]
    assert texts[0].endswith("季度群众评价情况通报")
    assert "第 1 版" in texts[1]
    assert any(made.digest.hex() in one for one in texts)
    assert made.checkpoint.splitlines()[0] in texts
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert "不公布" in cells
    assert "39" in cells
    data = client.get(f"/board/quarters/{made.quarter}.xlsx").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names[:4] == ["说明", "得分", "各渠道", "差评件"]
    rows = book.get_sheet_by_name("差评件").to_python()
    assert rows[-1][:3] == ["全市", "合计", 39]


def test_a_scored_quarter_has_charts_and_group_ranks(
    city: City, client: FlaskClient, scored_edition: Edition
) -> None:
    del city
    address = f"/board/quarters/{scored_edition.quarter}"
    group_of_two = scored_edition.document["groups"][0]
    ranks = [one["campaigns"][0]["score"]["rank"] for one in group_of_two["departments"]]
    assert all(1 <= best <= worst <= 2 for best, worst in ranks)
    loose = scored_edition.document["groups"][1]["departments"][0]["campaigns"][0]["score"]
    assert "rank" not in loose
    page = client.get(address).text
    assert 'class="track"' in page
    assert "组内名次区间" in page
    data = client.get(f"{address}.xlsx").data
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert any(name.startswith("xl/charts/") for name in names)
    assert json.loads(client.get(f"{address}.json").text)["campaigns"][0]["interval_level"]
