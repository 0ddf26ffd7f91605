"""Keys, kept outside PostgreSQL and its backups, so that destroying one means something.

A notice beside them is what must be remembered where whoever writes the database does not write.
"""

import contextlib
import os
import re
import secrets
import time
from pathlib import Path
from typing import Protocol

from flask import current_app

from server.core.crypto import KEY_BYTES, new_key

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
CACHE_SECONDS = 2.0


class KeyMissingError(Exception):
    """The ring has no such key: it was destroyed, or lost."""


class KeyRing(Protocol):
    """What a key store offers; a KMS driver implements the same calls."""

    def create(self, name: str) -> None:
        """Make a key unless it is there."""

    def get(self, name: str) -> bytes:
        """Return a key's 32 bytes; raise KeyMissingError."""

    def destroy(self, name: str) -> None:
        """Make a key unrecoverable; do nothing where it is gone already."""

    def keep_notice(self, name: str, text: str) -> None:
        """Keep a text that is no secret, in place of an earlier one."""

    def notice(self, name: str) -> str | None:
        """Return a text that was kept; None where there is none."""


class FileKeyRing:
    """A key ring in a folder, one file a key, readable by its owner alone.

    Keys are cached for two seconds, so that a destroyed or lost key is noticed
    by every process at once, and a submission costs no file access.
    """

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made with mode 0700."""
        self._folder = folder
        self._cache: dict[str, tuple[float, bytes]] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(name)
        return self._folder / f"{name}.key"

    def create(self, name: str) -> None:
        """Make a key; the file appears whole or not at all."""
        path = self._path(name)
        if path.exists():
            return
        draft = _draft(path, new_key())
        # A link fails where another process was first, and its key stands.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        self._sync_folder()

    def get(self, name: str) -> bytes:
        """Return the key, at most two seconds old."""
        moment = time.monotonic()
        cached = self._cache.get(name)
        if cached and moment - cached[0] < CACHE_SECONDS:
            return cached[1]
        self._cache.pop(name, None)
        try:
            key = self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise KeyMissingError(name) from error
        if len(key) != KEY_BYTES:
            raise KeyMissingError(name)
        self._cache[name] = (moment, key)
        return key

    def destroy(self, name: str) -> None:
        """Overwrite and remove the key's file."""
        self._cache.pop(name, None)
        path = self._path(name)
        try:
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return
        self._sync_folder()

    def keep_notice(self, name: str, text: str) -> None:
        """Put the notice's file in place of an earlier one, whole or not at all."""
        path = self._notice_path(name)
        _draft(path, text.encode()).replace(path)
        self._sync_folder()

    def notice(self, name: str) -> str | None:
        """Return the notice as it stands now."""
        try:
            return self._notice_path(name).read_text("utf-8")
        except FileNotFoundError:
            return None

    def _notice_path(self, name: str) -> Path:
        return self._path(name).with_suffix("")

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _draft(path: Path, content: bytes) -> Path:
    """Write a file beside the one that it is to become, safely on the disk."""
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    return draft


def key_ring() -> KeyRing:
    """Return this application's key ring."""
    ring: KeyRing = current_app.extensions["key_ring"]
    return ring


def standing_key(name: str) -> bytes:
    """Return a key that lives as long as the system, made on first use."""
    ring = key_ring()
    try:
        return ring.get(name)
    except KeyMissingError:
        ring.create(name)
        return ring.get(name)
