"""Letters' files: on disk, sealed, outside the database and its backups, and not for long."""

import contextlib
import os
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from flask import current_app

from server.core.crypto import seal, unseal
from server.core.errors import Refusal
from server.core.keyring import standing_key

KEY_NAME = "letters"


def _folder() -> Path:
    folder: Path = current_app.config["CONFIGURATION"].media_dir / "letters"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _purpose(run_id: UUID, name: str) -> str:
    return f"letters:{run_id}:{name}"


def keep(run_id: UUID, name: str, data: bytes) -> None:
    """Seal a file of a run; it appears whole or not at all, and replaces an earlier one."""
    target = _folder() / f"{run_id}.{name}"
    draft = target.with_suffix(f".{uuid4().hex}.draft")
    sealed = seal(standing_key(KEY_NAME), data, _purpose(run_id, name))
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def read(run_id: UUID, name: str) -> bytes:
    """Return a file of a run; refuse where it is gone."""
    try:
        sealed = (_folder() / f"{run_id}.{name}").read_bytes()
    except FileNotFoundError as error:
        raise Refusal("letters_gone", 409) from error
    return unseal(standing_key(KEY_NAME), sealed, _purpose(run_id, name))


def forget(run_id: UUID) -> None:
    """Remove a run's files."""
    for path in _folder().glob(f"{run_id}.*"):
        path.unlink(missing_ok=True)


def forget_older(life: timedelta) -> None:
    """Remove every file that is older than ``life``, drafts that a crash left included."""
    for path in _folder().iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > life.total_seconds():
                path.unlink()
