"""A community rates in its own name, and its representative hands over, in real browsers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.people import Desk, Phone, visible

Pages = Callable[..., Page]
pytestmark = pytest.mark.browser
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def opened(phone: Phone, person: str, page: str) -> Page:
    """Open one of the mini-program's pages by its address."""
    phone.page.goto("about:blank")
    phone.page.goto(f"{phone.live.base_url}/m/?as={person}#/{page}")
    return phone.page


def bind(phone: Phone, person: str, code: str) -> Page:
    """Type an invitation or a hand-over under 我的."""
    page = opened(phone, person, "packages/me/invitation/index")
    page.locator("input:visible").fill(code)
    page.locator("wx-button:visible", has_text="绑定").first.tap()
    expect(visible(page, "绑定成功")).to_be_visible()
    return page


def code_on(page: Page) -> str:
    found = CODE.search(page.locator("body").inner_text())
    assert found
    return found[0]


def test_a_community_signs_and_its_representative_hands_over(live: Live, pages: Pages) -> None:
    desk = Desk(pages(phone=False), live).sign_in("office1")
    desk.go("/console/pairings")
    row = desk.page.locator("#list tbody tr").first
    community = row.locator("a").inner_text()
    row.locator("a").click()
    desk.page.locator("dl a", has_text="名").click()
    organisation = desk.page.url
    desk.page.get_by_role("button", name="发出邀请").click()
    invitation = code_on(desk.page)

    erin, frank = Phone(pages(), live).start("erin"), Phone(pages(), live).start("frank")
    page = bind(erin, "erin", invitation)
    visible(page, "查看结对部门").tap()
    expect(visible(page, "没有评价")).to_be_visible()
    department = page.locator(".row:visible .row-main").first.inner_text()
    page.locator(".row:visible").first.tap()
    expect(visible(page, f"署名评价：{community}")).to_be_visible()
    expect(page.locator(":visible", has_text="是否留下联系方式")).to_have_count(0)
    erin.answer(1).submit()
    expect(visible(page, "评价已提交")).to_be_visible()

    page = opened(erin, "erin", "pages/me/index")
    page.locator(".act:visible", has_text="移交").tap()
    visible(page, "生成移交码").tap()
    page.locator("wx-button:visible", has_text=re.compile(r"^\s*生成\s*$")).tap()
    expect(visible(page, "收回移交码")).to_be_visible()
    bind(frank, "frank", code_on(page))
    expect(visible(page, f"您已不再代表{community}")).to_be_visible(timeout=15_000)

    page = opened(frank, "frank", "packages/me/pairings/index")
    expect(page.locator(".row:visible", has_text=department)).to_contain_text("已评价")
    desk.page.goto(organisation)
    expect(desk.page.locator("body")).to_contain_text("已移交")
    expect(desk.page.locator("body")).to_contain_text("移交接任")
