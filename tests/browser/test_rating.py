"""The main job in a real browser: several phones, a console and the board at once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.people import SURVEY, Desk, Phone, visible

Pages = Callable[..., Page]
pytestmark = pytest.mark.browser


def test_two_people_rate_and_each_gets_a_receipt_of_its_own(live: Live, pages: Pages) -> None:
    anna = Phone(pages(), live).start("anna").choose(SURVEY, "gonganju", "公安局")
    bo = Phone(pages(), live).start("bo").choose(SURVEY, "公安", "公安局")
    anna.answer(4).comment("等了很久").submit()
    bo.answer(0).submit()
    for phone in (anna, bo):
        expect(visible(phone.page, "回执")).to_be_visible()
    anna.page.goto(f"{live.base_url}/m/?as=anna#/pages/receipts/index")
    expect(visible(anna.page, "公安局")).to_be_visible()
    assert "非常不满意" not in anna.page.locator("body").inner_text()
