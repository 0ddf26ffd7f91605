"""WeChat's stand-in, and platforms that talk to it."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.core.config import Configuration, from_environment
from server.core.redis import RedisSwitch
from server.wechat.platform import Platform, platform_for
from server.wechat.sandbox import Sandbox
from tests.wechat.stand_in import WeChatStandIn, playing_wechat

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
AWAY = "redis://127.0.0.1:1/0"

Configure = Callable[..., Configuration]


@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatStandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with playing_wechat() as stand_in:
        yield stand_in


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """Make a configuration; keywords are environment variables."""

    def make(**more: str) -> Configuration:
        return from_environment(
            {
                "RONGHE_ENV": "testing",
                "VAR_DIR": str(tmp_path),
                "PUBLIC_URL": "http://ronghe.test",
                "WECHAT_TOKEN": "callback-token",
                **more,
            }
        )

    return make


@pytest.fixture
def open_switch() -> Iterator[Callable[[str], RedisSwitch]]:
    """Make RedisSwitches that are closed after the test."""
    opened = []

    def make(url: str) -> RedisSwitch:
        switch = RedisSwitch(url, logging.getLogger("test"))
        opened.append(switch)
        return switch

    yield make
    for switch in opened:
        switch.client.close()


@pytest.fixture
def empty_redis(redis_url: str, open_switch: Callable[[str], RedisSwitch]) -> str:
    open_switch(redis_url).client.flushdb()
    return redis_url


@pytest.fixture
def another_process(
    wechat: WeChatStandIn, configure: Configure, open_switch: Callable[[str], RedisSwitch]
) -> Callable[[str], Platform]:
    """Make a platform with a Redis client of its own, as each process has."""

    def make(url: str) -> Platform:
        configuration = configure(
            WECHAT_APPID="wx1", WECHAT_SECRET="the-secret", WECHAT_API_BASE=wechat.base
        )
        return platform_for(configuration, open_switch(url))

    return make


@pytest.fixture
def platform(another_process: Callable[[str], Platform], empty_redis: str) -> Platform:
    return another_process(empty_redis)


@pytest.fixture
def sandbox(configure: Configure, open_switch: Callable[[str], RedisSwitch]) -> Sandbox:
    made = platform_for(configure(), open_switch(AWAY))
    assert isinstance(made, Sandbox)
    return made
