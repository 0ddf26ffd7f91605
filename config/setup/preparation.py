"""The steps of the preparation, each done only when what it depends on has changed."""

import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from browser import prepare_browser
from clean import clean
from node_packages import build_preview, install_npm_packages, npm
from python_packages import prepare_python
from steps import PROJECT, VAR, SetupError


def main(arguments: list[str]) -> int:
    """Do what the first argument says; return the exit code."""
    verbs: dict[str, Callable[..., None]] = {
        "run": prepare_to_run,
        "test": prepare_to_test,
        "clean": clean,
        "npm": run_npm,
    }
    if not arguments or arguments[0] not in verbs:
        print(f"ronghe: say one of: {', '.join(verbs)}", file=sys.stderr)
        return 2
    try:
        verbs[arguments[0]](*arguments[1:])
    except SetupError as error:
        print(f"ronghe: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the next start goes on from here.", file=sys.stderr)
        return 130
    return 0


def prepare_to_run() -> None:
    """Install all that `make run` needs."""
    with _alone():
        _install_for_running()


def prepare_to_test() -> None:
    """Install all that `make run` and `make test` need."""
    with _alone():
        _install_for_running()
        install_npm_packages("tests")
        prepare_browser()


def run_npm(folder: str, *arguments: str) -> None:
    """Become npm in a folder of the project, on the right Node.js: npm FOLDER ARGUMENTS."""
    command, env = npm(*arguments)
    os.chdir(PROJECT / folder)
    os.execvpe(command[0], command, env)


def _install_for_running() -> None:
    prepare_python()
    install_npm_packages("server")
    install_npm_packages("miniprogram")
    build_preview()


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second preparation waiting while one is under way in this folder."""
    try:
        VAR.mkdir(mode=0o700 if os.geteuid() else 0o711, exist_ok=True)
        descriptor = os.open(VAR / "lock.setup", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"cannot write in {PROJECT}: {error.strerror}"
        raise SetupError(message) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up in this folder ...", flush=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
