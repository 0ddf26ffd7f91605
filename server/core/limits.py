"""Rate limits: one table (config/limits.yaml), counted in Redis, or per process without it."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import redis
import yaml
from flask import Response, current_app, g
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage

from server.core.access import current_member_id
from server.core.errors import Refusal
from server.core.redis import RedisSwitch
from server.core.web import client_address, client_network

View = TypeVar("View", bound=Callable[..., Any])
KEY_BYTES = 12
# How often a limit was used, and in how many seconds its window ends.
Count = tuple[int, int]
# Counts under all of a request's keys at once, and tells when their windows end: a question for
# each would be a round trip for each.
COUNT = """
    local answer = {}
    for place, key in ipairs(KEYS) do
        local used = redis.call('INCRBY', key, ARGV[1])
        local seconds = redis.call('TTL', key)
        if seconds < 0 then
            seconds = tonumber(ARGV[place + 1])
            redis.call('EXPIRE', key, seconds)
        end
        answer[2 * place - 1] = used
        answer[2 * place] = seconds
    end
    return answer
"""


@dataclass(frozen=True)
class Window:
    """What a caller has left of one limit."""

    policy: str
    limit: int
    seconds: int
    remaining: int
    resets_in: int


class Limits:
    """Counts calls by kind of endpoint, in windows that begin with their first call."""

    def __init__(self, table: Path, switch: RedisSwitch, secret: str) -> None:
        """Read the table; use Redis, and memory behind it. ``secret`` keys the counters' names."""
        self._secret = secret.encode()[:64]
        raw: dict[str, dict[str, str]] = yaml.safe_load(table.read_text())
        self.table: dict[str, dict[str, RateLimitItem]] = {
            kind: {by: parse(text) for by, text in rules.items()} for kind, rules in raw.items()
        }
        self._switch = switch
        self._shared = switch.client.register_script(COUNT)
        self._own = MemoryStorage()

    @property
    def shared(self) -> bool:
        """Whether limits are counted in Redis at present."""
        return self._switch.usable

    def hit(self, kind: str, by: str, key: str) -> Window:
        """Count one call and return what is left; ``remaining`` is -1 once it is over the limit."""
        return self.hit_all(kind, {by: key})[0]

    def hit_all(self, kind: str, callers: Mapping[str, str]) -> list[Window]:
        """Count one call under several limits of its kind, with one question to Redis."""
        counts = self._count(kind, callers, 1)
        return [
            Window(
                policy=f"{kind}-{by.replace('_', '-')}",
                limit=item.amount,
                seconds=item.get_expiry(),
                remaining=max(-1, item.amount - used),
                resets_in=max(1, seconds),
            )
            for by, (used, seconds) in zip(callers, counts, strict=True)
            for item in [self.table[kind][by]]
        ]

    def give_back(self, kind: str, by: str, key: str) -> None:
        """Take one counted call back, where only failures are meant to count."""
        self._count(kind, {by: key}, -1)

    def _count(self, kind: str, callers: Mapping[str, str], amount: int) -> list[Count]:
        items = [self.table[kind][by] for by in callers]
        names = [
            item.key_for("limit", kind, by, self._name(key))
            for item, (by, key) in zip(items, callers.items(), strict=True)
        ]
        periods = [item.get_expiry() for item in items]
        if self._switch.usable:
            try:
                answer: list[int] = self._shared(names, [amount, *periods])
            except redis.RedisError as error:
                self._switch.failed(error)
            else:
                self._switch.worked()
                return list(zip(answer[::2], answer[1::2], strict=True))
        return [
            self._count_here(name, period, amount)
            for name, period in zip(names, periods, strict=True)
        ]

    def _count_here(self, name: str, period: int, amount: int) -> Count:
        used = self._own.incr(name, period, amount=amount)
        return used, math.ceil(self._own.get_expiry(name) - time.time())

    def _name(self, key: str) -> str:
        # A keyed hash: neither an address nor a member stands in Redis, nor can be tried out there.
        return blake2b(key.encode(), key=self._secret, digest_size=KEY_BYTES).hexdigest()


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
    callers = {}
    member = current_member_id() if "member" in rules else None
    if member is not None:
        callers["member"] = str(member)
    if "address" in rules:
        callers["address"] = client_network(client_address())
    if not callers:
        return
    windows = counter.hit_all(kind, callers)
    for window in windows:
        refuse_over(window)
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
