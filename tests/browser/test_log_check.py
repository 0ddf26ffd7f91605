"""核验我的评价 in a real browser: on the phone, and on the page for whoever has none."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.people import SURVEY, Phone, visible

Pages = Callable[..., Page]
pytestmark = pytest.mark.browser
LEVELS = ("非常满意", "不满意", "基本满意")


def receipt_of(phone: Phone, person: str, department: str) -> Page:
    phone.page.goto("about:blank")
    phone.page.goto(f"{phone.live.base_url}/m/?as={person}#/pages/receipts/index")
    visible(phone.page, department).tap()
    expect(visible(phone.page, "核验我的评价")).to_be_visible()
    return phone.page


def test_the_phone_checks_the_promise_itself_and_shows_no_level(live: Live, pages: Pages) -> None:
    vera = Phone(pages(), live).start("vera").choose(SURVEY, "教育局", "教育局")
    vera.answer(4).comment("排队太久").submit()
    expect(visible(vera.page, "回执")).to_be_visible()
    page = receipt_of(vera, "vera", "教育局")
    code = page.locator(".code:visible").first.inner_text()
    visible(page, "核验我的评价").tap()
    expect(visible(page, "等待写入日志")).to_be_visible()
    expect(visible(page, "签名已核对")).to_be_visible()
    shown = page.locator("body").inner_text()
    fingerprint = re.search(r"([0-9a-f]{4} ){15}[0-9a-f]{4}", shown)
    assert fingerprint
    assert not any(level in shown for level in LEVELS)
    web = pages(phone=False)
    web.goto(f"{live.base_url}/log/check")
    expect(web.locator("main")).to_contain_text(fingerprint[0])
    web.get_by_label("回执码或记录编号").fill(code)
    web.get_by_role("button", name="核验", exact=True).click()
    expect(web.locator("#result")).to_contain_text("签名已核对")
    expect(web.locator("#result")).to_contain_text("记录由系统提供")
    expect(web.locator("#fingerprint")).to_have_text(fingerprint[0])


def test_what_was_written_can_be_erased_and_the_rating_stays(live: Live, pages: Pages) -> None:
    wim = Phone(pages(), live).start("wim").choose(SURVEY, "民政局", "民政局")
    wim.answer(3).comment("写了名字").submit()
    expect(visible(wim.page, "回执")).to_be_visible()
    page = receipt_of(wim, "wim", "民政局")
    visible(page, "删除我写的内容").tap()
    page.locator("wx-button:visible", has_text="删除").last.tap()
    expect(page.locator(":visible", has_text="删除我写的内容")).to_have_count(0)
    expect(visible(page, "已计入")).to_be_visible()
