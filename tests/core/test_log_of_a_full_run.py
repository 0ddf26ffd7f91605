"""The log of a full run, from real processes, tells nothing of any person."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from server.supervisor.instance import running_app, throwaway_servers
from server.wechat.sandbox import openid_of
from tests.factories.rating import key_of, new_receipt

PHONE = "13912345678"
NAME = "欧阳测试"
COMMENT = "窗口等了很久，联系我 13912345678"
ADDRESS = "203.0.113.77"
ANY_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,}")
ANY_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


@dataclass
class Run:
    """A full run: its log files, and everything that must not stand in them."""

    logs: Path
    secrets: dict[str, str] = field(default_factory=dict)


def leaks(text: str, secrets: dict[str, str]) -> set[str]:
    """Name what of the secrets, or of their kind, a text holds."""
    found = {name for name, secret in secrets.items() if secret in text}
    if ANY_TOKEN.search(text):
        found.add("a token")
    if ANY_PHONE.search(text):
        found.add("a phone number")
    return found


class Caller:
    """A small client for the running application."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self.connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["X-Forwarded-For"] = ADDRESS
        payload = body
        if body is not None and not isinstance(body, bytes):
            payload = json.dumps(body, ensure_ascii=False).encode()
            named["Content-Type"] = "application/json"
        self.connection.request(method, path, payload, named)
        answer = self.connection.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if raw.startswith(b"{") else {}


def picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (30, 30)).save(buffer, "JPEG")
    return (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + buffer.getvalue() + b"\r\n--x--\r\n"
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("full-run")
    with throwaway_servers(folder / "servers") as (database_url, redis_url):
        env = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "RONGHE_ENV": "development",
        }
        with running_app(folder, env=env, demo=True) as base_url:
            run = Run(folder)
            drive(Caller(base_url), run, folder)
        yield run


def drive(caller: Caller, run: Run, folder: Path) -> None:
    """Sign in, upload, rate with a contact, be refused, look, correct, withdraw, close."""
    office = next(
        account
        for account in json.loads((folder / "demo-accounts.json").read_text())
        if account["name"] == "office1"
    )
    status, session = caller.call("POST", "/api/v1/sessions", {"code": "sandbox:log-test:1"})
    assert status == 201
    bearer = {"Authorization": f"Bearer {session['token']}"}
    _, found = caller.call("GET", "/api/v1/campaigns?state=open")
    campaign = next(item["id"] for item in found["items"] if item["kind"] == "survey")
    path = f"/api/v1/campaigns/{campaign}"
    _, departments = caller.call("GET", f"{path}/departments")
    department = departments["items"][0]["id"]
    _, form = caller.call("GET", f"{path}/departments/{department}/form")
    kind = "multipart/form-data; boundary=x"
    _, photo = caller.call("POST", f"{path}/photos", picture(), Content_Type=kind, **bearer)
    receipt = new_receipt()
    body = {
        "department": department,
        "overall": 1,
        "levels": {str(leaf["id"]): 1 for leaf in form["leaves"]},
        "comment": COMMENT,
        "photos": [photo["id"]],
        "contact": {"name": NAME, "phone": PHONE},
    }
    keyed = {"Idempotency_Key": key_of(receipt), **bearer}
    assert caller.call("POST", f"{path}/evaluations", body, **keyed)[0] == 201
    assert caller.call("POST", f"{path}/evaluations", body | {"overall": 9}, **keyed)[0] == 422
    caller.call("GET", f"{path}/receipt", Receipt=receipt)
    caller.call("DELETE", f"{path}/receipt", Receipt=receipt)
    caller.call("POST", "/api/v1/invitations/redemptions", {"code": "NOPE-NOPE-NOPE"}, **bearer)
    caller.call("GET", f"/api/v1/me?token={session['token']}", **bearer)
    credentials = {"name": office["name"], "password": office["password"]}
    _, desk = caller.call("POST", "/api/v1/office-sessions", credentials)
    caller.call("POST", "/api/v1/office-sessions", credentials | {"password": "wrong-password"})
    caller.call("POST", f"{path}/closure", Authorization=f"Bearer {desk['token']}")
    run.secrets = {
        "openid": openid_of("log-test"),
        "token": session["token"],
        "office token": desk["token"],
        "password": office["password"],
        "receipt": receipt,
        "receipt key": key_of(receipt),
        "phone": PHONE,
        "name": NAME,
        "comment": COMMENT[:8],
        "member": session["member"]["id"],
        "photo": photo["id"],
        "address": ADDRESS,
    }


def log_text(run: Run) -> str:
    files = sorted(run.logs.rglob("*.log"))
    assert {"web.log", "worker.log"} <= {file.name for file in files}
    return "\n".join(file.read_text(errors="replace") for file in files)


@pytest.mark.parametrize("name", ["openid", "token", "phone", "name", "receipt", "address"])
def test_a_planted_secret_is_found(run: Run, name: str) -> None:
    planted = log_text(run) + f"\n2026-11-23 INFO something about {run.secrets[name]} here\n"
    assert name in leaks(planted, run.secrets)


def test_the_log_of_a_full_run_tells_nothing_of_any_person(run: Run) -> None:
    text = log_text(run)
    assert "GET /api/v1/campaigns 200" in text, "the run was logged"
    assert leaks(text, run.secrets) == set()
