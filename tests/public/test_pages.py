"""Landing page, assets, the preview at /m/, and errors as pages for people."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from psycopg.errors import ConnectionException
from sqlalchemy.exc import OperationalError

from server.campaigns import queries as campaigns
from server.public import preview
from server.settings import queries as settings
from tests.factories.city import City


def test_the_first_page_leads_everywhere(city: City, client: FlaskClient) -> None:
    city.campaign()
    page = client.get("/")
    assert page.status_code == 200
    for address in ("/m/", "/rate/", "/receipt", "/board", "/console/", "/api/docs"):
        assert f'href="{address}"' in page.text
    assert "2026 年第四季度评价" in page.text
    assert "市群众评价办公室" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_every_asset_is_kept_for_long_under_an_address_of_its_own(
    city: City, client: FlaskClient
) -> None:
    page = client.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    sheet = client.get(address)
    assert sheet.status_code == 200
    assert "immutable" in sheet.headers["Cache-Control"]
    assert client.get("/assets/x/../../errors.py").status_code == 404


def test_a_wrong_address_is_a_page_for_people_and_a_problem_for_programs(
    city: City, client: FlaskClient
) -> None:
    page = client.get("/nirgendwo")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "返回首页" in page.text
    problem = client.get("/api/v1/nowhere")
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    wrong = client.post("/board")
    assert (wrong.status_code, wrong.mimetype) == (405, "text/html")
    assert client.get("/api/v1/sessions").status_code == 405
    assert client.get("/rate").status_code == 308


def test_without_a_database_there_is_still_a_page(
    city: City, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, ConnectionException())

    monkeypatch.setattr(campaigns, "campaigns", gone)
    monkeypatch.setattr(settings, "value", gone)
    for path in ("/", "/board", "/receipt"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (503, "text/html")
        assert answer.headers["Retry-After"] == "5"
        assert "请稍后重试" in answer.text


def test_the_preview_is_served_with_a_policy_that_lets_it_run(
    city: City, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(preview, "DIST", tmp_path)
    (tmp_path / "index.html").write_text("<!doctype html><title>小程序预览</title>")
    (tmp_path / "app.js").write_text("1")
    page = client.get("/m/")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "connect-src 'self' blob: data:" in policy
    assert "unsafe-eval" not in policy
    assert page.headers["Cache-Control"] == "no-cache"
    script = client.get("/m/app.js")
    again = client.get("/m/app.js", headers={"If-None-Match": script.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/m/gone.js").status_code == 404
    assert client.get("/m/../server/wsgi.py").status_code == 404


def test_a_preview_that_was_not_built_says_how_to_build_it(
    city: City, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(preview, "DIST", tmp_path / "dist")
    for path in ("/m/", "/m/app.js"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "make run" in answer.text


def test_a_form_that_is_too_large_is_refused_on_a_page(city: City, client: FlaskClient) -> None:
    code = city.codes(city.campaign(), city.departments[0], 1)[0]
    answer = client.post(
        f"/rate/{code}",
        data=b"x" * 100,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(50 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert answer.mimetype == "text/html"
