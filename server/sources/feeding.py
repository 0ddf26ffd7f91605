"""Sends rows to PostgreSQL on a thread of its own, in the order given, while Python reads on."""

import os
import socket
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql

# Blocks that wait to be sent at most: some megabytes, while ratings are stored.
MOST_BLOCKS = 48
# What the system holds of them, as far as it allows: else PostgreSQL has nothing to do whenever the
# thread waits for the interpreter's lock.
SENT_BYTES = 2 << 20
# PostgreSQL's binary COPY: its signature; a row of -1 fields ends it.
BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"

Statement = sql.SQL | sql.Composed


class Feeder:
    """Feeds blocks of packed rows to binary COPYs on the connection of a transaction.

    The connection is the feeder's thread's until ``rest`` has returned; then it is the caller's,
    until the next block.
    """

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        """Begin with a connection that nobody else uses meanwhile."""
        self._connection = connection
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_BYTES)
        self._thread = ThreadPoolExecutor(1, "feeder")
        self._waiting: deque[Future[None]] = deque()
        self._statement: Statement | None = None
        self._copying = ExitStack()
        self._write: Callable[[bytes], None] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Leave the connection free: it is the transaction's."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._copying.__exit__(kind, error, at)

    def send(self, statement: Statement, block: bytes) -> None:
        """Send a block, soon; blocks of one statement that follow each other share a COPY."""
        while len(self._waiting) >= MOST_BLOCKS or (self._waiting and self._waiting[0].done()):
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._feed, statement, block))

    def rest(self) -> None:
        """Wait until everything is stored."""
        self._waiting.append(self._thread.submit(self._end))
        while self._waiting:
            self._waiting.popleft().result()

    def _feed(self, statement: Statement, block: bytes) -> None:
        if self._write is None or statement is not self._statement:
            self._end()
            cursor = self._copying.enter_context(self._connection.cursor())
            copy = self._copying.enter_context(cursor.copy(statement))
            self._write, self._statement = copy.write, statement
            self._write(BEGIN)
        self._write(block)

    def _end(self) -> None:
        if self._write is not None:
            self._write(END)
            self._write = None
            self._copying.close()
