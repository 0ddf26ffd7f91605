"""Forged forms, errors as pages, and what the content policy asks of the pages."""

import re
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from server.console import assets
from server.console.views import dashboard
from tests.console.conftest import SignIn
from tests.factories.city import City

TEMPLATES = Path(assets.__file__).parent / "templates"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/campaigns", "/settings/office_name"])
def test_a_form_without_the_session_token_is_refused(desk: SignIn, path: str) -> None:
    answer = desk("admin").client.post(f"/console{path}", data={"csrf_token": "made up"})
    assert answer.status_code == 400
    assert "请返回上一页刷新后重新提交" in answer.text


def test_an_unknown_address_is_a_page_with_the_menu(desk: SignIn) -> None:
    text = desk("office1").read("/nowhere", 404)
    assert "没有找到" in text
    assert "评价活动" in text


def test_what_one_may_not_open_is_a_page(desk: SignIn) -> None:
    assert "没有权限" in desk("office1").read("/accounts", 403)


def test_htmx_gets_a_notice_to_show_in_the_page(desk: SignIn) -> None:
    answer = desk("office1").get("/accounts", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "<html" not in answer.text


def test_htmx_is_sent_to_sign_in(client: FlaskClient, city: City) -> None:
    answer = client.get("/console/campaigns?q=a", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/console/sign-in?next=")


def test_a_crash_shows_no_internals(
    desk: SignIn, app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        message = "secret detail"
        raise RuntimeError(message)

    monkeypatch.setattr(dashboard.campaigns, "campaigns", crash)
    text = desk("office1").read("/", 500)
    assert "系统出错" in text
    assert "secret detail" not in text


def test_pages_are_not_kept_by_browsers_and_assets_are(desk: SignIn) -> None:
    office = desk("office1")
    page = office.get("/campaigns")
    assert page.headers["Cache-Control"] == "no-store"
    found = re.search(r'href="(/console/assets/[^"]+tabler\.min\.css)"', page.text)
    assert found
    style = office.client.get(found[1])
    assert style.status_code == 200
    assert "immutable" in style.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["unknown/a.css", "console/../blueprint.py", "console/..%2fblueprint.py"]
)
def test_only_the_files_of_the_packages_are_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/console/assets/1/{name}").status_code == 404


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_templates_carry_no_inline_script_and_no_foreign_address(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]* src=)", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert "javascript:" not in text
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
