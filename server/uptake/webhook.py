"""Sending a parcel to a recipient's address: signed, with one deadline, without redirects."""

import json
import logging
import secrets
import socket
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from server.core.http_deadline import DeadlineAdapter, within
from server.uptake.addresses import is_public
from server.uptake.signing import NONCE, SIGNATURE, TIMESTAMP, request_signature

log = logging.getLogger("ronghe.uptake")

CONNECT_SECONDS, ANSWER_SECONDS, WHOLE_SECONDS = 5.0, 15.0, 25.0
TAKEN = range(200, 300)
# So many layers of libraries wrap an error at most.
DEEPEST = 10


class NotPublicError(OSError):
    """The connection reached an address of a private network; nothing was sent over it."""


class PublicAdapter(DeadlineAdapter):
    """Makes connections that end at once where they reach a private network."""

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs)
        pools = self.poolmanager.pool_classes_by_scheme
        self.poolmanager.pool_classes_by_scheme = {
            scheme: _guarded(pool) for scheme, pool in pools.items()
        }


def _guarded(pool: Any) -> Any:
    class Connection(pool.ConnectionCls):  # type: ignore[misc] # a class that is known at run time
        def _new_conn(self) -> socket.socket:
            found: socket.socket = super()._new_conn()
            if not is_public(found.getpeername()[0]):
                found.close()
                raise NotPublicError
            return found

    class Pool(pool):  # type: ignore[misc] # as above
        ConnectionCls = Connection

    return Pool


def send(
    address: str, secret: str, content: Mapping[str, Any], *, production: bool, now: datetime
) -> str:
    """Send a parcel's file; return what went wrong, in Chinese, or nothing.

    A copy that arrives twice has the same parcel id: the recipient takes it over once.
    """
    body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    timestamp, nonce = str(int(now.timestamp())), secrets.token_urlsafe(18)
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        TIMESTAMP: timestamp,
        NONCE: nonce,
        SIGNATURE: request_signature(secret, "POST", path, timestamp, nonce, body),
    }
    try:
        with _session(production=production) as http, within(WHOLE_SECONDS):
            answer = http.post(
                address,
                data=body,
                headers=headers,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
                # Only the status counts: whatever else the answer holds is not read.
                stream=True,
            )
            status = answer.status_code
            answer.close()
    except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
        log.warning("a recipient did not answer: %s", type(error).__name__)
        return "地址属于内网，已停止推送。" if _is_private(error) else "对方没有应答。"
    return "" if status in TAKEN else f"对方返回 HTTP {status}。"


def _session(*, production: bool) -> requests.Session:
    http = requests.Session()
    # A proxy named in the environment would be reached in place of the recipient.
    http.trust_env = False
    adapter = PublicAdapter() if production else DeadlineAdapter()
    for scheme in ("https://", "http://"):
        http.mount(scheme, adapter)
    return http


def _is_private(error: BaseException | None) -> bool:
    """Tell whether an error was caused by a private address, however deep it is wrapped."""
    for _ in range(DEEPEST):
        if error is None or isinstance(error, NotPublicError):
            break
        reason = getattr(error, "reason", None) or next(iter(error.args), None)
        inner = reason if isinstance(reason, BaseException) else None
        error = inner or error.__cause__ or error.__context__
    return isinstance(error, NotPublicError)
