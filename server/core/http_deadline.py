"""One deadline for a whole HTTP exchange: no time-out of a single read bounds an answer that drips.

When the time is over, the connection is shut down under whoever reads from it, which then fails
like any broken connection.
"""

import contextlib
import socket
from collections.abc import Iterator
from contextvars import ContextVar
from threading import Lock, Timer

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import BaseHTTPResponse


class _Watch:
    def __init__(self) -> None:
        self._lock = Lock()
        self._over = False
        self._socket: socket.socket | None = None

    def follow(self, connection: socket.socket | None) -> None:
        with self._lock:
            if self._over:
                raise TimeoutError
            self._socket = connection

    def end(self) -> None:
        with self._lock:
            self._over = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    # Beneath TLS, which would wait for the other end to say farewell.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def let_go(self) -> None:
        with self._lock:
            self._socket = None


_watch: ContextVar[_Watch | None] = ContextVar("watch", default=None)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let what is asked inside, by a session that ``DeadlineAdapter`` serves, end in time."""
    watch = _Watch()
    timer = Timer(seconds, watch.end)
    timer.daemon = True
    token = _watch.set(watch)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        watch.let_go()
        _watch.reset(token)


class _Plain(HTTPConnection):
    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override] # as urllib3's own
        if (watch := _watch.get()) is not None:
            watch.follow(self.sock)
        return super().getresponse()


class _Secure(HTTPSConnection):
    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override] # as urllib3's own
        if (watch := _watch.get()) is not None:
            watch.follow(self.sock)
        return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class DeadlineAdapter(HTTPAdapter):
    """Makes connections that a deadline can end."""

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs)  # type: ignore[arg-type] # passed on as it came
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
