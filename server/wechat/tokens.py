"""WeChat's access token: one for all processes, in Redis, refreshed by one of them at a time."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import redis
from redis.exceptions import LockError

from server.core.redis import RedisSwitch
from server.wechat.contract import PlatformAway

log = logging.getLogger("ronghe.wechat")

# WeChat gives out the next token five minutes before the old one ends; both work meanwhile.
MARGIN_SECONDS = 240
LEAST_SECONDS = 30
# Longer than a refresh with its time-outs, so that a holder that died blocks nobody for long.
LOCK_SECONDS = 20.0
WAIT_SECONDS = 10.0

# Asks WeChat for a token, forcing a new one or not; returns it with its life in seconds.
Fetch = Callable[[bool], tuple[str, int]]


class AccessTokens:
    """Keeps the token of one AppID.

    With Redis away each process asks for itself. ``stable_token`` answers them all with the same
    token, so that they do not push each other out.
    """

    def __init__(self, appid: str, switch: RedisSwitch, fetch: Fetch) -> None:
        """Share through ``switch``; ``fetch`` asks WeChat."""
        self._key = f"wechat:{appid}:access_token"
        self._switch = switch
        self._fetch = fetch
        self._own = ""
        self._one_at_a_time = threading.Lock()

    def current(self) -> str:
        """Return a token to use now."""
        return self._read() or self.replace("")

    def replace(self, refused: str) -> str:
        """Return a token other than ``refused``: a fresh one, unless somebody was faster."""
        with self._one_at_a_time, self._alone_among_processes():
            held = self._read()
            if held and held != refused:
                return held
            token, seconds = self._fetch(False)  # noqa: FBT003 see Fetch
            if token == refused:
                # WeChat hands out again what it has just refused. Forcing is limited to 20 a day.
                token, seconds = self._fetch(True)  # noqa: FBT003
            self._keep(token, max(seconds - MARGIN_SECONDS, LEAST_SECONDS))
            return token

    def _read(self) -> str:
        if self._switch.usable:
            try:
                found = self._switch.client.get(self._key)
            except redis.RedisError as error:
                self._switch.failed(error)
            else:
                self._switch.worked()
                return found.decode() if isinstance(found, bytes) else ""
        return self._own

    def _keep(self, token: str, seconds: int) -> None:
        self._own = token
        if not self._switch.usable:
            return
        try:
            self._switch.client.set(self._key, token, ex=seconds)
        except redis.RedisError as error:
            self._switch.failed(error)

    @contextmanager
    def _alone_among_processes(self) -> Iterator[None]:
        """Hold the shared lock, or go on without it where Redis is away."""
        lock = self._switch.client.lock(
            f"{self._key}:refresh", timeout=LOCK_SECONDS, blocking_timeout=WAIT_SECONDS, sleep=0.05
        )
        held = False
        if self._switch.usable:
            try:
                held = lock.acquire()
            except redis.RedisError as error:
                self._switch.failed(error)
            else:
                if not held:
                    log.error("another process holds the access token's refresh for too long")
                    raise PlatformAway
        try:
            yield
        finally:
            if held:
                with suppress(LockError, redis.RedisError):
                    lock.release()
