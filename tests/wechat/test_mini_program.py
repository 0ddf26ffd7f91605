"""What is asked of WeChat, field by field, and what its answers turn into."""

import io
import logging
import time
import traceback
from collections.abc import Callable

import pytest
from PIL import Image

from server.core.errors import Refusal
from server.wechat.platform import (
    MediaVerdict,
    Platform,
    PlatformAway,
    PlatformRefused,
    PlatformUnsure,
    Session,
)
from tests.wechat.stand_in import WeChatStandIn, jpeg

SESSION = "/sns/jscode2session"
CHECK = "/wxa/msg_sec_check"
QR = "/wxa/getwxacodeunlimit"
RISK = "/wxa/getuserriskrank"


def test_a_code_becomes_an_openid_and_the_session_key_ends_there(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    session = platform.code2session("code-1")
    assert session == Session("o-anna", None)
    assert "never to be seen" not in repr(session)
    assert wechat.queries(SESSION) == [
        {
            "appid": "wx1",
            "secret": "the-secret",
            "js_code": "code-1",
            "grant_type": "authorization_code",
        }
    ]


def test_signing_in_needs_no_access_token(platform: Platform, wechat: WeChatStandIn) -> None:
    platform.code2session("code-1")
    assert wechat.bodies("/cgi-bin/stable_token") == []


def test_a_unionid_is_kept(platform: Platform, wechat: WeChatStandIn) -> None:
    wechat.answers[SESSION] = {"openid": "o-1", "unionid": "u-1", "session_key": "s"}
    assert platform.code2session("code-1") == Session("o-1", "u-1")


@pytest.mark.parametrize("errcode", [40029, 40163, 40226])
def test_a_bad_code_is_refused_by_name(
    platform: Platform, wechat: WeChatStandIn, errcode: int
) -> None:
    wechat.answers[SESSION] = {"errcode": errcode, "errmsg": "invalid code"}
    with pytest.raises(Refusal) as caught:
        platform.code2session("code-1")
    assert (caught.value.code, caught.value.status) == ("wechat_code_refused", 401)
    assert caught.value.field == "code"


def test_a_phone_number_is_read(platform: Platform, wechat: WeChatStandIn) -> None:
    assert platform.phone_number("phone-code") == "10012345678"
    assert wechat.bodies("/wxa/business/getuserphonenumber") == [{"code": "phone-code"}]


def test_a_risk_rank_is_asked_for_by_openid_and_address(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    assert platform.risk_rank("o-anna", "203.0.113.7") == 2
    assert wechat.bodies(RISK) == [
        {"appid": "wx1", "openid": "o-anna", "scene": 0, "client_ip": "203.0.113.7"}
    ]


@pytest.mark.parametrize("rank", [5, -1, "3", None, 2.5, True])
def test_a_risk_rank_that_is_none_is_no_answer(
    platform: Platform, wechat: WeChatStandIn, rank: object
) -> None:
    wechat.answers[RISK] = {"errcode": 0, "risk_rank": rank}
    with pytest.raises(PlatformAway):
        platform.risk_rank("o-anna", "203.0.113.7")


def test_a_refused_risk_rank_concerns_that_person_alone(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    wechat.answers[RISK] = {"errcode": 61010, "errmsg": "user access record timeout"}
    with pytest.raises(PlatformRefused):
        platform.risk_rank("o-anna", "203.0.113.7")
    del wechat.answers[RISK]
    assert platform.risk_rank("o-bo", "203.0.113.7") == 2


@pytest.mark.parametrize("answer", [{"errcode": 48001}, {"errcode": -1}, (500, "text/plain", b"")])
def test_where_wechat_gives_no_risk_rank_sign_ins_do_not_wait_for_it_again_at_once(
    platform: Platform, wechat: WeChatStandIn, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    wechat.answers[RISK] = answer
    for _ in range(3):
        with pytest.raises(PlatformAway):
            platform.risk_rank("o-anna", "203.0.113.7")
    assert len(wechat.bodies(RISK)) == 1
    del wechat.answers[RISK]
    later = time.monotonic() + 301
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert platform.risk_rank("o-anna", "203.0.113.7") == 2


def test_a_slow_risk_rank_is_not_waited_for(platform: Platform, wechat: WeChatStandIn) -> None:
    wechat.delays[RISK] = 4.0
    started = time.perf_counter()
    with pytest.raises(PlatformAway):
        platform.risk_rank("o-anna", "203.0.113.7")
    assert time.perf_counter() - started < 4.0


def test_a_text_is_checked_with_version_2(platform: Platform, wechat: WeChatStandIn) -> None:
    assert platform.check_text("o-anna", "很好").passed
    assert wechat.bodies(CHECK) == [
        {"version": 2, "openid": "o-anna", "scene": 2, "content": "很好"}
    ]


@pytest.mark.parametrize("suggest", ["risky", "review"])
def test_a_text_that_wechat_does_not_pass_waits(
    platform: Platform, wechat: WeChatStandIn, suggest: str
) -> None:
    wechat.answers[CHECK] = {"errcode": 0, "result": {"suggest": suggest, "label": "20003"}}
    verdict = platform.check_text("o-anna", "……")
    assert (verdict.passed, verdict.label) == (False, 20003)


def test_a_picture_is_handed_over_by_its_address(platform: Platform, wechat: WeChatStandIn) -> None:
    assert platform.check_media("o-anna", "https://ronghe.test/media/x") == "trace-1"
    assert wechat.bodies("/wxa/media_check_async") == [
        {
            "version": 2,
            "openid": "o-anna",
            "scene": 2,
            "media_type": 2,
            "media_url": "https://ronghe.test/media/x",
        }
    ]
    assert platform.media_verdicts() == []


def test_a_qr_code_comes_as_png(platform: Platform, wechat: WeChatStandIn) -> None:
    wechat.answers[QR] = (200, "image/jpeg", jpeg())
    with Image.open(io.BytesIO(platform.qr_code("d12", "pages/rate/index"))) as image:
        assert image.format == "PNG"
    assert wechat.bodies(QR) == [
        {
            "scene": "d12",
            "page": "pages/rate/index",
            "check_path": False,
            "env_version": "release",
        }
    ]


@pytest.mark.parametrize("scene", ["", "x" * 33, "50%", "部门", "a b"])
def test_a_scene_that_wechat_cannot_carry_is_an_error_of_ours(
    platform: Platform, scene: str
) -> None:
    with pytest.raises(ValueError, match="scene"):
        platform.qr_code(scene, "pages/rate/index")


@pytest.mark.parametrize("answer", [{"errcode": 0}, (200, "image/jpeg", b"no picture")])
def test_a_qr_code_that_is_no_picture_is_no_answer(
    platform: Platform, wechat: WeChatStandIn, answer: object
) -> None:
    wechat.answers[QR] = answer
    with pytest.raises(PlatformAway):
        platform.qr_code("d12", "pages/rate/index")


def test_a_message_gives_each_key_its_value(platform: Platform, wechat: WeChatStandIn) -> None:
    platform.send_message("o-anna", "template", "pages/mine/index", {"thing1": "已收到"})
    assert wechat.bodies("/cgi-bin/message/subscribe/send") == [
        {
            "touser": "o-anna",
            "template_id": "template",
            "page": "pages/mine/index",
            "data": {"thing1": {"value": "已收到"}},
        }
    ]


def test_a_used_up_consent_is_a_refusal_with_wechats_number(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    wechat.answers["/cgi-bin/message/subscribe/send"] = {"errcode": 43101, "errmsg": "refuse"}
    with pytest.raises(PlatformRefused) as caught:
        platform.send_message("o-anna", "template", "", {})
    assert caught.value.errcode == 43101
    assert "43101" in caught.value.message


def test_an_openid_not_seen_for_two_hours_is_a_refusal(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    wechat.answers[CHECK] = {"errcode": 61010, "errmsg": "code is expired"}
    with pytest.raises(PlatformRefused):
        platform.check_text("o-anna", "很好")


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": -1, "errmsg": "system error"},
        {"errcode": 45009, "errmsg": "reach max api daily quota limit"},
        {"errcode": 45011, "errmsg": "api minute-quota reach limit"},
        (500, "text/plain", b""),
        (502, "text/html", b"<html>bad gateway</html>"),
        (429, "text/plain", b""),
        (200, "text/html", b"<html>welcome</html>"),
        (200, "application/json", b"[1]"),
        {"errcode": "strange"},
        {"errcode": 0},
        {"errcode": 0, "result": {"label": 100}},
        {"errcode": 0, "result": {"suggest": [], "label": 100}},
    ],
)
def test_busy_broken_and_senseless_answers_are_no_answer(
    platform: Platform, wechat: WeChatStandIn, answer: object
) -> None:
    wechat.answers[CHECK] = answer
    with pytest.raises(PlatformAway) as caught:
        platform.check_text("o-anna", "很好")
    assert (caught.value.code, caught.value.status) == ("wechat_away", 503)
    assert caught.value.headers == {"Retry-After": "10"}


def test_another_http_error_is_a_refusal(platform: Platform, wechat: WeChatStandIn) -> None:
    wechat.answers[CHECK] = (403, "text/plain", b"")
    with pytest.raises(PlatformRefused):
        platform.check_text("o-anna", "很好")


def test_a_wechat_that_does_not_answer_in_time_is_away(
    platform: Platform, wechat: WeChatStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform._client, "timeout", 0.2)  # type: ignore[attr-defined]
    wechat.delays[SESSION] = 0.6
    with pytest.raises(PlatformAway):
        platform.code2session("code-1")


SEND = "/cgi-bin/message/subscribe/send"


def send(platform: Platform) -> None:
    platform.send_message("o-anna", "T1", "pages/me/index", {"thing1": "很好"})


@pytest.mark.parametrize(
    "answer",
    [
        (502, "text/html", b"<html>bad gateway</html>"),
        (200, "text/html", b"<html>welcome</html>"),
        (200, "application/json", b"[1]"),
    ],
)
def test_a_message_that_a_gateway_may_have_passed_on_is_in_doubt(
    platform: Platform, wechat: WeChatStandIn, answer: object
) -> None:
    wechat.answers[SEND] = answer
    with pytest.raises(PlatformUnsure):
        send(platform)


def test_a_message_whose_answer_comes_too_late_is_in_doubt(
    platform: Platform, wechat: WeChatStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert platform._client.access_token  # type: ignore[attr-defined]
    monkeypatch.setattr(platform._client, "timeout", 0.2)  # type: ignore[attr-defined]
    wechat.delays[SEND] = 0.6
    with pytest.raises(PlatformUnsure):
        send(platform)


@pytest.mark.parametrize("answer", [{"errcode": -1}, {"errcode": 48001}, (429, "text/plain", b"")])
def test_a_message_that_wechat_did_not_take_is_in_no_doubt(
    platform: Platform, wechat: WeChatStandIn, answer: object
) -> None:
    wechat.answers[SEND] = answer
    with pytest.raises(PlatformAway) as caught:
        send(platform)
    assert not isinstance(caught.value, PlatformUnsure)


def test_a_message_without_a_connection_is_in_no_doubt(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    client = platform._client  # type: ignore[attr-defined]
    assert client.access_token
    # The discard port: nobody listens there.
    client._root = "http://127.0.0.1:9/"
    with pytest.raises(PlatformAway) as caught:
        send(platform)
    assert not isinstance(caught.value, PlatformUnsure)


def test_every_call_has_a_time_out(platform: Platform) -> None:
    assert platform._client.timeout == (2.0, 5.0)  # type: ignore[attr-defined]


def test_a_wechat_that_nobody_reaches_is_away(
    another_process: Callable[[str], Platform], empty_redis: str, wechat: WeChatStandIn
) -> None:
    wechat.base = "http://127.0.0.1:1/"
    with pytest.raises(PlatformAway):
        another_process(empty_redis).code2session("code-1")


@pytest.mark.parametrize("answer", [{"errcode": -1}, {"errcode": 40029}, (500, "text/plain", b"")])
def test_neither_log_nor_exception_holds_code_secret_token_or_openid(
    platform: Platform, wechat: WeChatStandIn, caplog: pytest.LogCaptureFixture, answer: object
) -> None:
    caplog.set_level(logging.INFO)
    wechat.answers.update({SESSION: answer, CHECK: answer})
    code, openid, text = "code-of-anna", "o-anna", "写了什么"
    with pytest.raises(Refusal) as first:
        platform.code2session(code)
    with pytest.raises(Refusal) as second:
        platform.check_text(openid, text)
    told = caplog.text
    for caught in (first.value, second.value):
        # What a traceback would print, context included, and what hangs on the exception.
        told += "".join(traceback.format_exception(caught)) + repr(vars(caught))
        assert caught.__cause__ is None
    for secret in (code, openid, text, "the-secret", "token-1"):
        assert secret not in told


def test_a_media_verdict_is_a_plain_value() -> None:
    assert MediaVerdict("t", passed=True) == MediaVerdict("t", passed=True)
