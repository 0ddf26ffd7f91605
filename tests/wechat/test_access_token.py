"""The access token: one for all processes, refreshed by one of them, once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from server.wechat.client import MiniProgramClient
from server.wechat.platform import Platform, PlatformAway
from tests.wechat.conftest import AWAY
from tests.wechat.stand_in import WeChatStandIn

TOKEN = "/cgi-bin/stable_token"
CHECK = "/wxa/msg_sec_check"

Start = Callable[[str], Platform]


def test_two_processes_share_one_token(
    another_process: Start, empty_redis: str, wechat: WeChatStandIn
) -> None:
    another_process(empty_redis).check_text("o-anna", "很好")
    another_process(empty_redis).check_text("o-anna", "很好")
    assert len(wechat.bodies(TOKEN)) == 1
    assert [query["access_token"] for query in wechat.queries(CHECK)] == ["token-1", "token-1"]


def test_the_token_is_asked_for_without_forcing_a_new_one(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    platform.check_text("o-anna", "很好")
    assert wechat.bodies(TOKEN) == [
        {
            "grant_type": "client_credential",
            "appid": "wx1",
            "secret": "the-secret",
            "force_refresh": False,
        }
    ]


def test_the_token_leaves_redis_before_wechat_lets_it_expire(
    platform: Platform, empty_redis: str
) -> None:
    platform.check_text("o-anna", "很好")
    with redis.Redis.from_url(empty_redis) as client:
        assert 6000 < client.ttl("wechat:wx1:access_token") < 7200 - 120


def test_twenty_threads_of_two_processes_refresh_it_once(
    another_process: Start, empty_redis: str, wechat: WeChatStandIn
) -> None:
    wechat.delays[TOKEN] = 0.3
    processes = [another_process(empty_redis), another_process(empty_redis)]
    together = threading.Barrier(20)

    def check(number: int) -> bool:
        together.wait()
        return processes[number % 2].check_text("o-anna", "很好").passed

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(check, range(20)))
    assert len(wechat.bodies(TOKEN)) == 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_an_expired_token_is_replaced_once_and_the_call_repeated(
    platform: Platform, wechat: WeChatStandIn, errcode: int
) -> None:
    platform.check_text("o-anna", "很好")
    wechat.expire_token()
    assert platform.check_text("o-anna", "很好").passed
    assert len(wechat.bodies(TOKEN)) == 2
    used = [query["access_token"] for query in wechat.queries(CHECK)]
    assert used == ["token-1", "token-1", "token-2"]

    wechat.answers[CHECK] = {"errcode": errcode, "errmsg": "access_token expired"}
    with pytest.raises(PlatformAway):
        platform.check_text("o-anna", "很好")
    assert len(wechat.queries(CHECK)) == 5


def test_twenty_threads_replace_an_expired_token_once(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    platform.check_text("o-anna", "很好")
    wechat.expire_token()
    together = threading.Barrier(20)

    def check(_: int) -> bool:
        together.wait()
        return platform.check_text("o-anna", "很好").passed

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(check, range(20)))
    assert len(wechat.bodies(TOKEN)) == 2


def test_a_new_token_is_forced_only_when_wechat_repeats_the_refused_one(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    platform.check_text("o-anna", "很好")
    wechat.stubborn = True
    assert platform.check_text("o-anna", "很好").passed
    assert [body["force_refresh"] for body in wechat.bodies(TOKEN)] == [False, False, True]


def test_without_redis_each_process_asks_for_itself_and_goes_on(
    another_process: Start, wechat: WeChatStandIn
) -> None:
    first, second = another_process(AWAY), another_process(AWAY)
    for platform in (first, first, second):
        assert platform.check_text("o-anna", "很好").passed
    assert len(wechat.bodies(TOKEN)) == 2


def test_a_wrong_secret_is_told_to_the_operator_and_is_no_refusal_of_the_request(
    platform: Platform, wechat: WeChatStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    wechat.answers[TOKEN] = {"errcode": 40125, "errmsg": "invalid appsecret"}
    with pytest.raises(PlatformAway):
        platform.check_text("o-anna", "很好")
    assert "errcode 40125" in caplog.text
    assert "the-secret" not in caplog.text


@pytest.mark.parametrize("answer", [{}, {"access_token": "t"}, (200, "text/html", b"<html>")])
def test_an_answer_without_a_token_is_none(
    platform: Platform, wechat: WeChatStandIn, answer: object
) -> None:
    wechat.answers[TOKEN] = answer
    with pytest.raises(PlatformAway):
        platform.check_text("o-anna", "很好")


def test_wechatpys_own_calls_use_the_shared_token_and_the_configured_address(
    platform: Platform, wechat: WeChatStandIn
) -> None:
    client: MiniProgramClient = platform._client  # type: ignore[attr-defined]
    client.wxa.send_subscribe_message("o-anna", "template", {"thing1": {"value": "已收到"}})
    assert wechat.queries("/cgi-bin/message/subscribe/send") == [{"access_token": "token-1"}]
    wechat.expire_token()
    assert client.fetch_access_token() == {"access_token": "token-2"}
