"""The figure pages in a real browser: charts draw, filters renew them, the console stays clean."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from apiflask import APIFlask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from server.core import clock
from server.core.transaction import transaction
from server.figures import service
from server.figures.rules import FigureKind
from tests.factories.city import PASSWORD, City
from tests.factories.closing import close_and_settle
from tests.factories.figures import (
    COMMENTS,
    Quarters,
    comment_on,
    make_campaign,
    make_quarters,
    more_departments,
    store_responses,
)

pytestmark = pytest.mark.browser
Pages = Callable[..., Page]
SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"


@dataclass
class Office:
    """Somebody of the office at the figure pages."""

    page: Page
    base_url: str
    quarters: Quarters
    errors: list[str]

    def open(self, kind: str, **query: object) -> Page:
        parts = {"campaign": self.quarters.campaigns[-1].id, **query}
        address = "&".join(f"{name}={value}" for name, value in parts.items())
        self.page.goto(f"{self.base_url}/console/figures/{kind}?{address}")
        return self.page

    def drawn(self) -> list[str]:
        """Wait until every chart has drawn; return what stands in each."""
        charts = self.page.locator("[data-chart]")
        expect(charts.first).to_be_visible()
        for at in range(charts.count()):
            expect(charts.nth(at).locator("svg")).to_be_visible()
        return charts.locator("svg").all_text_contents()


@pytest.fixture
def office(app: APIFlask, city: City, pages: Pages) -> Iterator[Office]:
    more_departments(city, 9)
    quarters = make_quarters(city, number=3, size=24)
    app.config["SESSION_COOKIE_SECURE"] = False
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    base_url = f"http://127.0.0.1:{server.server_port}"
    page = pages(phone=False)
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{base_url}/console/sign-in")
    page.get_by_label("用户名").fill("office1")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("link", name="图表分析")).to_be_visible()
    yield Office(page, base_url, quarters, errors)
    assert errors == []
    server.shutdown()
    thread.join()


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"figures-{name}.png", full_page=True)


def count_comments(campaign_id: int) -> None:
    with transaction():
        service.count_words(campaign_id, now=clock.now())


def test_every_kind_of_figure_draws_what_its_table_says(office: Office, city: City) -> None:
    newest = office.quarters.campaigns[-1]
    store_responses(newest.id)
    commented = make_campaign(city, "2026 年第四季度办事评价")
    for at, one in enumerate(city.departments[:4]):
        comment_on(commented.id, one.id, [COMMENTS[(at + n) % 5] for n in (0, 0, 1, 2) * 4])
    close_and_settle(commented.id)
    count_comments(commented.id)
    for kind in FigureKind:
        campaign = commented.id if kind is FigureKind.WORDS else newest.id
        page = office.open(kind.value, campaign=campaign)
        texts = office.drawn()
        for text, card in zip(texts, page.locator(".figure-card").all(), strict=True):
            # The first line of the table stands in the chart too, unless its name is cut there.
            first = card.locator("tbody th").first.inner_text()
            assert first[:4] in text, (kind, first, text[:200])
        picture(page, kind.value)


def test_a_filter_renews_the_charts_and_stands_in_the_address(office: Office, city: City) -> None:
    page = office.open("distribution")
    office.drawn()
    page.get_by_text("全部", exact=True).first.click()
    for one in city.departments[3:5]:
        page.locator(".several-list").first.get_by_label(one.name, exact=True).check()
    table = page.locator("#table-departments tbody tr")
    expect(table).to_have_count(2)
    expect(page).to_have_url(re.compile(rf"department={city.departments[3].id}&"))
    office.drawn()
    page.get_by_label("比较所选部门").check()
    expect(page.locator("#table-channels tbody tr")).to_have_count(6)
    office.drawn()
    picture(page, "compare")
    page.reload()
    expect(table).to_have_count(2)


def test_the_pointer_shows_an_items_own_words(office: Office) -> None:
    page = office.open("scores")
    office.drawn()
    box = page.locator("[data-chart]").first.bounding_box()
    assert box
    shown = page.locator(".chart-tip")
    for x in range(int(box["x"]) + 300, int(box["x"]) + 760, 4):
        page.mouse.move(x, box["y"] + 52)
        if shown.count() and shown.first.is_visible():
            break
    expect(shown.first).to_contain_text("名次区间（整表）")


def test_charts_follow_the_windows_width_and_print(office: Office) -> None:
    page = office.open("heat")
    office.drawn()
    svg = page.locator("[data-chart] svg").first
    wide = svg.get_attribute("width")
    page.set_viewport_size({"width": 900, "height": 900})
    expect(svg).not_to_have_attribute("width", str(wide))
    page.emulate_media(media="print")
    expect(page.locator("#table-heat")).to_be_visible()
    expect(page.locator(".several").first).to_be_hidden()


def test_a_filter_that_fails_says_so_and_keeps_the_charts(office: Office) -> None:
    page = office.open("distribution")
    office.drawn()
    page.route("**/console/figures/**", lambda route: route.fulfill(status=503, body="<p>away"))
    page.get_by_text("全部", exact=True).first.click()
    page.locator(".several-list input").first.check()
    expect(page.get_by_text("图表没有更新")).to_be_visible()
    assert office.drawn()
    page.unroute("**/console/figures/**")
    page.locator(".several-list input").nth(1).check()
    expect(page.locator("#table-departments tbody tr")).to_have_count(2)
    expect(page.get_by_text("图表没有更新")).to_be_hidden()
    # The browser itself notes the answer that this test made up.
    office.errors[:] = [error for error in office.errors if "503" not in error]
