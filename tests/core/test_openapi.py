"""The API document: 3.1, every route with its errors, and the committed copy is the served one."""

import json
import re
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_the_document_is_openapi_3_1_with_every_error(client: FlaskClient) -> None:
    spec = client.get("/api/openapi.json").json
    assert spec["openapi"].startswith("3.1")
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert {"429", "500", "503"} <= set(answers), f"{method} {path}"
            if "requestBody" in operation:
                assert {"400", "413", "415", "422"} <= set(answers), f"{method} {path}"
            if operation["security"]:
                assert "401" in answers, f"{method} {path}"
            for status, answer in answers.items():
                if int(status) >= 400:
                    assert "application/problem+json" in answer["content"]


def test_every_schema_stands_in_the_document_once_under_a_name_of_its_own(
    client: FlaskClient, recwarn: pytest.WarningsRecorder
) -> None:
    schemas = client.get("/api/openapi.json").json["components"]["schemas"]
    assert [name for name in schemas if name[-1].isdigit()] == []
    assert [str(one.message) for one in recwarn if issubclass(one.category, UserWarning)] == []


def test_every_route_of_the_api_is_described(app: APIFlask, client: FlaskClient) -> None:
    described = {
        (method.upper(), path)
        for path, operations in client.get("/api/openapi.json").json["paths"].items()
        for method in operations
    }
    served = {
        (method, re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served


def test_the_phone_s_copy_of_the_document_is_the_served_one(client: FlaskClient) -> None:
    """Run ``make types`` when this fails: it writes the copy and the phone's types anew."""
    served = client.get("/api/openapi.json").json
    assert json.loads(COMMITTED.read_text()) == served


def test_the_document_s_page_needs_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/api/docs").text
    assert "://" not in page
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert client.get(f"/api/docs/assets/{asset}").status_code == 200
