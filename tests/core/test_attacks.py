"""Inputs that once ended in a 500, or wrote what they should not."""

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from server.application import create_app
from server.core import clock
from server.core.access import SYSTEM
from server.core.config import Configuration
from server.core.errors import Refusal
from server.core.web import client_network
from server.settings import service as settings
from tests.factories.city import City
from tests.factories.rating import Phone

People = Callable[[str], Phone]


@pytest.mark.parametrize("path", ["/api/v1/entries", "/api/v1/sessions", "/api/v1/office-sessions"])
def test_a_lone_surrogate_in_a_name_of_a_field_is_refused(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=b'{"\\udfff": 1}', content_type="application/json")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "values",
    [
        json.dumps(["\ud800", 1]),
        json.dumps(["a\0", 1]),
        json.dumps(["x", 10**30]),
        "[" * 5000,
        json.dumps(["x"]),
        "nonsense",
    ],
)
def test_a_made_up_cursor_is_refused(client: FlaskClient, city: City, values: str) -> None:
    campaign = city.campaign().id
    cursor = base64.urlsafe_b64encode(values.encode("utf-8", "surrogatepass")).decode()
    answer = client.get(
        f"/api/v1/campaigns/{campaign}/departments", query_string={"cursor": cursor}
    )
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "cursor")


def test_a_text_where_a_photo_should_be_is_refused(phone: People, city: City) -> None:
    anna = phone("anna")
    answer = anna.client.post(
        f"/api/v1/campaigns/{city.campaign().id}/photos",
        data={"file": "x"},
        headers=anna.headers,
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "file"


def test_a_line_break_in_a_path_writes_no_line_of_its_own(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ronghe.access"):
        client.get("/zz%0aINFO%20forged%1b[2J")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "ronghe.access"]
    assert "\n" not in line
    assert "\x1b" not in line


def test_in_production_only_the_public_host_is_answered(configuration: Configuration) -> None:
    live = replace(
        configuration,
        environment="production",
        wechat_appid="wx1",
        wechat_secret="s",
        public_url="https://pingjia.example",
    )
    client = create_app(live).test_client()
    for host, status in (("pingjia.example", 200), ("127.0.0.1:8000", 200), ("evil.example", 400)):
        assert client.get("/healthz", headers={"Host": host}).status_code == status


def test_ipv4_callers_of_a_dual_stack_listener_are_told_apart() -> None:
    assert client_network("::ffff:192.0.2.1") == "192.0.2.1"


def test_nobody_can_withhold_everything_by_the_smallest_group(city: City) -> None:
    with pytest.raises(Refusal, match="setting_refused"):
        settings.change("smallest_group", 10**9, reason="x", actor=SYSTEM, now=clock.now())


@pytest.mark.parametrize(
    "query",
    [
        "q=a%00",
        "below=99999999999999999999",
        "department=9999999999",
        "level=99999999999999999999",
        "campaign=99999999999999999999",
        "campaign_id=1",
        "_external=1&endpoint=x",
    ],
)
def test_no_query_of_a_console_page_crashes_it(client: FlaskClient, city: City, query: str) -> None:
    campaign = city.campaign().id
    account = city.accounts["office1"]
    with client.session_transaction() as session:
        session["account"] = {"id": str(account.id), "epoch": account.session_epoch}
    for page in (
        "organisations",
        "campaigns",
        f"campaigns/{campaign}",
        "results",
        "evaluations",
        "codes",
        "review",
        "qr-codes",
        "audit",
    ):
        answer = client.get(f"/console/{page}?{query}")
        assert answer.status_code < 500, f"{page}?{query}"
