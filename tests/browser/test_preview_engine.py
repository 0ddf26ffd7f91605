"""The engine of the mini-program's preview, tried with its fixture program in Chromium.

Stand-alone: it builds the fixture, serves it, and opens the Chromium that ``CHROMIUM`` names.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).resolve().parents[2]
MINIPROGRAM = ROOT / "miniprogram"
FIXTURE = MINIPROGRAM / "tests/preview/fixture"
PHONE = {"width": 390, "height": 844}
NAVIGATION_BAR = 44


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and prints nothing."""

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the built fixture program is served, below /m/ as in the real service."""
    folder = tmp_path_factory.mktemp("preview")
    program = folder / "program"
    shutil.copytree(FIXTURE, program)
    node = shutil.which("node", path=f"{ROOT / '.venv/bin'}:{os.environ['PATH']}")
    assert node is not None, "Node.js is missing"
    subprocess.run(
        [
            node,
            "--import",
            "./preview/typescript.mjs",
            "preview/build/main.ts",
            program,
            folder / "m",
        ],
        cwd=MINIPROGRAM,
        check=True,
    )
    handler = functools.partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/m/index.html"
        server.shutdown()
        thread.join()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    context.set_default_timeout(5000)
    yield context
    context.close()


class Watched:
    """A page with what went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(error.message))

    def open(self, address: str) -> Page:
        self.page.goto(address)
        self.page.locator("wx-page").first.wait_for()
        return self.page


@pytest.fixture
def watched(context: BrowserContext) -> Iterator[Watched]:
    watched = Watched(context.new_page())
    yield watched
    assert watched.errors == []


@pytest.fixture
def form(watched: Watched, address: str) -> Page:
    return watched.open(f"{address}?as=zhang")


@pytest.fixture
def listing(watched: Watched, address: str) -> Page:
    return watched.open(f"{address}?as=zhang#/pages/list/index")


def answer(page: Page) -> str:
    return page.get_by_test_id("answer").inner_text()


def test_form_collects_its_fields_and_can_be_reset(form: Page) -> None:
    form.get_by_label("姓名").fill("王")
    expect(form.get_by_test_id("answer")).to_have_text("输入 王")
    form.get_by_label("意见").fill("很好")
    form.get_by_text("不满意", exact=True).tap()
    expect(form.get_by_test_id("answer")).to_have_text("等级 poor")
    form.get_by_text("快", exact=True).tap()
    form.get_by_role("combobox").tap()
    form.get_by_role("dialog").get_by_text("网上").tap()
    expect(form.get_by_text("地点：网上")).to_be_visible()
    form.get_by_role("button", name="提交").tap()
    sent = json.loads(answer(form))
    assert sent == {
        "name": "王",
        "words": "很好",
        "level": "poor",
        "tags": ["fast"],
        "anonymous": True,
        "where": 1,
    }
    form.get_by_role("button", name="清空").tap()
    expect(form.get_by_test_id("answer")).to_have_text("清空了")
    expect(form.get_by_label("姓名")).to_have_value("")
    expect(form.get_by_role("radio", name="不满意")).not_to_be_checked()


def test_disabled_button_keeps_its_tap(form: Page) -> None:
    form.get_by_text("不能按").tap(force=True)
    form.wait_for_timeout(100)
    assert answer(form) == ""


def test_two_way_binding_carries_both_ways(form: Page) -> None:
    expect(form.get_by_label("双向")).to_have_value("甲")
    form.get_by_label("双向").fill("乙")
    expect(form.get_by_test_id("bound")).to_have_text("乙")


def test_component_counts_and_tells_its_page(form: Page) -> None:
    form.get_by_role("button", name="加", exact=True).tap()
    expect(form.get_by_test_id("answer")).to_have_text("数到 7")
    expect(form.get_by_text("槽", exact=True)).to_be_visible()
    assert form.evaluate("getCurrentPages()[0].data.answer") == "数到 7"


def test_scroll_view_tells_that_its_end_is_reached(form: Page) -> None:
    form.locator("wx-scroll-view").evaluate("view => view.scrollTo(0, 10000)")
    expect(form.get_by_test_id("answer")).to_have_text("到底了")


def test_rich_text_shows_text_and_runs_nothing(form: Page) -> None:
    expect(form.locator("wx-rich-text strong")).to_have_text("文本")
    assert form.locator("wx-rich-text script").count() == 0


def test_open_types_announce_their_events(form: Page) -> None:
    form.get_by_role("button", name="同意隐私").tap()
    expect(form.get_by_test_id("answer")).to_have_text("同意了")
    form.get_by_role("button", name="取手机号").tap()
    form.get_by_role("dialog").get_by_role("button", name="允许", exact=True).tap()
    expect(form.get_by_test_id("answer")).to_have_text("sandbox:")


def test_lengths_measure_the_phone_and_fixed_parts_stay_in_it(form: Page) -> None:
    measured = form.get_by_test_id("measured").bounding_box()
    bottom = form.get_by_test_id("bottom").bounding_box()
    tabs = form.get_by_role("tablist").bounding_box()
    assert measured is not None
    assert bottom is not None
    assert tabs is not None
    assert measured["width"] == pytest.approx(PHONE["width"], abs=0.5)
    assert measured["height"] == pytest.approx((tabs["y"] - NAVIGATION_BAR) / 10, abs=0.5)
    assert bottom["y"] + bottom["height"] == pytest.approx(tabs["y"], abs=0.5)


def test_styles_of_a_page_are_its_own_and_the_program_s_are_everybody_s(form: Page) -> None:
    own = form.get_by_test_id("measured")
    expect(own).to_have_css("color", "rgb(9, 8, 7)")
    form.get_by_role("tab", name="列表").tap()
    expect(form.get_by_text("列表页")).to_have_css("color", "rgb(70, 60, 50)")


def test_wide_window_shows_a_phone_in_a_frame(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    page = Watched(context.new_page()).open(f"{address}?as=zhang")
    phone = page.locator(".phone").bounding_box()
    assert phone is not None
    assert (phone["width"], phone["height"]) == (PHONE["width"], PHONE["height"])
    assert phone["x"] == pytest.approx((1440 - PHONE["width"]) / 2, abs=1)
    measured = page.get_by_test_id("measured").bounding_box()
    assert measured is not None
    assert measured["width"] == pytest.approx(PHONE["width"], abs=0.5)
    page.get_by_role("button", name="加", exact=True).click()
    expect(page.get_by_test_id("answer")).to_have_text("数到 7")
    expect(page.get_by_label("以谁的身份使用")).to_have_value("zhang")
    context.close()


def test_pages_of_a_subpackage_open_and_close(form: Page) -> None:
    form.get_by_role("link", name="去详情").tap()
    expect(form.get_by_test_id("id")).to_have_text("编号 7")
    expect(form.get_by_role("heading")).to_have_text("详情 7")
    assert "#/packages/extra/details/index?id=7" in form.url
    form.get_by_text("再来一页").tap()
    expect(form.get_by_text("编号 8")).to_be_visible()
    form.locator(".phone-page:visible").get_by_text("去页签").tap()
    expect(form.get_by_text("can not navigateTo a tabbar page")).to_be_visible()
    form.get_by_role("button", name="返回上一页").tap()
    form.get_by_role("button", name="返回上一页").tap()
    expect(form.get_by_test_id("measured")).to_be_visible()


def pages_open(page: Page) -> list[str]:
    found: list[str] = page.evaluate("getCurrentPages().map(page => page.options.id ?? page.route)")
    return found


def test_the_browser_s_back_goes_one_page_back_and_leaves_from_the_first(
    watched: Watched, address: str
) -> None:
    page = watched.page
    page.goto("about:blank")
    watched.open(f"{address}?as=zhang")
    page.get_by_label("双向").fill("留着")
    page.get_by_role("link", name="去详情").tap()
    page.get_by_text("再来一页").tap()
    assert pages_open(page) == ["pages/form/index", "7", "8"]
    page.evaluate("history.back()")
    expect(page.get_by_role("heading")).to_have_text("详情 7")
    assert pages_open(page) == ["pages/form/index", "7"]
    assert page.url.endswith("#/packages/extra/details/index?id=7")
    page.evaluate("history.back()")
    expect(page.get_by_test_id("bound")).to_have_text("留着")
    assert page.url.endswith("#/pages/form/index")
    page.go_back()
    assert page.url == "about:blank"


def test_pages_that_the_program_closed_are_not_gone_back_through(form: Page) -> None:
    form.get_by_role("link", name="去详情").tap()
    form.get_by_text("再来一页").tap()
    form.evaluate("wx.navigateBack()")
    expect(form.get_by_role("heading")).to_have_text("详情 7")
    form.evaluate("wx.redirectTo({ url: '/packages/extra/details/index?id=9' })")
    expect(form.get_by_role("heading")).to_have_text("详情 9")
    form.evaluate("history.forward()")
    form.wait_for_function("location.hash.endsWith('id=9')")
    assert pages_open(form) == ["pages/form/index", "9"]
    form.evaluate("history.back()")
    expect(form.get_by_test_id("measured")).to_be_visible()
    form.get_by_role("link", name="去详情").tap()
    form.evaluate("wx.switchTab({ url: '/pages/list/index' })")
    expect(form.get_by_text("列表页")).to_be_visible()
    form.wait_for_function("location.hash === '#/pages/list/index'")
    assert pages_open(form) == ["pages/list/index"]


def test_steps_at_once_leave_one_entry_for_each_open_page(form: Page) -> None:
    form.get_by_role("link", name="去详情").tap()
    form.evaluate("wx.navigateBack(); wx.navigateTo({ url: '/packages/extra/details/index?id=5' })")
    form.wait_for_function("location.hash.endsWith('id=5')")
    form.evaluate("history.back()")
    form.wait_for_function("location.hash === '#/pages/form/index'")
    assert pages_open(form) == ["pages/form/index"]


def test_an_address_typed_anew_or_left_by_an_earlier_start_starts_the_program_there(
    form: Page,
) -> None:
    form.get_by_role("link", name="去详情").tap()
    form.reload()
    expect(form.get_by_role("heading")).to_have_text("详情 7")
    assert pages_open(form) == ["7"]
    with form.expect_navigation(wait_until="load"):
        form.evaluate("history.back()")
    expect(form.get_by_test_id("measured")).to_be_visible()
    assert pages_open(form) == ["pages/form/index"]
    form.evaluate("location.hash = '#/packages/extra/details/index?id=3'")
    expect(form.get_by_role("heading")).to_have_text("详情 3")
    assert pages_open(form) == ["3"]


def test_a_tap_that_moves_the_page_is_no_tap_on_what_moves_under_the_finger(form: Page) -> None:
    form.get_by_role("link", name="去详情").tap()
    form.get_by_text("收起这一行").tap()
    expect(form.get_by_text("收起这一行")).to_be_hidden()
    form.wait_for_timeout(300)
    expect(form.get_by_role("dialog")).to_be_hidden()
    form.get_by_text("选一个地点").tap()
    expect(form.get_by_role("dialog").get_by_text("乙地")).to_be_visible()


def test_tab_pages_are_kept(form: Page) -> None:
    form.get_by_label("双向").fill("留着")
    form.get_by_role("tab", name="列表").tap()
    expect(form.get_by_text("列表页")).to_be_visible()
    form.get_by_role("tab", name="表单").tap()
    expect(form.get_by_test_id("bound")).to_have_text("留着")


def test_start_from_a_code_brings_its_scene(watched: Watched, address: str) -> None:
    page = watched.open(f"{address}?scene=d12")
    assert page.evaluate("getApp().globalData.scene") == "d12"
    assert page.evaluate("getCurrentPages()[0].options.scene") == "d12"
    assert page.evaluate("wx.getLaunchOptionsSync().scene") == 1047


def test_tdesign_components_work(listing: Page) -> None:
    said_so = expect(listing.get_by_test_id("said"))
    listing.get_by_placeholder("搜部门").fill("公安")
    said_so.to_have_text("搜 公安")
    listing.get_by_text("乙类", exact=True).tap()
    said_so.to_have_text("页签 b")
    listing.get_by_text("办事大厅").tap()
    said_so.to_have_text("点了单元格")
    listing.locator("wx-label[class*=t-icon-star]").nth(2).tap()
    expect(listing.get_by_test_id("stars")).to_have_text("3 星")
    listing.get_by_text("未解决").tap()
    said_so.to_have_text("选了 no")
    listing.get_by_placeholder("说说原因").fill("排队")
    said_so.to_have_text("排队")
    listing.get_by_role("button", name="对话").tap()
    listing.locator("wx-button", has_text="确定").tap()
    said_so.to_have_text("confirm")


def test_dialogs_of_the_platform_answer(listing: Page) -> None:
    said_so = expect(listing.get_by_test_id("said"))
    listing.get_by_text("系统对话框").tap()
    listing.get_by_role("dialog", name="请确认").get_by_role("button", name="确定").tap()
    said_so.to_have_text("系统确定")
    listing.get_by_text("操作菜单").tap()
    listing.get_by_role("dialog").get_by_role("button", name="二").tap()
    said_so.to_have_text("第 1 项")
    listing.get_by_text("扫码", exact=True).tap()
    listing.get_by_label("扫一扫").get_by_role("textbox").fill("d12")
    listing.get_by_role("dialog").get_by_role("button", name="确定").tap()
    said_so.to_have_text("d12")
    listing.get_by_text("扫码", exact=True).tap()
    listing.get_by_role("dialog").get_by_role("button", name="取消").tap()
    said_so.to_have_text("scanCode:fail cancel")


def test_rectangles_are_measured_from_the_page(listing: Page) -> None:
    listing.get_by_text("量高度").tap()
    expect(listing.get_by_test_id("said")).to_contain_text("左 0 上 ")


def test_end_of_the_page_and_pulling_it_down_are_told(listing: Page) -> None:
    box = listing.locator(".phone-page:visible")
    box.evaluate("page => page.scrollTo(0, 100000)")
    expect(listing.get_by_test_id("said")).to_have_text("触底")
    box.evaluate("page => page.scrollTo(0, 0)")
    listing.evaluate("wx.startPullDownRefresh()")
    expect(listing.get_by_test_id("said")).to_have_text("刷新了")


def test_picked_picture_is_kept_over_a_reload(listing: Page, tmp_path: Path) -> None:
    listing.get_by_text("选图").tap()
    with listing.expect_file_chooser() as chosen:
        listing.get_by_role("dialog").get_by_role("button", name="同意").tap()
    chosen.value.set_files(FIXTURE / "images/dot.png")
    picture = listing.get_by_role("img", name="选中的图")
    expect(picture).to_be_visible()
    path = listing.evaluate("getCurrentPages()[0].data.picture")
    listing.reload()
    listing.locator("wx-page").wait_for()
    listing.evaluate("path => getCurrentPages()[0].setData({ picture: path })", path)
    expect(picture).to_have_js_property("naturalWidth", 1)


def test_sandbox_people_have_phones_of_their_own(context: BrowserContext, address: str) -> None:
    page = Watched(context.new_page()).open(f"{address}?as=zhang")
    page.evaluate("wx.setStorageSync('mine', 1)")
    page = Watched(context.new_page()).open(f"{address}?as=li")
    assert page.evaluate("wx.getStorageSync('mine')") == ""
    assert page.evaluate("wx.login().then(answer => answer.code)").startswith("sandbox:li:")


def test_network_follows_the_browser(form: Page) -> None:
    form.evaluate("wx.onNetworkStatusChange(status => { window.heard = status })")
    form.context.set_offline(True)
    assert form.evaluate("wx.getNetworkType().then(answer => answer.networkType)") == "none"
    form.wait_for_function("window.heard && !window.heard.isConnected")
    form.context.set_offline(False)
    form.wait_for_function("window.heard.isConnected")


def test_unknown_call_is_an_error_of_the_page(context: BrowserContext, address: str) -> None:
    watched = Watched(context.new_page())
    page = watched.open(f"{address}?as=zhang")
    page.get_by_text("用不认识的").tap()
    expect(page.get_by_role("alert")).to_contain_text("wx.flyToTheMoon()")
    assert any("wx.flyToTheMoon()" in error for error in watched.errors)
    assert page.evaluate("window.previewFailures.length") >= 1
