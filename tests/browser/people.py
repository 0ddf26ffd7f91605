"""What people do with the pages, in their own words."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Live

LEVELS = 5
SURVEY = "2026 年度群众评价"


def visible(page: Page, text: str) -> Locator:
    """Return the innermost visible element with a text; hidden pages stay in the document."""
    return page.locator(":visible", has_text=text).last


@dataclass
class Phone:
    """A person with the mini-program."""

    page: Page
    live: Live

    def start(self, person: str) -> "Phone":
        self.page.goto(f"{self.live.base_url}/m/?as={person}")
        visible(self.page, "同意并继续").tap()
        expect(visible(self.page, "正在进行的评价")).to_be_visible()
        return self

    def choose(self, campaign: str, search: str, department: str) -> "Phone":
        visible(self.page, campaign).tap()
        field = self.page.locator("input:visible").first
        field.fill(search)
        card = self.page.locator(":visible", has_text=department).last
        expect(card).to_be_visible()
        self.page.wait_for_timeout(600)
        card.tap()
        expect(visible(self.page, "分项评价")).to_be_visible()
        return self

    def answer(self, place: int) -> "Phone":
        """Tap the same place (0 非常满意 … 4 非常不满意) in every question."""
        for group in self.page.get_by_role("radiogroup").all():
            levels = group.get_by_role("radio")
            if levels.count() >= LEVELS:
                levels.nth(place).tap()
        return self

    def comment(self, text: str) -> "Phone":
        self.page.locator("textarea:visible").fill(text)
        return self

    def submit(self) -> "Phone":
        visible(self.page, "提交评价").tap()
        visible(self.page, "确认提交").tap()
        return self


@dataclass
class Desk:
    """An official at the console."""

    page: Page
    live: Live

    def sign_in(self, name: str) -> "Desk":
        account, password = self.live.account(name)
        self.page.goto(f"{self.live.base_url}/console/sign-in")
        self.page.locator("input[name=name]").fill(account)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("button[type=submit]").click()
        expect(self.page).to_have_url(f"{self.live.base_url}/console/")
        return self

    def go(self, path: str) -> "Desk":
        self.page.goto(self.live.base_url + path)
        return self
