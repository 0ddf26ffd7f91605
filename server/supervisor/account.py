"""The account PostgreSQL runs under when root starts the project: it refuses to run as root.

Such an account often can't enter the project's folder (/root and what mktemp makes are 0700).
Opening folders that are not ours would be wrong, and data that lies elsewhere would surprise. So
the process keeps one capability of root instead: to read and search whatever the modes say.
"""

import ctypes
import os
import pwd
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from server.supervisor.errors import StartError

_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAPABILITY_VERSION_3 = 0x20080522
# Loaded here because a child between fork and exec had better not load anything.
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Account:
    """A user to become. `capability` is the one of root that is kept, None for none."""

    name: str
    uid: int
    gid: int
    capability: int | None = None

    def become(self) -> None:
        """Change the calling process, a child between fork and exec, to this account."""
        if self.capability is not None:
            _checked(_LIBC.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.capability is not None:
            header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
            mask = 1 << self.capability
            # effective, permitted, inheritable; each set has a second word that stays empty
            sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
            _checked(_LIBC.capset(header, sets))
            _checked(_LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, self.capability, 0, 0))


def postgres_account(data: Path, program: Path) -> Account | None:
    """Return the account to run PostgreSQL under, None for the one we are.

    Root becomes the owner of the data folder, before that exists the owner of the folder it will
    stand in, and `nobody` where that is root too. Raises StartError when PostgreSQL couldn't work
    there.
    """
    owner = _owner(data)
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            message = f"{data} belongs to user id {owner}: start as that user or as root"
            raise StartError(message)
        return None
    if owner == 0:
        message = f"{data} belongs to root, as whom PostgreSQL refuses to run: chown -R nobody it"
        raise StartError(message)
    entry = _entry(owner) or _entry(_owner(data.parent)) or pwd.getpwnam("nobody")
    blocked = _first_blocked((data, program), entry.pw_uid, entry.pw_gid)
    capability = None if blocked is None else _capability(blocked, entry.pw_name)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, capability)


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return None


def _entry(uid: int | None) -> pwd.struct_passwd | None:
    """Return the user's entry; PostgreSQL needs one, so a bare number won't do."""
    if not uid:
        return None
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _first_blocked(targets: Iterable[Path], uid: int, gid: int) -> Path | None:
    """Return a folder on the way to a target that the user can't enter."""
    for target in targets:
        for folder in reversed(target.resolve().parents):
            status = folder.stat()
            if status.st_uid == uid:
                needed = stat.S_IXUSR
            elif status.st_gid == gid:
                needed = stat.S_IXGRP
            else:
                needed = stat.S_IXOTH
            if not status.st_mode & needed:
                return folder
    return None


def _capability(blocked: Path, name: str) -> int:
    """Return the capability that opens the way, the weaker one where we have both."""
    held = _held_capabilities() if sys.platform == "linux" else 0
    for capability in (_DAC_READ_SEARCH, _DAC_OVERRIDE):
        if held >> capability & 1:
            return capability
    message = (
        f"PostgreSQL doesn't run as root, and user {name} can't enter {blocked}:"
        " start as an ordinary user, move the project, or set DATABASE_URL"
    )
    raise StartError(message)


def _held_capabilities() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
