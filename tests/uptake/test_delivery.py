"""Sending parcels: retries, an end, no private network, no redirect."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

import pytest
from sqlalchemy import select

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.ledger.signing import signer
from server.notifications.models import DeskNotice
from server.notifications.rules import DeskKind
from server.uptake import addresses, service, signing, tasks, webhook
from server.uptake.models import Parcel
from server.uptake.rules import MOST_ATTEMPTS, PAUSES
from tests.factories.city import City
from tests.factories.quarters import publish
from tests.factories.results import rated_campaign
from tests.uptake.test_parcels import parcel, recipient


class Body:
    """A recipient's system: what it was sent, and how it answers."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.path, dict(self.headers), data))
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", outer.address + "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def body() -> Iterator[Body]:
    found = Body()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def made(city: City, body: Body) -> tuple[Parcel, str]:
    rated_campaign(city)
    publish(city)
    to, secret = recipient(city, webhook=body.address + "/take?x=1")
    return parcel(city, to), secret


def deliver(at: datetime) -> None:
    with patch.object(clock, "now", lambda: at):
        tasks.deliver_parcels(0)


def test_a_parcel_arrives_signed_twice_over(body: Body, made: tuple[Parcel, str]) -> None:
    found, secret = made
    deliver(clock.now())
    deliver(clock.now() + timedelta(days=1))
    ((path, headers, data),) = body.requests
    assert headers[signing.SIGNATURE] == signing.request_signature(
        secret, "POST", path, headers[signing.TIMESTAMP], headers[signing.NONCE], data
    )
    assert signing.is_genuine(json.loads(data), str(signer().key))
    db.session.refresh(found)
    assert (found.delivery, found.attempts, found.last_error) == ("delivered", 1, "")


def test_what_is_not_taken_is_tried_again_later_and_in_the_end_the_office_is_told(
    city: City, body: Body, made: tuple[Parcel, str]
) -> None:
    found, _ = made
    body.status = 503
    at = clock.now()
    for pause in (*PAUSES, timedelta(days=1)):
        deliver(at)
        deliver(at + pause / 2)
        at += pause + timedelta(seconds=1)
    assert len(body.requests) == MOST_ATTEMPTS
    db.session.refresh(found)
    assert (found.delivery, found.last_error) == ("dead", "对方返回 HTTP 503。")
    told = db.session.scalars(
        select(DeskNotice.account_id).where(DeskNotice.kind == DeskKind.DELIVERY_DEAD.value)
    ).all()
    assert set(told) == {city.accounts[name].id for name in ("office1", "office2")}
    body.status = 200
    with transaction():
        service.send_again(found.id, actor=city.actors["office1"], now=at)
    deliver(at)
    db.session.refresh(found)
    assert (found.delivery, found.attempts) == ("delivered", 1)


def test_a_killed_workers_try_is_made_up_later(made: tuple[Parcel, str], body: Body) -> None:
    found, _ = made
    now = clock.now()
    with transaction():
        assert service.attempt_began(found.id, now=now) is not None
    # The worker is killed here, before the call.
    deliver(now)
    assert body.requests == []
    deliver(now + PAUSES[0] + timedelta(seconds=1))
    assert len(body.requests) == 1


def test_no_redirect_is_followed(body: Body, made: tuple[Parcel, str]) -> None:
    body.status = 302
    deliver(clock.now())
    assert [path for path, _, _ in body.requests] == ["/take?x=1"]
    db.session.refresh(made[0])
    assert made[0].last_error == "对方返回 HTTP 302。"


def test_in_production_a_connection_to_a_private_network_is_given_up(body: Body) -> None:
    fault = webhook.send(body.address, "s", {}, production=True, now=clock.now())
    assert fault == "地址属于内网，已停止推送。"
    assert body.requests == []


def test_a_name_that_leads_into_the_private_network_opens_nothing(body: Body) -> None:
    address = body.address.replace("127.0.0.1", "localhost")
    assert webhook.send(address, "s", {}, production=True, now=clock.now())
    assert body.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "http://example.cn/take",
        "https://127.0.0.1/take",
        "https://localhost/take",
        "https://10.1.2.3/take",
        "https://[::1]/take",
        "https://[fec0::1]/take",
        "https://[feff:ffff::1]/take",
        "https://[fd00::1]/take",
        "https://[fe80::1]/take",
        "https://[::10.0.0.1]/take",
        "https://[::ffff:10.0.0.1]/take",
        "https://[::ffff:0:10.0.0.1]/take",
        "https://[::ffff:169.254.169.254]/take",
        "https://[64:ff9b::a00:1]/take",
        "https://[64:ff9b::192.168.1.1]/take",
        "https://[64:ff9b:1::a00:1]/take",
        "https://[2002:a00:1::1]/take",
        "https://[2002:c0a8:101::1]/take",
        "https://[2002:7f00:1::1]/take",
        "https://169.254.169.254/latest",
        "https://2130706433/take",
        "https://intranet/take",
        "https://user:secret@example.cn/take",
        "https://example.cn/take#part",
        "https://example.cn\\@10.0.0.1/take",
        "https://例子.cn/take",
        "ftp://example.cn/take",
        "https://example.cn:70000/take",
        "example.cn",
    ],
)
def test_an_address_that_is_not_public_is_refused_in_production(address: str) -> None:
    assert addresses.fault_of(address, production=True)


@pytest.mark.parametrize("host", ["10.1.2.3", "[fec0::1]", "[2002:a00:1::1]"])
def test_the_refusal_of_a_private_address_says_what_to_do_instead(host: str) -> None:
    fault = addresses.fault_of(f"https://{host}/take", production=True)
    assert "请改填公网的 https 地址" in fault
    assert "签名文件" in fault


def test_a_public_ipv4_address_inside_of_an_ipv6_one_is_taken() -> None:
    for host in ("::ffff:223.5.5.5", "64:ff9b::223.5.5.5", "2002:df05:505::1"):
        assert addresses.fault_of(f"https://[{host}]/take", production=True) == ""


def test_a_public_address_is_taken() -> None:
    assert addresses.fault_of("https://jw.example.cn:8443/take?from=ronghe", production=True) == ""
    assert addresses.fault_of("http://127.0.0.1:9000/take", production=False) == ""
    assert addresses.is_public("223.5.5.5")
    assert addresses.is_public("2400:3200::1")
