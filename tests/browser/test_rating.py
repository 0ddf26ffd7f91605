"""The main job in a real browser: several phones, a console, the web form and the board."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.api import call, office
from tests.browser.conftest import Live
from tests.browser.people import SURVEY, Desk, Phone, visible

Pages = Callable[..., Page]
pytestmark = pytest.mark.browser
LEVELS = ("非常满意", "不满意")


def receipts_page(phone: Phone, person: str) -> Page:
    phone.page.goto("about:blank")
    phone.page.goto(f"{phone.live.base_url}/m/?as={person}#/pages/receipts/index")
    return phone.page


def test_two_people_rate_and_each_gets_a_receipt_of_its_own(live: Live, pages: Pages) -> None:
    anna = Phone(pages(), live).start("anna").choose(SURVEY, "gonganju", "公安局")
    bo = Phone(pages(), live).start("bo").choose(SURVEY, "公安", "公安局")
    anna.answer(4).comment("等了很久").submit()
    bo.answer(0).submit()
    for phone in (anna, bo):
        expect(visible(phone.page, "回执")).to_be_visible()
    page = receipts_page(anna, "anna")
    expect(visible(page, "公安局")).to_be_visible()
    assert not any(level in page.locator("body").inner_text() for level in LEVELS)


def test_a_second_rating_is_refused_in_plain_words_and_leads_to_the_first(
    live: Live, pages: Pages
) -> None:
    page = pages()
    Phone(page, live).start("carl").choose(SURVEY, "教育局", "教育局").answer(1).submit()
    expect(visible(page, "回执")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"{live.base_url}/m/?as=carl")
    again = Phone(page, live).choose(SURVEY, "教育局", "教育局")
    again.answer(0).submit()
    expect(visible(page, "不能重复评价")).to_be_visible()
    visible(page, "更正已有的评价").tap()
    expect(visible(page, "撤回")).to_be_visible()


def test_a_rating_made_without_network_waits_and_is_sent_once(live: Live, pages: Pages) -> None:
    dora = Phone(pages(), live).start("dora").choose(SURVEY, "民政局", "民政局")
    dora.answer(3).comment("窗口少")
    dora.page.context.set_offline(True)
    dora.submit()
    expect(visible(dora.page, "等待网络")).to_be_visible()
    sent: list[str] = []
    dora.page.on(
        "request",
        lambda request: (
            sent.append(request.url)
            if request.method == "POST" and request.url.endswith("/evaluations")
            else None
        ),
    )
    with dora.page.expect_response(lambda answer: answer.url.endswith("/evaluations")) as answer:
        dora.page.context.set_offline(False)
    assert answer.value.status == 201
    dora.page.wait_for_timeout(1500)
    assert len(sent) == 1


def test_the_web_form_takes_one_rating_a_code_without_javascript(live: Live, pages: Pages) -> None:
    headers = office(live)
    campaigns = call(live, "/api/v1/campaigns?state=open")["items"]
    campaign = next(item for item in campaigns if item["kind"] == "service")["id"]
    departments = call(live, f"/api/v1/campaigns/{campaign}/departments?q=shuiwuju")["items"]
    batch = call(
        live,
        f"/api/v1/campaigns/{campaign}/code-batches",
        {"department": departments[0]["id"], "size": 1},
        **headers,
    )
    (code,) = batch["codes"]
    page = pages(java_script_enabled=False)
    _fill_in_and_send(page, live, code)
    expect(page.locator("#receipt-code")).to_be_visible()
    receipt = page.locator("#receipt-code").inner_text().replace(" ", "").replace("\n", "")
    _fill_in_and_send(page, live, code)
    expect(page.locator("body")).to_contain_text("已经用过")
    page.goto(f"{live.base_url}/receipt")
    page.locator("[name=receipt]").fill(receipt)
    page.locator("form button").first.click()
    expect(page.locator("body")).to_contain_text("已计入")


def _fill_in_and_send(page: Page, live: Live, code: str) -> None:
    page.goto(f"{live.base_url}/rate/")
    page.locator("input[name=code]").fill(code.lower())
    page.locator("form button").first.click()
    expect(page.locator("body")).to_contain_text("税务局")
    names = page.locator("input[type=radio]").evaluate_all(
        "found => [...new Set(found.map(one => one.name))]"
    )
    for name in names:
        choices = page.locator(f"input[name='{name}']")
        if choices.count() >= 5:
            choices.nth(1).check(force=True)
    page.locator("textarea").first.fill("没有微信也能评")
    page.locator("form button[type=submit], form button").last.click()


def test_the_office_closes_at_the_console_and_the_board_shows_the_figures(
    live: Live, pages: Pages
) -> None:
    title = "浏览器测试集中评价"
    campaign = _campaign_with_ratings(live, title, people=11)
    desk = Desk(pages(phone=False), live).sign_in("office1")
    desk.go(f"/console/campaigns/{campaign}/results")
    expect(desk.page.locator("body")).to_contain_text("封存")
    desk.go(f"/console/campaigns/{campaign}/closing")
    desk.page.locator("input[name=title]").fill(title)
    desk.page.get_by_role("button", name="结束活动").click()
    citizen = pages()
    for _ in range(60):
        citizen.goto(f"{live.base_url}/board/{campaign}")
        if citizen.get_by_text("80.00").count():
            break
        citizen.wait_for_timeout(500)
    body = citizen.locator("body")
    expect(body).to_contain_text("80.00")
    expect(body).to_contain_text("11")
    figures = call(live, f"/api/v1/campaigns/{campaign}/results")
    shown = [
        channel
        for department in figures["departments"]
        for channel in department["channels"]
        if channel["count"]
    ]
    assert [(item["count"], item["score"]) for item in shown] == [(11, "80.00")]


def _campaign_with_ratings(live: Live, title: str, *, people: int) -> int:
    headers = office(live)
    everywhere = call(live, "/api/v1/campaigns?state=open")["items"][0]["id"]
    departments = call(live, f"/api/v1/campaigns/{everywhere}/departments?q=shuiliju")["items"]
    department = departments[0]["id"]
    campaign = call(
        live,
        "/api/v1/campaigns",
        {
            "kind": "survey",
            "title": title,
            "channels": ["open"],
            "opens_at": "2026-01-01T00:00:00+08:00",
            "closes_at": "2030-01-01T00:00:00+08:00",
            "departments": [department],
        },
        **headers,
    )["id"]
    call(live, f"/api/v1/campaigns/{campaign}/opening", {}, **headers)
    form = call(live, f"/api/v1/campaigns/{campaign}/departments/{department}/form")
    levels = {str(leaf["id"]): 4 for leaf in form["leaves"]}
    for place in range(people):
        token = call(live, "/api/v1/sessions", {"code": f"sandbox:board-{place}:1"})["token"]
        call(
            live,
            f"/api/v1/campaigns/{campaign}/evaluations",
            {"department": department, "overall": 4, "levels": levels},
            Authorization=f"Bearer {token}",
            **{"Idempotency-Key": f"{place:032x}"},
        )
    return int(campaign)
