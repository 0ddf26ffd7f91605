"""Check-in with several phones and a console at once; codes are read off the screens."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from server.attendance import codes
from tests.browser.api import call, sign_in
from tests.browser.conftest import Live
from tests.browser.people import Desk, visible

Pages = Callable[..., Page]
pytestmark = pytest.mark.browser
ORGANISER = "secretary-01"
# Persons of the organiser's branch and of its partner, with a phone each.
ANNA, BO, CARL, DORA = "member-01", "member-02", "member-03", "member-04"
PRESENT, QUESTION = "已到场", "待组织者确认"


@dataclass
class Member:
    """A Party member with the mini-program, on one activity."""

    page: Page
    live: Live
    key: str
    activity: int

    def open(self, page: str) -> "Member":
        """Open a page of the activity, as a tap on its card would; consent is given once."""
        self.page.goto("about:blank")
        self.page.goto(
            f"{self.live.base_url}/m/?as={self.key}#/packages/activities/{page}/index?id={self.activity}"
        )
        ask = self.page.get_by_role("button", name="阅读并同意")
        title = self.page.get_by_text("社区便民服务日").first
        expect(ask.or_(title).first).to_be_visible()
        if ask.is_visible():
            ask.tap()
            self.tap("同意并继续")
        expect(title).to_be_visible()
        return self

    def tap(self, text: str) -> "Member":
        visible(self.page, text).tap()
        return self

    def scan(self, text: str) -> "Member":
        """Hold the phone before a code: the preview has no camera, so its content is typed."""
        field = self.page.get_by_label("扫一扫")
        field.last.fill(text)
        field.last.press("Enter")
        return self

    def code_on_screen(self) -> str:
        """Read the code off the screen as another phone's camera would."""
        shown = self.page.get_by_test_id("qr-code").last
        expect(shown).to_be_visible()
        found: list[zxingcpp.Barcode] = []
        for _ in range(20):
            found = zxingcpp.read_barcodes(Image.open(io.BytesIO(shown.screenshot())))
            if found:
                break
            time.sleep(0.1)
        assert found, "no code can be read off the screen"
        return str(found[0].text)

    def expect_text(self, text: str) -> "Member":
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()
        return self

    def offline(self, away: bool = True) -> "Member":
        self.page.context.set_offline(away)
        return self


@pytest.fixture
def activity(live: Live) -> int:
    """A running activity that all four have joined; an organiser's phone made it."""
    organiser = sign_in(live, ORGANISER)
    place = call(live, "/api/v1/organisable", **organiser)["items"][0]["id"]
    partner = call(live, "/api/v1/me/person", **sign_in(live, CARL))["person"]["branch"]["id"]
    now = datetime.now(UTC)
    made = call(
        live,
        "/api/v1/activities",
        {
            "kind": "frontline",
            "title": "社区便民服务日",
            "place": "社区广场",
            "organiser": place,
            "partners": [partner],
            "starts_at": (now - timedelta(minutes=30)).isoformat(),
            "ends_at": (now + timedelta(hours=2)).isoformat(),
            "join_until": (now + timedelta(hours=1)).isoformat(),
            "evidence": ["place", "code", "peers", "organiser"],
            "fences": [
                {"name": "广场", "shape": "circle", "centre": [121.4737, 31.2304], "radius": 300}
            ],
        },
        **organiser,
    )
    number = int(made["id"])
    call(live, f"/api/v1/activities/{number}/announcement", {}, **organiser)
    for key in (ANNA, BO, CARL, DORA):
        call(live, f"/api/v1/activities/{number}/participation", {}, **sign_in(live, key))
    return number


def presence(live: Live, activity: int, key: str) -> str | None:
    sheet: dict[str, Any] = call(
        live, f"/api/v1/activities/{activity}/check-in", **sign_in(live, key)
    )
    found: str | None = sheet["my"]["presence"]
    return found


def forwarded(live: Live, activity: int, seconds: float) -> str:
    """The organiser's code as it was on show some time ago: what a picture sent on would say."""
    given = call(live, f"/api/v1/activities/{activity}/code-key", **sign_in(live, ORGANISER))
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    return codes.rotating_code(bytes.fromhex(given["key"]), activity, codes.step_of(at))


def test_four_phones_and_a_console_check_in_by_four_ways(
    live: Live, pages: Pages, activity: int
) -> None:
    def phone(key: str) -> Member:
        return Member(pages(), live, key, activity)

    organiser = phone(ORGANISER).open("organise").tap("显示活动码")
    desk = Desk(pages(phone=False), live).sign_in("party_staff")

    # Anna scans the code that the organiser's phone shows.
    anna = phone(ANNA).open("check-in").tap("扫活动码").scan(organiser.code_on_screen())
    anna.expect_text(PRESENT)

    # Bo and the organiser are both without network: each phone scans the other's.
    bo = phone(BO).open("check-in").offline()
    bo.tap("出示我的码")
    organiser.open("organise").tap("显示活动码").code_on_screen()
    organiser.page.get_by_role("button", name="返回上一页").last.tap()
    organiser.offline().tap("扫参加人的码").scan(bo.code_on_screen())
    bo.tap("扫组织者的证明码").scan(organiser.code_on_screen())
    bo.expect_text("等待网络")
    assert presence(live, activity, BO) is None
    bo.offline(away=False).expect_text(PRESENT)
    # The organiser's phone delivers the same proof later; it changes nothing.
    organiser.offline(away=False).expect_text("已提交")
    assert presence(live, activity, BO) == "present"

    # Carl refuses to say where he is, and is confirmed by two who are there.
    carl = phone(CARL).open("check-in").tap("我已到达").tap("拒绝")
    carl.expect_text("您没有用位置，这没有关系").tap("出示我的码")
    for peer, told in ((anna, "对方还需要另一名同伴"), (bo, "对方打卡成功")):
        peer.open("check-in").tap("扫同伴的码").scan(carl.code_on_screen())
        peer.tap("确认在场").expect_text(told)
    carl.open("check-in").expect_text(PRESENT)

    # Dora got Anna's code sent on and uses it too late: a question, not a check-in.
    dora = phone(DORA).open("check-in").tap("扫活动码").scan(forwarded(live, activity, 100))
    dora.expect_text(QUESTION)
    assert presence(live, activity, DORA) == "question"

    desk.go(f"/console/activities/{activity}/attendance")
    expect(desk.page.get_by_text("待您确认")).to_be_visible()
    expect(desk.page.locator("#live")).to_contain_text("3人已到场")
    desk.page.get_by_role("button", name="丁师傅：未到场").click()
    expect(desk.page.get_by_text("待您确认")).to_have_count(0)
    dora.open("check-in").expect_text("未到场")


def test_a_code_of_another_activity_and_a_forged_one_are_told_apart(
    live: Live, pages: Pages, activity: int
) -> None:
    anna = Member(pages(), live, ANNA, activity).open("check-in")
    good = forwarded(live, activity, 0)
    forged = good[:-1] + ("0" if good[-1] != "0" else "1")
    anna.tap("扫活动码").scan(forged).expect_text("活动码")
    assert presence(live, activity, ANNA) is None
    anna.tap("扫活动码").scan("https://example.com/").expect_text("这不是活动的码")
    anna.tap("扫活动码").scan(good).expect_text(PRESENT)


def test_a_person_in_the_place_checks_in_by_place_alone(
    live: Live, pages: Pages, activity: int
) -> None:
    bo = Member(pages(), live, BO, activity).open("check-in")
    bo.tap("我已到达").tap("允许").expect_text(PRESENT)
