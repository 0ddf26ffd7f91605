"""A throw-away instance on which submissions are measured, durable as in production."""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from apiflask import APIFlask

from server.application import create_app
from server.core.config import from_environment
from server.supervisor.instance import running_app, throwaway_servers
from tests.load.floors import bare_route
from tests.load.processes import Servers, children


@dataclass(frozen=True)
class Instance:
    """Where the pieces are reached. ``app`` is this process's own, for preparing data."""

    app: APIFlask
    database_url: str
    port: int
    bare_port: int
    servers: Servers


@contextmanager
def throwaway_instance(folder: Path) -> Iterator[Instance]:
    """Start PostgreSQL, Valkey, the application, and the bare route beside it."""
    others = children()
    with ExitStack() as stack:
        database_url, redis_url = stack.enter_context(throwaway_servers(folder, durable=True))
        environment = {
            "RONGHE_ENV": "development",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "KEY_RING_DIR": str(folder / "keys"),
            "MEDIA_DIR": str(folder / "media"),
            "PUBLIC_URL": "http://127.0.0.1",
            "TRUSTED_PROXIES": "127.0.0.1/32",
            "RATE_LIMITS": "on",
            "WECHAT_APPID": "",
        }
        address = stack.enter_context(running_app(folder, env=environment))
        # Looked up before the bare route's granian joins: it must not count.
        servers = Servers.of_this_process(others)
        bare_port = stack.enter_context(bare_route(folder / "bare", environment))
        port = urlsplit(address).port
        assert port is not None
        app = create_app(from_environment({**environment, "VAR_DIR": str(folder)}))
        yield Instance(app, database_url, port, bare_port, servers)


def describe_machine() -> str:
    """Return what the figures depend on most: processors and what else they do."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} processors, load {load}"
