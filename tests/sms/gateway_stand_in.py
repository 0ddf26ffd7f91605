"""A small HTTP server that plays a gateway for text messages, so that the real driver is used."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass
class GatewayStandIn:
    """Takes messages on, each reference once; ``answers`` are given first, in their order."""

    url: str = ""
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    taken: dict[str, Json] = field(default_factory=dict)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    # After this many seconds, having taken the message on.
    delay: float = 0
    # Written as they are instead of an answer: connection after connection.
    raw: list[Iterable[bytes]] = field(default_factory=list)

    def bodies(self) -> list[Json]:
        return [json.loads(body) for _, _, body in self.seen]

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self.seen.append((path, headers, body))
        if self.answers:
            return self.answers.pop(0)
        message = json.loads(body)
        code = "duplicate" if message["reference"] in self.taken else "ok"
        self.taken.setdefault(message["reference"], message)
        time.sleep(self.delay)
        return 200, json.dumps({"code": code}).encode()


@contextmanager
def playing_gateway() -> Iterator[GatewayStandIn]:
    stand_in = GatewayStandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if stand_in.raw:
                self.close_connection = True
                stand_in.seen.append((self.path, dict(self.headers), body))
                with suppress(OSError):
                    for piece in stand_in.raw.pop(0):
                        self.connection.sendall(piece)
                return
            status, answer = stand_in.answer(self.path, dict(self.headers), body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", stand_in.url)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            # Who asked may have gone meanwhile.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}/v1/messages"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
