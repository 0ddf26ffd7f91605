"""Rate limits: one table (config/limits.yaml), counted in Redis, or per process without it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import redis
import yaml
from flask import Response, current_app, g
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter

from server.core.access import current_member_id
from server.core.errors import Refusal
from server.core.redis import RedisSwitch
from server.core.web import client_address, client_network

View = TypeVar("View", bound=Callable[..., Any])
KEY_BYTES = 12


@dataclass(frozen=True)
class Window:
    """What a caller has left of one limit."""

    policy: str
    limit: int
    seconds: int
    remaining: int
    resets_in: int


class Limits:
    """Counts calls by kind of endpoint."""

    def __init__(self, table: Path, switch: RedisSwitch, redis_url: str, secret: str) -> None:
        """Read the table; use Redis, and memory behind it. ``secret`` keys the counters' names."""
        self._secret = secret.encode()[:64]
        raw: dict[str, dict[str, str]] = yaml.safe_load(table.read_text())
        self.table: dict[str, dict[str, RateLimitItem]] = {
            kind: {by: parse(text) for by, text in rules.items()} for kind, rules in raw.items()
        }
        self._switch = switch
        self._shared: RateLimiter = FixedWindowRateLimiter(
            RedisStorage(
                redis_url, connection_pool=switch.client.connection_pool, key_prefix="limit"
            )
        )
        self._own: RateLimiter = FixedWindowRateLimiter(MemoryStorage())

    @property
    def shared(self) -> bool:
        """Whether limits are counted in Redis at present."""
        return self._switch.usable

    def hit(self, kind: str, by: str, key: str) -> Window:
        """Count one call and return what is left; ``remaining`` is -1 once it is over the limit."""
        item = self.table[kind][by]
        allowed, reset, remaining = self._ask(item, kind, by, self._name(key))
        return Window(
            policy=f"{kind}-{by.replace('_', '-')}",
            limit=item.amount,
            seconds=item.get_expiry(),
            remaining=remaining if allowed else -1,
            resets_in=max(1, math.ceil(reset - time.time())),
        )

    def give_back(self, kind: str, by: str, key: str) -> None:
        """Take one counted call back, where only failures are meant to count."""
        item = self.table[kind][by]
        name = item.key_for(kind, by, self._name(key))
        if self._switch.usable:
            try:
                self._shared.storage.incr(name, item.get_expiry(), amount=-1)
            except redis.RedisError as error:
                self._switch.failed(error)
            else:
                return
        self._own.storage.incr(name, item.get_expiry(), amount=-1)

    def _name(self, key: str) -> str:
        # A keyed hash: neither an address nor a member stands in Redis, nor can be tried out there.
        return blake2b(key.encode(), key=self._secret, digest_size=KEY_BYTES).hexdigest()

    def _ask(self, item: RateLimitItem, *names: str) -> tuple[bool, float, int]:
        if self._switch.usable:
            try:
                answer = self._count(self._shared, item, names)
            except redis.RedisError as error:
                self._switch.failed(error)
            else:
                self._switch.worked()
                return answer
        return self._count(self._own, item, names)

    @staticmethod
    def _count(
        limiter: RateLimiter, item: RateLimitItem, names: tuple[str, ...]
    ) -> tuple[bool, float, int]:
        # One increment, whose answer tells all: hit() and get_window_stats() would ask three times.
        used = limiter.storage.incr(item.key_for(*names), item.get_expiry(), amount=1)
        now = time.time()
        if used <= item.amount:
            return True, now + item.get_expiry(), item.amount - used
        return False, limiter.get_window_stats(item, *names).reset_time, 0


def limits() -> Limits:
    """Return this application's limits."""
    found: Limits = current_app.extensions["limits"]
    return found


def refuse_over(window: Window) -> None:
    """Raise the 429 of a window that is used up."""
    if window.remaining < 0:
        g.limit_window = window
        raise Refusal(
            "too_many_requests",
            429,
            headers={"Retry-After": str(window.resets_in)},
            seconds=window.resets_in,
        )


def limited(kind: str) -> Callable[[View], View]:
    """Count a route's calls by address and, for signed-in members, by member."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            enforce(kind)
            return view(*args, **kwargs)

        counted.limit_kind = kind  # type: ignore[attr-defined]
        return counted  # type: ignore[return-value]

    return decorate


def enforce(kind: str) -> None:
    """Count this request under ``kind`` and refuse it when one of the limits is used up."""
    counter = limits()
    if not current_app.config["CONFIGURATION"].limits_enabled:
        return
    rules = counter.table[kind]
    windows = []
    member = current_member_id() if "member" in rules else None
    if member is not None:
        windows.append(counter.hit(kind, "member", str(member)))
    if "address" in rules:
        windows.append(counter.hit(kind, "address", client_network(client_address())))
    for window in windows:
        refuse_over(window)
    if windows:
        g.limit_window = min(windows, key=lambda window: window.remaining)


def add_headers(response: Response) -> Response:
    """Add RateLimit headers (IETF draft-ietf-httpapi-ratelimit-headers) to an answer."""
    window: Window | None = g.get("limit_window")
    if window is not None:
        response.headers["RateLimit-Policy"] = (
            f'"{window.policy}";q={window.limit};w={window.seconds}'
        )
        response.headers["RateLimit"] = (
            f'"{window.policy}";r={max(window.remaining, 0)};t={window.resets_in}'
        )
    return response
