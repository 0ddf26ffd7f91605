"""Where the servers put their Unix sockets."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from server.supervisor.errors import StartError

# The kernel takes 108 bytes on Linux and 104 on macOS for a socket's path, its name included.
_LONGEST_FOLDER = 80
# PostgreSQL splits the list at commas, and URLs quote most other characters: keep to plain ones.
_PLAIN = re.compile(rb"[A-Za-z0-9/._-]+")


def socket_folder(var: Path, owner: int | None = None) -> Path:
    """Return a folder for sockets that only the user id `owner`, by default ours, can enter.

    It is `var`/run where that path is short and plain, else one in the temporary folder whose
    name is made from the path. Raises StartError when somebody else owns it.
    """
    owner = os.geteuid() if owner is None else owner
    folder = place_of_sockets(var)
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), owner}:
        message = f"{folder} belongs to somebody else: remove it"
        raise StartError(message)
    if status.st_uid != owner:
        os.chown(folder, owner, -1)
    folder.chmod(0o700)
    return folder


def remove_socket_folder(var: Path) -> None:
    """Remove the folder, if there is one, and the sockets that killed servers left in it."""
    folder = place_of_sockets(var)
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def place_of_sockets(var: Path) -> Path:
    """Return where the folder is, or will be."""
    folder = var / "run"
    path = os.fsencode(folder)
    if len(path) <= _LONGEST_FOLDER and _PLAIN.fullmatch(path):
        return folder
    digest = hashlib.sha256(path).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"ronghe-{os.geteuid()}-{digest}"
