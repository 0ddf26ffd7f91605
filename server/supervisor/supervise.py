"""Starts one instance, keeps it running, and stops it."""

import os
import time
from pathlib import Path

from server.supervisor.announce import announce
from server.supervisor.application import Application, application_environment
from server.supervisor.console import say
from server.supervisor.errors import StartError, StopRequestedError
from server.supervisor.family import Family
from server.supervisor.lock import FolderLock
from server.supervisor.ports import claim
from server.supervisor.servers import Servers, start_servers
from server.supervisor.settings import Settings
from server.supervisor.sockets import remove_socket_folder
from server.supervisor.stop_request import StopRequest

_POLL_SECONDS = 0.2
_KILLED_RUNS_PORT_SECONDS = 8.0


def supervise(settings: Settings) -> None:
    """Run an instance until somebody asks to stop. Raises StartError."""
    started = time.monotonic()
    # PostgreSQL, which never runs as root, must be able to enter what root makes here.
    make_folder(settings.var, mode=0o700 if os.geteuid() else 0o711)
    make_folder(settings.logs)
    with StopRequest() as stop, FolderLock(settings.var) as lock:
        patience = _KILLED_RUNS_PORT_SECONDS if lock.after_a_kill else 0.0
        port = claim(settings.host, settings.port, patience)
        family = Family(settings.backoff, [lock.children], stop_requested=stop.is_made)
        try:
            servers = start_servers(
                family,
                settings.var,
                logs=settings.logs,
                database_url=settings.database_url,
                redis_url=settings.redis_url,
            )
            _start_application(settings, family, servers, port)
            announce(settings, port, time.monotonic() - started)
            while not stop.is_made():
                family.watch()
                time.sleep(_POLL_SECONDS)
        except StopRequestedError:
            pass
        finally:
            family.stop()
            remove_socket_folder(settings.var)
    say("Stopped.")


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Make a folder that only we can look into, if there is none. Raises StartError."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot make {folder}: {error.strerror}"
        raise StartError(message) from error


def _start_application(settings: Settings, family: Family, servers: Servers, port: int) -> None:
    environment = application_environment(
        settings, database_url=servers.database_url, redis_url=servers.redis_url, port=port
    )
    application = Application(settings, environment, port)
    application.migrate(family)
    if settings.mode == "development" and _needs_demo_city(settings, servers):
        say("Making the demo city ...")
        application.make_demo_city(family)
    application.start(family)


def _needs_demo_city(settings: Settings, servers: Servers) -> bool:
    """Tell whether to run the demo command, which leaves a filled database as it is.

    A database of our own that has it needn't load the whole application to find that out.
    """
    accounts = settings.var / "demo-accounts.json"
    return bool(settings.database_url) or servers.database_is_new or not accounts.exists()
