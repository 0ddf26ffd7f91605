"""Rate limits: one table (config/limits.yaml), counted in Redis, or per process without it."""

import math
import time
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import redis
import yaml
from flask import Response, current_app, g
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage

from server.core.access import current_member_id
from server.core.errors import Refusal
from server.core.gathering import Gathering
from server.core.redis import RedisSwitch
from server.core.web import client_address, client_network

View = TypeVar("View", bound=Callable[..., Any])
KEY_BYTES = 12
# How often a limit was used, and in how many seconds its window ends.
Count = tuple[int, int]
# A counter's name, what to add to it, and the seconds that it lives from its first use.
Use = tuple[str, int, int]
# Counts under all keys at once, and tells when their windows end: a question for each would be a
# round trip for each. One text for an answer: redis-py takes long over each number by itself.
COUNT = """
    local answer = {}
    for place, key in ipairs(KEYS) do
        local used = redis.call('INCRBY', key, ARGV[2 * place - 1])
        local seconds = redis.call('TTL', key)
        if seconds < 0 then
            seconds = tonumber(ARGV[2 * place])
            redis.call('EXPIRE', key, seconds)
        end
        answer[2 * place - 1] = used
        answer[2 * place] = seconds
    end
    return table.concat(answer, ' ')
"""


class Window(NamedTuple):
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
        self._prefixes = {
            (kind, by): item.key_for("limit", kind, by)
            for kind, rules in self.table.items()
            for by, item in rules.items()
        }
        self._switch = switch
        self._shared = switch.client.register_script(COUNT)
        self._gathered = Gathering[list[Use], list[Count] | None](self._count_shared)
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
        uses = [
            (self._name(kind, by, key), amount, self.table[kind][by].get_expiry())
            for by, key in callers.items()
        ]
        # With those of other requests that arrive now, one trip for all of them.
        counts = self._gathered.ask(uses) if self._switch.usable else None
        return counts or [self._count_here(*use) for use in uses]

    def _count_shared(self, asked: list[list[Use]]) -> list[list[Count] | None]:
        """Count several requests' uses in Redis; None for each when it is away."""
        uses = [use for of_one in asked for use in of_one]
        parameters = [value for _, amount, period in uses for value in (amount, period)]
        try:
            answer: bytes = self._shared([name for name, _, _ in uses], parameters)
        except redis.RedisError as error:
            self._switch.failed(error)
            return [None] * len(asked)
        self._switch.worked()
        numbers = map(int, answer.split())
        counts = zip(numbers, numbers, strict=True)
        return [list(islice(counts, len(of_one))) for of_one in asked]

    def _count_here(self, name: str, amount: int, period: int) -> Count:
        used = self._own.incr(name, period, amount=amount)
        return used, math.ceil(self._own.get_expiry(name) - time.time())

    def _name(self, kind: str, by: str, key: str) -> str:
        # A keyed hash: neither an address nor a member stands in Redis, nor can be tried out there.
        digest = blake2b(key.encode(), key=self._secret, digest_size=KEY_BYTES).hexdigest()
        return f"{self._prefixes[kind, by]}/{digest}"


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


def guesses_counted(*unknown: str) -> Callable[[View], View]:
    """Count a route's refusals of these names as guesses: a code that exists is none.

    Past that limit a good code still leads on: with 60 bits it is not hit upon by luck.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except Refusal as refusal:
                if refusal.code in unknown:
                    enforce("guess")
                raise

        return counted  # type: ignore[return-value]

    return decorate


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
