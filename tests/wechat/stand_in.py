"""A small HTTP server that plays WeChat, so that wechatpy's real code path is used."""

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

Json = dict[str, Any]

UNSIGNED = {"/sns/jscode2session", "/cgi-bin/stable_token"}


def jpeg() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(target, "JPEG")
    return target.getvalue()


class WeChatStandIn:
    """Answers as WeChat does; ``answers`` overrides a path, ``seen`` keeps what was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Json, Json]] = []
        self.answers: dict[str, Any] = {}
        self.delays: dict[str, float] = {}
        self.token_number = 1
        self.lives = 7200
        self.stubborn = False
        self.base = ""
        self._lock = threading.Lock()

    @property
    def token(self) -> str:
        return f"token-{self.token_number}"

    def expire_token(self) -> None:
        """Let the current token be refused from now on, and the next one be given out."""
        self.token_number += 1

    def bodies(self, path: str) -> list[Json]:
        return [body for seen, _, body in self.seen if seen == path]

    def queries(self, path: str) -> list[Json]:
        return [query for seen, query, _ in self.seen if seen == path]

    def answer(self, path: str, query: Json, body: Json) -> tuple[int, str, bytes]:
        with self._lock:
            self.seen.append((path, query, body))
            if path == "/cgi-bin/stable_token" and body.get("force_refresh"):
                self.token_number += 1
                self.stubborn = False
        time.sleep(self.delays.get(path, 0))
        refused = self.stubborn or query.get("access_token") != self.token
        if path not in UNSIGNED and refused:
            return _json({"errcode": 40001, "errmsg": "invalid credential"})
        given = self.answers.get(path)
        if isinstance(given, tuple):
            return given
        return _json(given if given is not None else self._usual(path, body))

    def _usual(self, path: str, body: Json) -> Json:
        answers: dict[str, Json] = {
            "/cgi-bin/stable_token": {"access_token": self.token, "expires_in": self.lives},
            "/sns/jscode2session": {"openid": "o-anna", "session_key": "never to be seen"},
            "/wxa/business/getuserphonenumber": {
                "errcode": 0,
                "phone_info": {"phoneNumber": "10012345678", "countryCode": "86"},
            },
            "/wxa/msg_sec_check": {"errcode": 0, "result": {"suggest": "pass", "label": 100}},
            "/wxa/getuserriskrank": {"errcode": 0, "risk_rank": 2, "unoin_id": 123456},
            "/wxa/media_check_async": {"errcode": 0, "trace_id": "trace-1"},
            "/cgi-bin/message/subscribe/send": {"errcode": 0, "errmsg": "ok"},
        }
        return answers[path]


def _json(body: Json) -> tuple[int, str, bytes]:
    return 200, "application/json", json.dumps(body).encode()


@contextmanager
def playing_wechat() -> Iterator[WeChatStandIn]:
    """Run the stand-in on a free port of the loopback."""
    stand_in = WeChatStandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._respond()

        def do_POST(self) -> None:
            self._respond()

        def _respond(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, answer = stand_in.answer(
                parts.path, query, json.loads(data) if data else {}
            )
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """Say nothing of a client that did not wait for the answer."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        stand_in.base = f"http://127.0.0.1:{server.server_port}/"
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()
