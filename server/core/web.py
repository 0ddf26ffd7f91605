"""The edge of HTTP: the client's address, security headers, body sizes, the access log."""

import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request
from werkzeug.routing import IntegerConverter, Map

from server.core.config import Network

Address = IPv4Address | IPv6Address
View = TypeVar("View", bound=Callable[..., Any])

access_log = logging.getLogger("ronghe.access")

LONGEST_LOGGED = 200
LARGEST_INTEGER = 2**31 - 1
MEGABYTE = 1024 * 1024
JSON_LIMIT = 256 * 1024

# Submissions, receipts, uploads and bearer links leave no line: a line's time would join a person's
# address with a rating, and a picture's address lets in whoever reads it.
UNLOGGED = re.compile(
    r"^/api/v1/campaigns/[^/]+/(evaluations|receipt|photos)|^/api/v1/(entries|invitations|effects)"
    r"|^/api/v1/log/proofs"
    r"|^/rate(/|$)|^/effect(/|$)|^/receipt|^/media/|^/(case-photos|pictures)/|^/healthz|^/readyz"
)

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self'; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
}
API_HEADERS = {**SECURITY_HEADERS, "Cache-Control": "no-store"}


def takes(largest: int) -> Callable[[View], View]:
    """Let a route take bodies of up to ``largest`` bytes, where the usual limit is too small."""

    def decorate(view: View) -> View:
        view.largest_body = largest  # type: ignore[attr-defined]
        return view

    return decorate


def client_address() -> str:
    """Return the caller's address; a proxy's header counts only from a configured proxy.

    X-Forwarded-For is read from the right: each configured proxy vouches for the one before it.
    """
    proxies: tuple[Network, ...] = current_app.config["CONFIGURATION"].trusted_proxies
    address = request.remote_addr or "0.0.0.0"  # noqa: S104 an unknown peer, not a bind
    if not proxies or not _is_proxy(_parsed(address), proxies):
        return address
    forwarded = request.headers.get("X-Forwarded-For", "")
    for part in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        parsed = _parsed(part)
        if parsed is None:
            return address
        address = part
        if not _is_proxy(parsed, proxies):
            break
    return address


# A request asks for its peer and its sender several times; no more are kept than are under way.
@lru_cache(maxsize=16)
def _parsed(address: str) -> Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    # A listener for both families writes IPv4 callers as ::ffff:192.0.2.1.
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def _is_proxy(address: Address | None, proxies: tuple[Network, ...]) -> bool:
    return address is not None and any(address in network for network in proxies)


def client_network(address: str) -> str:
    """Return what limits count by: the IPv4 address, or the /64 that one IPv6 user holds."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return address if parsed is None else str(parsed)


def _log(response: Response) -> None:
    if not UNLOGGED.match(request.path):
        milliseconds = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
        access_log.info(
            "%s %s %s %.0fms", request.method, _plain_path(), response.status_code, milliseconds
        )


def _plain_path() -> str:
    # Quoted again: a line break in a path would write a line of its own into the log.
    return quote(request.path, safe="/:@-._~")[:LONGEST_LOGGED]


class RowNumber(IntegerConverter):
    """A number in a path that PostgreSQL's integer can hold; a larger one is a 404."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        """Bound the number unless the route does."""
        kwargs.setdefault("max", LARGEST_INTEGER)
        super().__init__(url_map, *args, **kwargs)


def init_app(app: Flask) -> None:
    """Add headers, the body limit and the access log."""
    app.url_map.converters["int"] = RowNumber
    app.config["MAX_CONTENT_LENGTH"] = 6 * MEGABYTE
    app.config["MAX_FORM_MEMORY_SIZE"] = MEGABYTE

    @app.before_request
    def _begin() -> None:
        g.started = time.perf_counter()
        view = app.view_functions.get(request.endpoint or "")
        largest: int | None = getattr(view, "largest_body", None)
        if largest is not None:
            request.max_content_length = largest
        elif request.is_json:
            request.max_content_length = JSON_LIMIT

    @app.after_request
    def _finish(response: Response) -> Response:
        wanted = API_HEADERS if request.path.startswith("/api/") else SECURITY_HEADERS
        # Not setdefault for each: it searches the whole list twice.
        present = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 not a dict
        response.headers.extend(
            [(name, value) for name, value in wanted.items() if name.lower() not in present]
        )
        _log(response)
        return response
