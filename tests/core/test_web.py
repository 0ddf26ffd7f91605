"""The edge: addresses, headers, health, errors."""

import logging

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from server.core.web import client_address, client_network


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
    ],
)
def test_a_forwarded_address_counts_only_from_a_configured_proxy(
    app: APIFlask, peer: str, forwarded: str, address: str
) -> None:
    headers = {"X-Forwarded-For": forwarded}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": peer}):
        assert client_address() == address


def test_a_network_of_ipv6_is_one_client() -> None:
    assert client_network("2001:db8::1") == client_network("2001:db8::ffff")
    assert client_network("192.0.2.1") == "192.0.2.1"


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/api/v1/campaigns", "/board", "/no/such/page"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"


def test_health_tells_each_part(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json["database"] == "ok"
    assert ready.json["redis"] == "ok"
    assert ready.json["worker"] == "away", "no worker runs in this test"
    assert ready.json["status"] == "degraded"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/v1/campaigns/999999999999999999999"])
def test_an_unknown_address_of_the_api_is_a_problem(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 404


def test_a_crash_is_a_500_without_internals_and_without_words_in_the_log(
    app: APIFlask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def crash(*_: object, **__: object) -> None:
        message = "secret words of a rater"
        raise RuntimeError(message)

    monkeypatch.setattr("server.campaigns.queries.campaigns", crash)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with caplog.at_level(logging.INFO):
        answer = client.get("/api/v1/campaigns")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_submissions_receipts_and_codes_leave_no_access_line(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ronghe.access"):
        client.get("/api/v1/campaigns")
        client.post("/api/v1/campaigns/1/evaluations", json={})
        client.get("/api/v1/campaigns/1/receipt")
        client.post("/api/v1/campaigns/1/photos")
        client.post("/api/v1/entries", json={"scene": "d1"})
        client.get("/rate/ABCD-EFGH-JKMN")
    lines = [record.getMessage() for record in caplog.records if record.name == "ronghe.access"]
    assert len(lines) == 1
    assert lines[0].startswith("GET /api/v1/campaigns 200")
