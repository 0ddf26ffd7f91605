"""The log's public files: in a folder, or fetched from where it is published. Standard library."""

import time
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from server.ledger.tiles import WIDTH, TileId, tile_path, width

PATIENCE_SECONDS = 30
ATTEMPTS = 8
LONGEST_WAIT_SECONDS = 70
NOT_FOUND = 404
TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503
LARGEST_FILE = 64 * 1024 * 1024


class FileUnavailableError(Exception):
    """A public file could not be read; the message is a Chinese sentence."""


class PublicFiles(Protocol):
    """Where files are read from, by their address below the log's."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes; raise FileUnavailableError."""


class FolderFiles:
    """Files in a folder, as ``--keep`` writes them."""

    def __init__(self, folder: Path) -> None:
        """Read below ``folder``."""
        self._folder = folder

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        try:
            return (self._folder / path).read_bytes()
        except OSError as error:
            message = f"文件夹里没有 {path}，请重新下载日志的公开文件。"
            raise FileUnavailableError(message) from error


class WebFiles:
    """Files fetched from a published log; ``keep`` is a folder that gets a copy of each."""

    def __init__(self, address: str, keep: Path | None = None) -> None:
        """Fetch below ``address``, which begins with http:// or https://."""
        self._address = address.rstrip("/")
        self._keep = keep

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        found = self._fetch(f"{self._address}/{path}")
        if self._keep:
            copy = self._keep / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(found)
        return found

    def _fetch(self, address: str) -> bytes:
        for _ in range(ATTEMPTS):
            try:
                # The address begins with http: read_source lets nothing else in.
                with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
                    body: bytes = answer.read(LARGEST_FILE)
                    return body
            except urllib.error.HTTPError as error:
                if error.code not in {TOO_MANY_REQUESTS, UNAVAILABLE}:
                    message = f"没有取到 {address}（{error.code}）。"
                    raise FileUnavailableError(message) from error
                time.sleep(_wait(error.headers.get("Retry-After")))
            except OSError as error:
                message = f"没有连接到 {address}，请检查网络和地址。"
                raise FileUnavailableError(message) from error
        message = f"{address} 一直繁忙，请稍后再试。"
        raise FileUnavailableError(message)


def read_source(source: str, keep: Path | None = None) -> PublicFiles:
    """Return the files of a folder or a web address."""
    if source.startswith(("http://", "https://")):
        return WebFiles(source, keep)
    return FolderFiles(Path(source))


def read_tiles(files: PublicFiles, size: int, ids: Collection[TileId]) -> Mapping[TileId, bytes]:
    """Return tiles as they are in a tree of ``size`` leaves."""
    return {
        one: files.read(tile_path(one.level, one.number, width(*one, size)))
        for one in ids
        if width(*one, size)
    }


def bundle_path(number: int, size: int) -> str:
    """Return the address of up to 256 entries."""
    return tile_path("entries", number, min(WIDTH, size - number * WIDTH))


def cut_bundle(bundle: bytes) -> list[bytes]:
    """Return a bundle's entries: each has its length in two bytes in front."""
    entries, place = [], 0
    while place < len(bundle):
        length = int.from_bytes(bundle[place : place + 2], "big")
        entries.append(bundle[place + 2 : place + 2 + length])
        place += 2 + length
    return entries


def bundle(entries: Collection[bytes]) -> bytes:
    """Return entries as one file."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


def _wait(retry_after: str | None) -> float:
    seconds = float(retry_after) if retry_after and retry_after.isdigit() else 1.0
    return min(seconds, LONGEST_WAIT_SECONDS)
