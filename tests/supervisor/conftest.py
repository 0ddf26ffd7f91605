"""Instances of the tiny project to start, stop and kill."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervisor.tiny_instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance in a folder whose path has a space, Chinese characters and a percent sign."""
    folder = tmp_path / "融合 评价 100%"
    folder.mkdir()
    made = Instance(folder)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which another program listens, as one that shares it with its own kind."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]
