"""Removes var/: the database, the keys, photos, logs, and the unpacked browser."""

import fcntl
import os
import shutil
from contextlib import suppress

from steps import VAR, SetupError


def clean() -> None:
    """Remove var/. Raises SetupError while the project or what a killed run left uses it."""
    for name in ("lock", "lock.children"):
        with suppress(FileNotFoundError):
            descriptor = os.open(VAR / name, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = f"the project is running in {VAR}: stop it first"
                raise SetupError(message) from error
            finally:
                os.close(descriptor)
    try:
        shutil.rmtree(VAR)
    except FileNotFoundError:
        return
    except OSError as error:
        message = f"cannot remove {error.filename}: {error.strerror}"
        raise SetupError(message) from error
    print(f"Removed {VAR}")
