"""Callbacks: signed or refused; plain or encrypted; JSON or XML."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from server.core.config import Configuration, ConfigurationError
from server.core.errors import Refusal
from server.core.redis import RedisSwitch
from server.wechat.callback import CallbackReader
from server.wechat.platform import CallbackEvent, MediaVerdict, platform_for
from server.wechat.sandbox import Sandbox
from tests.wechat.conftest import AES_KEY, AWAY

Json = dict[str, Any]

TOKEN = "callback-token"
PASSED = {
    "ToUserName": "gh_1",
    "FromUserName": "o-platform",
    "CreateTime": 1790000000,
    "MsgType": "event",
    "Event": "wxa_media_check",
    "appid": "wx1",
    "trace_id": "trace-1",
    "version": 2,
    "result": {"suggest": "pass", "label": 100},
    "detail": [{"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100}],
}
XML = """<xml><ToUserName><![CDATA[gh_1]]></ToUserName><MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[wxa_media_check]]></Event><trace_id><![CDATA[trace-1]]></trace_id>
<result><suggest><![CDATA[pass]]></suggest><label>100</label></result></xml>"""


def signed(*more: str, token: str = TOKEN, **args: str) -> dict[str, str]:
    """Return a callback's query with its signature over token, time and nonce."""
    signer = WeChatSigner()
    signer.add_data(token, "1790000000", "nonce", *more)
    return {
        "timestamp": "1790000000",
        "nonce": "nonce",
        "msg_signature" if more else "signature": signer.signature,
        **args,
    }


@pytest.fixture
def reader(configure: Callable[..., Configuration]) -> CallbackReader:
    return CallbackReader(configure())


@pytest.fixture
def closed_reader(configure: Callable[..., Configuration]) -> CallbackReader:
    """A reader that takes encrypted bodies alone."""
    return CallbackReader(configure(WECHAT_APPID="wx1", WECHAT_SECRET="s", WECHAT_AES_KEY=AES_KEY))


def encrypted(
    message: str, *, appid: str = "wx1", key: str = AES_KEY
) -> tuple[dict[str, str], bytes]:
    """Return query and body as WeChat sends them in 安全模式."""
    xml = WeChatCrypto(TOKEN, key, appid).encrypt_message(message, "nonce", "1790000000")
    cipher = xml.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    args = {**signed(), **signed(cipher), "encrypt_type": "aes"}
    return args, json.dumps({"ToUserName": "gh_1", "Encrypt": cipher}).encode()


def refusal_of(reader: CallbackReader, args: dict[str, str], body: bytes) -> tuple[str, int]:
    with pytest.raises(Refusal) as caught:
        reader.read(args, body)
    return caught.value.code, caught.value.status


def test_the_proof_of_the_address_gets_its_word_back(reader: CallbackReader) -> None:
    assert reader.read(signed(echostr="12345"), b"") == CallbackEvent("12345", None)


@pytest.mark.parametrize("body", [json.dumps(PASSED), XML])
def test_a_passed_picture_is_told_in_json_and_in_xml(reader: CallbackReader, body: str) -> None:
    event = reader.read(signed(), body.encode())
    assert event == CallbackEvent("success", MediaVerdict("trace-1", passed=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"result": {"suggest": "risky", "label": 20002}},
        {"result": {"suggest": "review", "label": 20001}},
        {"result": None, "errcode": -1008, "errmsg": "download error"},
        {"errcode": -1008},
        {"result": {}},
        {"result": "pass"},
    ],
)
def test_any_other_verdict_has_not_passed(reader: CallbackReader, changes: Json) -> None:
    event = reader.read(signed(), json.dumps({**PASSED, **changes}).encode())
    assert event.verdict == MediaVerdict("trace-1", passed=False)


@pytest.mark.parametrize(
    "message", [{"MsgType": "text", "Content": "你好"}, {**PASSED, "trace_id": None}, {}]
)
def test_other_events_are_taken_in_and_left_alone(reader: CallbackReader, message: Json) -> None:
    assert reader.read(signed(), json.dumps(message).encode()) == CallbackEvent("success", None)


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"signature": "0" * 40, "timestamp": "1790000000", "nonce": "nonce"},
        {**signed(), "nonce": "another"},
        signed(token="guessed"),
    ],
)
def test_a_wrong_signature_is_refused(reader: CallbackReader, args: dict[str, str]) -> None:
    assert refusal_of(reader, args, json.dumps(PASSED).encode()) == ("wechat_signature_wrong", 403)
    assert refusal_of(reader, {**args, "echostr": "x"}, b"") == ("wechat_signature_wrong", 403)


def test_without_a_token_every_callback_is_refused(
    configure: Callable[..., Configuration],
) -> None:
    reader = CallbackReader(configure(WECHAT_TOKEN=""))
    assert refusal_of(reader, signed(token=""), b"{}") == ("wechat_signature_wrong", 403)


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[1, 2]",
        b"\xff\xfe",
        b"<xml><unclosed></xml>",
        b"<other/>",
        b"<xml/>",
        b"[" * 100_000,
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>',
    ],
)
def test_a_body_that_is_no_message_is_refused(reader: CallbackReader, body: bytes) -> None:
    assert refusal_of(reader, signed(), body) == ("http_400", 400)


@pytest.mark.parametrize("message", [json.dumps(PASSED), XML])
def test_an_encrypted_callback_is_read(closed_reader: CallbackReader, message: str) -> None:
    event = closed_reader.read(*encrypted(message))
    assert event.verdict == MediaVerdict("trace-1", passed=True)


def test_an_encrypted_body_in_xml_is_read(closed_reader: CallbackReader) -> None:
    args, body = encrypted(json.dumps(PASSED))
    cipher = json.loads(body)["Encrypt"]
    xml = f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()
    assert closed_reader.read(args, xml).verdict == MediaVerdict("trace-1", passed=True)


def test_with_an_aes_key_a_plain_body_is_refused(closed_reader: CallbackReader) -> None:
    body = json.dumps(PASSED).encode()
    assert refusal_of(closed_reader, signed(), body) == ("wechat_signature_wrong", 403)


def test_an_encrypted_body_whose_signature_is_of_another_is_refused(
    closed_reader: CallbackReader,
) -> None:
    args, _ = encrypted(json.dumps(PASSED))
    _, body = encrypted(json.dumps({**PASSED, "trace_id": "trace-2"}))
    assert refusal_of(closed_reader, args, body) == ("wechat_signature_wrong", 403)


def test_a_body_encrypted_for_another_program_is_refused(closed_reader: CallbackReader) -> None:
    args, body = encrypted(json.dumps(PASSED), appid="wx2")
    assert refusal_of(closed_reader, args, body) == ("wechat_signature_wrong", 403)


def test_a_signed_cipher_that_cannot_be_decrypted_is_refused(
    closed_reader: CallbackReader,
) -> None:
    args = {**signed(), **signed("bm90IGEgYmxvY2s=")}
    body = json.dumps({"Encrypt": "bm90IGEgYmxvY2s="}).encode()
    assert refusal_of(closed_reader, args, body) == ("http_400", 400)


def test_an_encrypted_callback_without_a_key_is_told_to_the_operator(
    reader: CallbackReader, caplog: pytest.LogCaptureFixture
) -> None:
    _, body = encrypted(json.dumps(PASSED))
    assert reader.read(signed(), body).verdict is None
    assert "WECHAT_AES_KEY" in caplog.text


@pytest.mark.parametrize("key", ["short", "!" * 43])
def test_an_aes_key_of_a_wrong_form_stops_the_start(
    configure: Callable[..., Configuration], key: str
) -> None:
    with pytest.raises(ConfigurationError, match="WECHAT_AES_KEY"):
        CallbackReader(configure(WECHAT_AES_KEY=key))


def test_both_platforms_read_callbacks(
    sandbox: Sandbox,
    configure: Callable[..., Configuration],
    open_switch: Callable[[str], RedisSwitch],
) -> None:
    real = platform_for(configure(WECHAT_APPID="wx1", WECHAT_SECRET="s"), open_switch(AWAY))
    for platform in (sandbox, real):
        event = platform.parse_callback(signed(), json.dumps(PASSED).encode())
        assert event.verdict == MediaVerdict("trace-1", passed=True)
