"""The whole loop, from a poor rating on a phone to a receipt that is verified there.

评价 → 挂号 → 叫号 → 回访 → 整改 → 追评未解决 → 再整改 → 销号 → 季度冻结 → 公布 → 核验,
with the clock moved; then one value is changed straight in the database, and found.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from server.core.database import db
from tests.browser.moved import MovedCity, moved_city
from tests.browser.people import Desk, Phone, visible

Pages = Callable[..., Page]
pytestmark = pytest.mark.browser
CAMPAIGN = "2026 年第四季度办事评价"
DEPARTMENT = "市场监督管理局"
QUARTER = "2026Q4"
WORST = 4
PHONE_NUMBER = "13800001234"
REGISTER = "server.evaluation.case_tasks.register_at_once"
WARN = "server.rectification.tasks.warn_of_limits"
CALL = "server.rectification.tasks.call_departments"
CLOSE = "server.evaluation.tasks.close_due"
PUBLISH = "server.quarterly.tasks.publish_quarters"
TAMPER = """
    UPDATE evaluation SET overall = 5 WHERE id = (
        SELECT rating.id FROM evaluation AS rating JOIN campaign ON campaign.id = campaign_id
        WHERE title = :title AND overall = 1 LIMIT 1)
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MovedCity]:
    with moved_city(tmp_path_factory.mktemp("moved")) as city:
        yield city


def take(desk: Desk, step: str, button: str, **texts: str) -> None:
    """Take a step on the case whose page is open: choose it, fill in its form, send it."""
    desk.page.locator(".case-steps").get_by_role("link", name=step, exact=True).click()
    form = desk.page.locator("#step form")
    for field, words in texts.items():
        found = form.locator(f"[name={field}]")
        if found.evaluate("one => one.tagName") == "SELECT":
            found.select_option(words)
        else:
            found.fill(words)
    asked_back = form.get_attribute("data-confirm")
    form.get_by_role("button", name=button, exact=True).click()
    if asked_back:
        desk.page.get_by_role("button", name="确定").click()
    expect(desk.page.locator(".alert-success")).to_be_visible()


def says(page: Page, words: str) -> None:
    expect(page.locator("body")).to_contain_text(words)


def receipt(phone: Phone, person: str) -> Page:
    """Open the one receipt of a person's phone."""
    phone.page.goto("about:blank")
    phone.page.goto(f"{phone.live.base_url}/m/?as={person}#/pages/receipts/index")
    visible(phone.page, DEPARTMENT).tap()
    expect(visible(phone.page, "办理进展")).to_be_visible()
    return phone.page


def follow_up(phone: Phone, person: str, verdict: str) -> None:
    page = receipt(phone, person)
    visible(page, verdict).tap()
    visible(page, "提交追评").tap()
    expect(visible(page, f"追评：{verdict}")).to_be_visible()


def test_a_poor_rating_is_rectified_published_and_verified(city: MovedCity, pages: Pages) -> None:
    anna = Phone(pages(), city).start("anna")
    _rate(anna)
    liaison = Desk(pages(phone=False), city).sign_in("liaison")
    case = _accepted(city, liaison)
    _called_back(city, liaison, case)
    take(liaison, "答复", "提交答复", text="增开两个窗口，公布等候时间。")
    follow_up(anna, "anna", "未解决")
    city.clock.advance(days=2)
    liaison.page.goto(case)
    says(liaison.page, "第二轮")
    take(liaison, "答复", "提交答复", text="窗口已增开，并在门口公示等候人数。")
    follow_up(anna, "anna", "已解决")
    liaison.page.goto(case)
    says(liaison.page, "评价人认可")

    city.clock.advance(days=40)
    city.work(CLOSE)
    _published(city, pages)
    page = receipt(anna, "anna")
    visible(page, "核验我的评价").tap()
    expect(visible(page, "核验通过：您的评价在日志里，没有被改动，计入了结果。")).to_be_visible()
    assert "不满意" not in page.locator("body").inner_text(), "no page shows a past level"
    _tampering_is_found(city)


def _rate(anna: Phone) -> None:
    anna.choose(CAMPAIGN, "shichangjian", DEPARTMENT).answer(WORST).comment("等了两个小时")
    visible(anna.page, "留下联系方式").tap()
    fields = anna.page.locator("input:visible")
    fields.nth(0).fill("王女士")
    fields.nth(1).fill(PHONE_NUMBER)
    anna.submit()
    expect(visible(anna.page, "回执")).to_be_visible()


def _accepted(city: MovedCity, liaison: Desk) -> str:
    """Register and accept the case; return its page's address."""
    city.work(REGISTER)
    liaison.go("/console/cases?stage=registered")
    liaison.page.locator("table a").first.click()
    case = liaison.page.url
    says(liaison.page, "实名，应在")
    take(liaison, "签收", "签收这一件")
    return case


def _called_back(city: MovedCity, liaison: Desk, case: str) -> None:
    city.clock.advance(days=1)
    city.work(WARN, CALL)
    liaison.go("/console/calls")
    liaison.page.locator("table a").first.click()
    says(liaison.page, DEPARTMENT)
    liaison.page.goto(case)
    liaison.page.get_by_role("button", name="查看联系方式").click()
    liaison.page.get_by_role("button", name="确定").click()
    says(liaison.page, PHONE_NUMBER)
    liaison.page.get_by_role("link", name="记录回访").click()
    take(liaison, "回访", "记录回访", outcome="reached", note="电话致歉，约定一周内答复。")


def _published(city: MovedCity, pages: Pages) -> None:
    """Freeze the quarter by one person, have it approved by another, publish it."""
    freezing = Desk(pages(phone=False), city).sign_in("office1")
    freezing.go(f"/console/quarters/{QUARTER}/preview")
    freezing.page.get_by_role("button", name="冻结第 1 版").click()
    says(freezing.page, "须由评价办另一位工作人员审核")
    approving = Desk(pages(phone=False), city).sign_in("office2")
    approving.page.goto(freezing.page.url)
    approving.page.get_by_role("button", name="审核通过").click()
    approving.page.get_by_role("button", name="确定").click()
    says(approving.page, "已审核，到时自动公布")
    city.work(PUBLISH)
    board = pages(phone=False)
    board.goto(f"{city.base_url}/board/quarters/{QUARTER}")
    says(board, "第 1 版")
    says(board, DEPARTMENT)


def _tampering_is_found(city: MovedCity) -> None:
    with city.app.app_context():
        sound = city.app.test_cli_runner().invoke(args=["check-ledger"])
        assert sound.exit_code == 0, sound.output
        db.session.execute(text(TAMPER), {"title": CAMPAIGN})
        db.session.commit()
        found = city.app.test_cli_runner().invoke(args=["check-ledger"])
        assert found.exit_code == 1, found.output
        assert CAMPAIGN in found.output
        db.session.remove()
