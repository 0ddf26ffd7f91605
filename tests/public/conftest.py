"""What the tests of the public pages share: a browser without scripts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.campaigns.models import Campaign
from server.identity.models import Organisation
from tests.factories.city import City


class _Fields(HTMLParser):
    """Collects the hidden fields and the ticked boxes of a page's forms."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        kept = found.get("type") == "hidden" or "checked" in found
        if tag == "input" and kept and found.get("name"):
            self.values.setdefault(str(found["name"]), []).append(str(found.get("value") or ""))


def fields_of(page: TestResponse) -> dict[str, list[str]]:
    """Return what a browser would send back of a page by itself."""
    parser = _Fields()
    parser.feed(page.text)
    return parser.values


def levels_asked(page: TestResponse) -> list[str]:
    """Return the names of the leaves' fields, in order."""
    return list(dict.fromkeys(re.findall(r'name="(level-\d+)"', page.text)))


def receipt_shown(page: TestResponse) -> str:
    """Return the receipt as it stands on the page, without its blanks."""
    block = re.search(r'id="receipt-code"[^>]*>(.*?)</p>', page.text, re.DOTALL)
    assert block is not None
    return re.sub(r"<[^>]+>|\s", "", block[1])


@dataclass
class Form:
    """The rating form of one code, as a person without WeChat meets it."""

    client: FlaskClient
    code: str

    @property
    def path(self) -> str:
        return f"/rate/{self.code}"

    def open(self) -> TestResponse:
        return self.client.get(self.path)

    def filled(self, page: TestResponse, level: int = 4, **more: object) -> dict[str, object]:
        """Return the form with every question answered."""
        answers = dict.fromkeys(levels_asked(page), str(level))
        return {**fields_of(page), "overall": str(level), **answers, **more}

    def send(self, data: dict[str, object]) -> TestResponse:
        return self.client.post(self.path, data=data, content_type="multipart/form-data")


@pytest.fixture
def form_of(client: FlaskClient, city: City) -> Callable[[Campaign, Organisation], Form]:
    """Issue a code and return its form."""
    return lambda campaign, department: Form(client, city.codes(campaign, department, 1)[0])
