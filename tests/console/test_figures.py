"""The figure pages: who sees them, what stands on them, what narrows them."""

import io
import re
import zipfile
from decimal import Decimal
from html import unescape

import openpyxl
import pytest
from sqlalchemy import event

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.access import Grant, Role
from server.core.database import db
from server.core.transaction import transaction
from server.figures import queries, service
from server.figures.rules import FigureKind
from tests.console.conftest import Desk, SignIn, confine
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.figures import (
    Quarters,
    comment_on,
    make_campaign,
    store_responses,
    work_out,
)

KINDS = [kind.value for kind in FigureKind]
NOT_SEALED = ["responses"]
ROW = re.compile(r"<tr>\s*(.*?)\s*</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


def address(kind: str, campaign: Campaign | int, **query: object) -> str:
    campaign_id = campaign if isinstance(campaign, int) else campaign.id
    parts = [f"campaign={campaign_id}"]
    for name, value in query.items():
        parts += [f"{name}={one}" for one in (value if isinstance(value, list) else [value])]
    return f"/figures/{kind}?{'&'.join(parts)}"


def table_on(page: str, code: str) -> list[list[str]]:
    """Return a table of the page, headings first, as a reader sees it."""
    found = page.split(f'id="table-{code}"')[1].split("</table>", maxsplit=1)[0]
    return [[unescape(cell) for cell in CELL.findall(row)] for row in ROW.findall(found)]


def workbook_of(person: Desk, path: str) -> tuple[openpyxl.Workbook, list[str]]:
    base, _, query = path.partition("?")
    answer = person.post(f"{base}/workbook?{query}")
    assert answer.status_code == 200, answer.text[:400]
    data = io.BytesIO(answer.data)
    return openpyxl.load_workbook(data), zipfile.ZipFile(data).namelist()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_outside_the_office_gets_in(desk: SignIn, city: City, kind: str) -> None:
    campaign = make_campaign(city, "季度")
    for name in ("admin", "auditor", "inspector", "liaison", "head", "party", "owner"):
        assert desk(name).get(address(kind, campaign)).status_code == 403
        assert desk(name).post(f"/figures/{kind}/workbook?campaign=1").status_code == 403


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NOT_SEALED])
def test_a_sealed_survey_shows_nothing_before_its_close(
    desk: SignIn, city: City, kind: str
) -> None:
    campaign = make_campaign(city, "集中评价", CampaignKind.SURVEY)
    store_ratings(campaign.id, city.departments[0].id, [1] * 37)
    page = desk("office1").read(address(kind, campaign))
    assert "结果封存" in page
    assert "data-chart" not in page
    answer = desk("office1").post(f"/figures/{kind}/workbook?campaign={campaign.id}")
    assert answer.status_code == 409


def test_a_trend_of_a_sealed_survey_does_not_show_the_ones_before_it_either(
    desk: SignIn, city: City, quarters: Quarters
) -> None:
    sealed = make_campaign(city, "集中评价", CampaignKind.SURVEY)
    assert "结果封存" in desk("office1").read(address("trend", sealed))


def test_an_open_quarter_shows_what_came_in_up_to_now(desk: SignIn, city: City) -> None:
    campaign = make_campaign(city, "本季度")
    first = city.departments[0]
    store_ratings(campaign.id, first.id, [5, 5, 1])
    page = desk("office1").read(address("distribution", campaign))
    lines = {row[0]: row[1:4] for row in table_on(page, "departments")}
    assert lines[first.name] == ["3", "2", "0"]
    assert "此刻（活动进行中）" in page
    store_ratings(campaign.id, first.id, [4])
    page = desk("office1").read(address("distribution", campaign))
    assert table_on(page, "departments")[1:] != []
    assert {row[0]: row[1] for row in table_on(page, "departments")}[first.name] == "4"


def test_the_page_says_what_it_means_how_many_by_which_scheme_and_when(
    desk: SignIn, quarters: Quarters
) -> None:
    page = desk("office1").read(address("scores", quarters.campaigns[-1]))
    for words in (
        "内部",
        "不得对外提供",
        "办事评价方案 第 1 版",
        "计算时间",
        "置信水平",
        "95%",
        "评价人数",
    ):
        assert words in page, words


def test_a_score_on_the_page_is_the_runs(desk: SignIn, city: City, quarters: Quarters) -> None:
    newest = quarters.campaigns[-1]
    run = work_out(newest.id, quarters.scheme_id, city)
    assert run.result
    page = desk("office1").read(address("scores", newest))
    shown = {row[0]: row for row in table_on(page, "scores")[1:]}
    places = {place["department"]: place for place in run.result["places"]}
    assert len(shown) == 3
    for one in run.result["departments"]:
        row = shown[one["name"]]
        assert row[1:4] == [one["score"], *one["interval"]]
        place = places[one["id"]]
        assert row[5] == place["shrunk"]
        assert [int(cell) for cell in row[6:10]] == [*place["alone"], *place["in_table"]]


def test_a_run_with_ratings_set_apart_is_never_drawn(
    desk: SignIn, city: City, quarters: Quarters
) -> None:
    newest = quarters.campaigns[-1]
    before = table_on(desk("office1").read(address("scores", newest)), "scores")
    run = work_out(newest.id, quarters.scheme_id, city, set_apart=True)
    with transaction():
        run.result = {**(run.result or {}), "departments": [], "places": []}
    assert table_on(desk("office1").read(address("scores", newest)), "scores") == before


def test_a_part_of_the_score_has_the_runs_figure_and_no_place(
    desk: SignIn, city: City, quarters: Quarters
) -> None:
    newest = quarters.campaigns[-1]
    run = work_out(newest.id, quarters.scheme_id, city)
    assert run.result
    for part, of in (
        ("channel:service_centre", lambda one: one["channels"][0]),
        ("heading:B", lambda one: one["headings"]["B"]),
    ):
        page = desk("office1").read(address("scores", newest, part=part))
        shown = {row[0]: row for row in table_on(page, "scores")[1:]}
        for one in run.result["departments"]:
            score = Decimal(of(one)["score"])
            half = Decimal("1.959964") * Decimal(of(one)["standard_error"])
            ends = max(Decimal(0), score - half), min(Decimal(100), score + half)
            assert [Decimal(cell) for cell in shown[one["name"]][1:4]] == [
                pytest.approx(value, abs=Decimal("0.005")) for value in (score, *ends)
            ]
        assert "名次区间" not in page.split("data-chart")[1]


def test_a_trend_goes_from_quarter_to_quarter(desk: SignIn, quarters: Quarters) -> None:
    page = desk("office1").read(address("trend", quarters.campaigns[-1]))
    rows = table_on(page, "trend")[1:]
    assert [row[1] for row in rows[:2]] == ["2026 年第 2 季度", "2026 年第 3 季度"]
    for campaign, row in zip(quarters.campaigns, rows[:2], strict=True):
        own = table_on(desk("office1").read(address("scores", campaign)), "scores")[1:]
        assert {one[0]: one[1:4] for one in own}[row[0]] == row[5:8]


def test_chosen_departments_and_channels_narrow_the_table_and_stay_in_every_link(
    desk: SignIn, city: City, quarters: Quarters
) -> None:
    chosen = city.departments[1]
    path = address("distribution", quarters.campaigns[-1], department=chosen.id, channel="open")
    page = desk("office1").read(path)
    assert [row[0] for row in table_on(page, "departments")[1:]] == [chosen.name]
    assert [row[0] for row in table_on(page, "channels")[1:]] == ["公众自主评价"]
    links = re.findall(r'href="/console/figures/(\w+)\?([^"]+)"', page)
    kept = {kind: query for kind, query in links if f"department={chosen.id}" in query}
    assert set(kept) == set(KINDS)
    assert f"department={chosen.id}&amp;channel=open" in kept["heat"]


def test_comparing_takes_two_to_six_departments(
    desk: SignIn, city: City, quarters: Quarters
) -> None:
    newest = quarters.campaigns[-1]
    ids = [one.id for one in city.departments]
    alone = desk("office1").read(address("heat", newest, compare=1, department=ids[0]))
    assert "比较需要选 2 至 6 个部门，现在选了 1 个" in alone
    assert "data-chart" not in alone
    both = desk("office1").read(address("heat", newest, compare=1, department=ids[:2]))
    assert len(table_on(both, "comparison")[0]) == 5


def test_what_an_address_makes_up_counts_as_not_chosen(desk: SignIn, quarters: Quarters) -> None:
    newest = quarters.campaigns[-1]
    plain = table_on(desk("office1").read(address("distribution", newest)), "departments")
    odd = address(
        "distribution",
        newest,
        department=["999999", "-1", "x", "99999999999999999999"],
        channel="nowhere",
        indicator="Z9",
        part="channel:x",
    )
    assert table_on(desk("office1").read(odd), "departments") == plain
    assert desk("office1").get("/figures/scores?campaign=999999").status_code == 404
    assert desk("office1").get("/figures/scores").status_code == 302
    assert desk("office1").get("/figures/nothing?campaign=1").status_code == 404


def test_an_office_below_the_city_sees_its_own_departments_alone(
    desk: SignIn, city: City, quarters: Quarters
) -> None:
    own, foreign = city.departments[:2]
    confine(city, "office2", own)
    for kind in ("distribution", "heat", "scores", "trend"):
        page = desk("office2").read(address(kind, quarters.campaigns[-1]))
        assert own.name in page, kind
        assert foreign.name not in page, kind
    store_responses(quarters.campaigns[-1].id)
    page = desk("office2").read(address("responses", quarters.campaigns[-1]))
    assert "由管理活动全部部门的评价办查看" in page
    assert "data-chart" not in page


def test_pages_ask_the_counts_and_never_the_ratings(desk: SignIn, quarters: Quarters) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    person = desk("office1")
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for kind in ("distribution", "heat", "scores", "trend", "responses"):
            person.read(address(kind, quarters.campaigns[-1]))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert statements
    assert not [one for one in statements if re.search(r"\bFROM evaluation\b", one)]


def test_words_are_counted_by_a_job_and_then_shown(desk: SignIn, city: City) -> None:
    campaign = make_campaign(city, "留言")
    comment_on(campaign.id, city.departments[0].id, ["停车场太小"] * 12)
    person = desk("office1")
    assert "活动结束后统计" in person.read(address("words", campaign))
    close_and_settle(campaign.id)
    assert "还没有统计" in person.read(address("words", campaign))
    answer = person.post(f"/campaigns/{campaign.id}/comment-words")
    assert answer.status_code == 302
    assert "正在统计" in person.read(address("words", campaign))
    with transaction():
        service.count_words(campaign.id, now=clock.now())
    page = person.read(address("words", campaign))
    assert ["停车场", "12"] in table_on(page, "words-all")
    assert "正在统计" not in page
    book, parts = workbook_of(person, address("words", campaign))
    assert "停车场" in [row[0].value for row in book.worksheets[1].iter_rows()]
    assert [name for name in parts if "chart" in name]


def test_a_comment_judged_after_the_count_makes_the_page_say_so(desk: SignIn, city: City) -> None:
    campaign = make_campaign(city, "留言")
    comment_on(campaign.id, city.departments[0].id, ["停车场太小"] * 12, comment_state=3)
    close_and_settle(campaign.id)
    with transaction():
        service.count_words(campaign.id, now=clock.now())
    assert "没有已通过审核的留言" in desk("office1").read(address("words", campaign))
    with transaction():
        db.session.execute(db.text("UPDATE evaluation SET comment_state = 4"))
    assert "重新统计" in desk("office1").read(address("words", campaign))


def test_empty_states_say_what_to_do(desk: SignIn, city: City) -> None:
    campaign = make_campaign(city, "没有评价")
    close_and_settle(campaign.id)
    for kind, words in (
        ("distribution", "还没有评价"),
        ("heat", "还没有评价"),
        ("scores", "请先"),
        ("trend", "请先"),
        ("responses", "没有抽样"),
    ):
        page = desk("office1").read(address(kind, campaign))
        assert words in page, kind
        assert "data-chart" not in page
        answer = desk("office1").post(f"/figures/{kind}/workbook?campaign={campaign.id}")
        assert answer.status_code == 302


def test_the_list_names_campaigns_and_offers_of_a_sealed_one_the_responses_alone(
    desk: SignIn, city: City
) -> None:
    closed = make_campaign(city, "第一季度办事")
    close_and_settle(closed.id)
    sealed = make_campaign(city, "集中评价", CampaignKind.SURVEY)
    page = desk("office1").read("/figures")
    assert f"/console/figures/heat?campaign={closed.id}" in page
    assert f"/console/figures/heat?campaign={sealed.id}" not in page
    assert f"/console/figures/responses?campaign={sealed.id}" in page
    assert "集中评价" not in desk("office1").read("/figures?q=办事").split("<main")[1]
    assert "没有符合条件的活动" in desk("office1").read("/figures?q=哪里")


def test_nothing_that_somebody_typed_leaves_the_charts_attribute(
    desk: SignIn, city: City, quarters: Quarters
) -> None:
    name = """局"><script>alert('x')</script>"""
    with transaction():
        city.departments[1].name = name
        city.departments[1].short_name = name
    page = desk("office1").read(address("distribution", quarters.campaigns[-1]))
    assert "<script>alert" not in page


def test_a_view_reaches_what_the_grants_of_the_office_reach_and_no_other_role(city: City) -> None:
    campaign = make_campaign(city, "季度")
    actor = city.actors["office1"]
    other = type(actor)(
        actor.kind, actor.id, (Grant(Role.INSPECTOR, city.root.id, city.root.path),)
    )
    assert len(queries.campaign_view(campaign.id, actor=actor).departments) == 3
    assert queries.campaign_view(campaign.id, actor=other).departments == ()
