"""Redis, which holds only what may be lost: rate limits, WeChat's access token, short locks."""

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import current_app

from server.core.lazily import Later

if TYPE_CHECKING:
    import redis
else:
    redis = Later("redis")

SOCKET_SECONDS = 0.5
REST_SECONDS = 5.0


class RedisSwitch:
    """A Redis client that is left alone for five seconds after it failed.

    Without the rest every request would wait for the time-out of a dead server.
    """

    def __init__(self, url: str, logger: Any) -> None:
        """Connect lazily to ``url``."""
        self._url = url
        self._logger = logger
        self._rests_until = 0.0
        self._away = False

    @cached_property
    def client(self) -> "redis.Redis":
        """The client; the worker seldom needs one."""
        return redis.Redis.from_url(
            self._url,
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
            health_check_interval=30,
        )

    @property
    def usable(self) -> bool:
        """Whether asking Redis makes sense now."""
        return time.monotonic() >= self._rests_until

    def failed(self, error: Exception) -> None:
        """Note a failure: say it once, and rest."""
        self._rests_until = time.monotonic() + REST_SECONDS
        if not self._away:
            self._away = True
            self._logger.error("redis is away (%s): limits per process", type(error).__name__)

    def worked(self) -> None:
        """Note a success after failures."""
        if self._away:
            self._away = False
            self._logger.warning("redis is back: limits are shared again")


def redis_switch() -> RedisSwitch:
    """Return this application's Redis."""
    switch: RedisSwitch = current_app.extensions["redis_switch"]
    return switch
