"""Is the port free?

Granian binds with SO_REUSEPORT, so two instances would share one port without complaint and
answer in turns. That is why the port is tried without it before the web server starts.
"""

import errno
import socket
import time

from server.supervisor.errors import StartError

_POLL_SECONDS = 0.1


def claim(host: str, port: int, patience: float = 0.0) -> int:
    """Return `port` when it is free, or a free one when it is 0.

    `patience` is how many seconds a taken port may need to become free: the web processes of a
    run that was killed close it within a second or two. Raises StartError.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _bind(host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
                continue
            raise StartError(_reason(host, port, error)) from error


def _bind(host: str, port: int) -> int:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        # Without this a port that served connections a moment ago would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken by another program: choose another one, as in PORT=8001"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights: choose one above 1023, as in PORT=8000"
    return f"cannot listen on {host} port {port}: {error.strerror}"
