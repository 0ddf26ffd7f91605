"""A whole running application with its demo city, and browsers for several people at once."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from server.supervisor.instance import running_app, throwaway_servers

LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE_SCREEN = {"width": 390, "height": 844}
DESK_SCREEN = {"width": 1440, "height": 900}
# Chromium says this of touch listeners in a component library; nothing is wrong with a page.
HARMLESS = "preventDefault inside passive event listener"


@dataclass
class Live:
    """A running application."""

    base_url: str
    folder: Path

    def account(self, name: str) -> tuple[str, str]:
        """Return name and password of a demo account."""
        accounts = json.loads((self.folder / "demo-accounts.json").read_text())
        found = next(account for account in accounts if account["name"] == name)
        return found["name"], found["password"]


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    with throwaway_servers(folder / "servers") as (database_url, redis_url):
        env = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "RONGHE_ENV": "development",
        }
        with running_app(folder, env=env, demo=True) as base_url:
            yield Live(base_url, folder)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM")
    assert path, "CHROMIUM names no browser: run `make test-browser`"
    browser = playwright.chromium.launch(executable_path=path, args=LAUNCH)
    yield browser
    browser.close()


@pytest.fixture
def pages(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages of separate people; any uncaught error in one fails the test."""
    opened = []
    faults: list[str] = []

    def open_page(*, phone: bool = True, **options: object) -> Page:
        screen = PHONE_SCREEN if phone else DESK_SCREEN
        context = chromium.new_context(viewport=screen, has_touch=phone, is_mobile=phone, **options)
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: (
                faults.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        return page

    yield open_page
    for context in opened:
        context.close()
    assert [fault for fault in faults if HARMLESS not in fault] == []
