"""The load: sends prepared requests over a few kept connections and counts the answers.

``send`` starts it as a process of its own, ``python -m tests.load.client PORT``, that reads the
requests from its standard input. Raw sockets and no parsing beyond status and length: it must take
little of the processors that the servers need.
"""

import json
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

HOST = "127.0.0.1"
CONNECTIONS = 32
LONGEST_SECONDS = 60.0
SILENCE_SECONDS = 10.0
CHUNK = 65536
LENGTH = struct.Struct("!I")
HEAD_END = b"\r\n\r\n"
CONTENT_LENGTH = b"content-length:"
TAKEN = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
STATUS = slice(len("HTTP/1.1 "), len("HTTP/1.1 201"))


class LoadError(Exception):
    """The load did not come to its end, or was refused; the message is one line."""


@dataclass(frozen=True)
class Load:
    """What came of one run."""

    sent: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return self.sent / self.seconds


def send(port: int, requests: Iterable[bytes]) -> Load:
    """Send the requests from another process. Raises LoadError unless each is taken (200, 201)."""
    framed = b"".join(LENGTH.pack(len(request)) + request for request in requests)
    process = subprocess.run(
        [sys.executable, "-m", "tests.load.client", str(port)],
        check=False,
        input=framed,
        capture_output=True,
        timeout=LONGEST_SECONDS * 2,
    )
    if process.returncode != 0:
        lines = process.stderr.decode(errors="replace").strip().splitlines()
        raise LoadError(lines[-1] if lines else "the load client failed")
    return Load(**json.loads(process.stdout))


@dataclass
class Connection:
    """A kept connection with one request under way."""

    wire: socket.socket
    received: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes) -> None:
        """Send a request; it is smaller than the socket's buffer."""
        self.received.clear()
        self.wire.sendall(request)

    def has_answer(self) -> bool:
        """Read what is there and tell whether the answer is whole; refuse all but 200 and 201."""
        chunk = self.wire.recv(CHUNK)
        if not chunk:
            message = "the server closed a connection"
            raise LoadError(message)
        self.received += chunk
        end = self.received.find(HEAD_END)
        if end < 0:
            return False
        if len(self.received) < end + len(HEAD_END) + _content_length(self.received[:end]):
            return False
        if int(self.received[STATUS]) not in TAKEN:
            text = self.received.decode(errors="replace")
            raise LoadError(" ".join(text.split()))
        return True


def _content_length(head: bytearray) -> int:
    lowered = head.lower()
    start = lowered.find(CONTENT_LENGTH)
    if start < 0:
        message = "an answer without Content-Length"
        raise LoadError(message)
    stop = lowered.find(b"\r\n", start)
    return int(lowered[start + len(CONTENT_LENGTH) : stop if stop >= 0 else None])


def _drive(port: int, requests: list[bytes]) -> Load:
    waiting = iter(requests)
    with selectors.EpollSelector() as selector:
        for _ in range(min(CONNECTIONS, len(requests))):
            wire = socket.create_connection((HOST, port), timeout=SILENCE_SECONDS)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(wire, selectors.EVENT_READ, Connection(wire))
        started = time.perf_counter()
        for key in list(selector.get_map().values()):
            key.data.send(next(waiting))
        while selector.get_map():
            ready = selector.select(SILENCE_SECONDS)
            if not ready or time.perf_counter() - started > LONGEST_SECONDS:
                message = f"{len(requests)} requests weren't answered in time"
                raise LoadError(message)
            for key, _ in ready:
                if key.data.has_answer():
                    _go_on(selector, key, waiting)
        return Load(len(requests), time.perf_counter() - started)


def _go_on(
    selector: selectors.BaseSelector, key: selectors.SelectorKey, waiting: Iterator[bytes]
) -> None:
    following = next(waiting, None)
    if following is None:
        selector.unregister(key.fileobj)
        key.data.wire.close()
    else:
        key.data.send(following)


def _read_requests(stream: bytes) -> list[bytes]:
    requests = []
    place = 0
    while place < len(stream):
        (size,) = LENGTH.unpack_from(stream, place)
        place += LENGTH.size
        requests.append(stream[place : place + size])
        place += size
    return requests


def main() -> int:
    """Send what stands on standard input; print the outcome as JSON."""
    try:
        load = _drive(int(sys.argv[1]), _read_requests(sys.stdin.buffer.read()))
    except (LoadError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    json.dump(asdict(load), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
