"""The gateway's driver: what it sends, how it is signed, what each answer means."""

import gzip
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from server.core.config import ConfigurationError
from server.sms import gateway as driver
from server.sms.contract import TEXTS, Message, Sms, SmsAway, SmsFault, SmsRefused, SmsTemplate
from server.sms.platform import sms_for
from tests.sms.conftest import Configure
from tests.sms.gateway_stand_in import GatewayStandIn

LINK = "https://pingjia.example/rate/ABCD-1234-EFGH"
PARAMETERS = {"campaign": "第四季度评价", "until": "12月1日18时", "link": LINK, "phone": "12345"}


def message(number: str = "13800000001") -> Message:
    return Message(uuid4(), number, SmsTemplate.SAMPLE_INVITATION, PARAMETERS)


def test_a_message_goes_out_as_template_and_parameters(
    gateway: Sms, stand_in: GatewayStandIn
) -> None:
    sent = message()
    gateway.send(sent)
    assert stand_in.bodies() == [
        {
            "reference": str(sent.reference),
            "phone": "13800000001",
            "sign": "评价办",
            "template": "SMS_1",
            "parameters": PARAMETERS,
        }
    ]


def test_the_signature_covers_path_time_nonce_and_body(
    gateway: Sms, stand_in: GatewayStandIn
) -> None:
    gateway.send(message())
    ((path, headers, body),) = stand_in.seen
    signed = "\n".join(
        (
            path,
            headers["Ronghe-Timestamp"],
            headers["Ronghe-Nonce"],
            hashlib.sha256(body).hexdigest(),
        )
    )
    expected = hmac.new(b"between the two of us", signed.encode(), "sha256").hexdigest()
    assert headers["Ronghe-Signature"] == expected
    assert headers["Ronghe-Key"] == "ronghe"
    assert path == "/v1/messages"
    assert abs(int(headers["Ronghe-Timestamp"]) - time.time()) < 5


def test_no_two_requests_share_a_nonce(gateway: Sms, stand_in: GatewayStandIn) -> None:
    for _ in range(3):
        gateway.send(message())
    assert len({headers["Ronghe-Nonce"] for _, headers, _ in stand_in.seen}) == 3


def test_the_same_reference_again_is_a_message_that_went(
    gateway: Sms, stand_in: GatewayStandIn
) -> None:
    sent = message()
    gateway.send(sent)
    gateway.send(sent)
    assert len(stand_in.seen) == 2
    assert len(stand_in.taken) == 1


def test_an_answer_that_comes_too_late_is_none_and_the_retry_sends_no_second(
    gateway: Sms, stand_in: GatewayStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "ANSWER_SECONDS", 0.1)
    stand_in.delay = 0.5
    sent = message()
    with pytest.raises(SmsAway):
        gateway.send(sent)
    stand_in.delay = 0
    gateway.send(sent)
    assert list(stand_in.taken) == [str(sent.reference)]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "ok"),
        (503, ""),
        (429, "busy"),
        (408, ""),
        (401, "unauthorized"),
        (403, ""),
        (402, "balance"),
        (404, ""),
        (200, "busy"),
        (200, "quota"),
        (200, ""),
        (200, "whatever"),
        (302, "ok"),
        (400, "ok"),
        (422, "duplicate"),
    ],
)
def test_a_later_try_may_succeed_where_the_gateway_is_not_ready(
    gateway: Sms, stand_in: GatewayStandIn, status: int, code: str
) -> None:
    stand_in.answers.append((status, json.dumps({"code": code}).encode()))
    if (status, code) == (302, "ok"):
        # A signed message follows no redirect, whoever says so.
        stand_in.answers[0] = (302, b"{}")
    if (status, code) == (500, "ok"):
        stand_in.answers[0] = (500, b"<html>bad gateway</html>")
    with pytest.raises(SmsAway):
        gateway.send(message())
    assert len(stand_in.seen) == 1


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (400, "number_invalid", SmsFault.NUMBER),
        (200, "number_blocked", SmsFault.BLOCKED),
        (422, "template_unknown", SmsFault.TEMPLATE),
        (200, "sign_unknown", SmsFault.TEMPLATE),
        (400, "who_knows", SmsFault.OTHER),
    ],
)
def test_a_refusal_names_its_reason_in_our_words(
    gateway: Sms, stand_in: GatewayStandIn, status: int, code: str, fault: SmsFault
) -> None:
    stand_in.answers.append((status, json.dumps({"code": code}).encode()))
    with pytest.raises(SmsRefused) as refused:
        gateway.send(message())
    assert refused.value.fault is fault


@pytest.mark.parametrize("body", [b"", b"[]", b'{"code": 7}', b'{"code": "A B"}', b"\xff"])
def test_an_answer_that_nobody_understands_is_none(
    gateway: Sms, stand_in: GatewayStandIn, body: bytes
) -> None:
    stand_in.answers.append((200, body))
    with pytest.raises(SmsAway):
        gateway.send(message())


def test_a_number_that_is_none_is_not_asked_about(gateway: Sms, stand_in: GatewayStandIn) -> None:
    for number in ("", "12345", "057112345678", "1380000000", "１３８00000001"):
        with pytest.raises(SmsRefused) as refused:
            gateway.send(message(number))
        assert refused.value.fault is SmsFault.NUMBER
    assert stand_in.seen == []


def test_a_gateway_that_is_not_there_is_away(configure: Configure) -> None:
    sms = sms_for(
        configure(
            SMS_GATEWAY_URL="http://127.0.0.1:1/",
            SMS_KEY_ID="k",
            SMS_SECRET="s",
            SMS_SIGN="评价办",
            SMS_TEMPLATES='{"sample_invitation": "1", "sample_reminder": "2"}',
        )
    )
    with pytest.raises(SmsAway) as away:
        sms.send(message())
    assert away.value.__cause__ is None
    assert away.value.__context__ is None


def test_neither_log_nor_error_shows_number_or_link(
    gateway: Sms, stand_in: GatewayStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stand_in.answers += [(500, b"13800000001"), (400, b'{"code": "number_invalid"}'), (403, b"")]
    shown = []
    for _ in range(4):
        try:
            gateway.send(message())
        except (SmsAway, SmsRefused) as failure:
            shown.append(repr(failure) + str(failure) + str(failure.detail))
    text = caplog.text + "".join(shown) + repr(message())
    assert len(shown) == 3
    assert "13800000001" not in text
    assert "ABCD-1234-EFGH" not in text


def test_a_missing_template_stops_the_start(configure: Configure, stand_in: GatewayStandIn) -> None:
    more = {"SMS_GATEWAY_URL": stand_in.url, "SMS_KEY_ID": "k", "SMS_SECRET": "s", "SMS_SIGN": "x"}
    with pytest.raises(ConfigurationError, match="sample_reminder"):
        sms_for(configure(**more, SMS_TEMPLATES='{"sample_invitation": "1"}'))


def test_every_template_has_a_text_with_the_link() -> None:
    assert set(TEXTS) == set(SmsTemplate)
    assert all(LINK in text.format_map(PARAMETERS) for text in TEXTS.values())


def answer(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


TAKEN = b'{"code": "ok"}'


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"hello", "Content-Encoding: gzip"),
        answer(gzip.compress(TAKEN, mtime=0), "Content-Encoding: gzip"),
        answer(TAKEN, "Content-Encoding: br"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"code"',
        b"HTTP/1.1 OK\r\n\r\n",
        b"\x00\x01\x02",
        b"",
        answer(b"[" * 60_000),
        answer(b'{"code": ' + b"1" * 60_000 + b"}"),
        answer(b"\xff\xfe" + TAKEN),
        answer(b'{"code": "ok", "more": "' + b" " * driver.LARGEST_ANSWER + b'"}'),
    ],
)
def test_an_answer_that_cannot_be_read_is_silence(
    gateway: Sms, stand_in: GatewayStandIn, raw: bytes
) -> None:
    stand_in.raw.append([raw])
    with pytest.raises(SmsAway):
        gateway.send(message())
    assert len(stand_in.seen) == 1
    assert stand_in.seen[0][1]["Accept-Encoding"] == "identity"
    gateway.send(message())
    assert len(stand_in.taken) == 1


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"HTTP/1.1 2"]
)
def test_an_answer_that_drips_is_given_up_in_time(
    gateway: Sms, stand_in: GatewayStandIn, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(driver, "WHOLE_SECONDS", 0.3)

    def drip() -> Iterator[bytes]:
        yield head
        for _ in range(60):
            time.sleep(0.05)
            yield b"0"

    stand_in.raw.append(drip())
    began = time.monotonic()
    with pytest.raises(SmsAway):
        gateway.send(message())
    # The answer drips for three seconds.
    assert time.monotonic() - began < 2.5
    gateway.send(message())
    assert len(stand_in.taken) == 1
