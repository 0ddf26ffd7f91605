"""Instances for tests and benchmarks: private servers, and the whole application on them.

    with throwaway_servers(folder) as (database_url, redis_url):
        env = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        with running_app(folder, env=env) as base_url:
            ...

Enter both in the main thread: on Linux the processes end with the thread that started them.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from server.supervisor.application import Application, application_environment, base_url
from server.supervisor.errors import StartError
from server.supervisor.family import Family
from server.supervisor.ports import claim
from server.supervisor.servers import start_servers
from server.supervisor.settings import PROJECT_FOLDER, Commands, Settings
from server.supervisor.sockets import remove_socket_folder
from server.supervisor.supervise import make_folder


@contextmanager
def throwaway_servers(directory: Path, *, durable: bool = False) -> Iterator[tuple[str, str]]:
    """Run a PostgreSQL and a Valkey of one's own; yield (database_url, redis_url).

    Their data lie in `directory`, which the caller removes. The database `ronghe` exists and is
    empty. `durable=True` keeps fsync on, as in production: for measurements, not for tests.
    Raises StartError when a server can't start.
    """
    logs = directory / "log"
    make_folder(logs)
    family = Family()
    try:
        servers = start_servers(family, directory, logs=logs, durable=durable)
        yield servers.database_url, servers.redis_url
    finally:
        family.stop()
        remove_socket_folder(directory)


@contextmanager
def running_app(
    directory: Path,
    port: int = 0,
    env: Mapping[str, str] | None = None,
    *,
    commands: Commands | None = None,
    demo: bool = False,
) -> Iterator[str]:
    """Migrate, run the web server and the worker, and yield the base URL, as http://127.0.0.1:1234.

    `env` is added to our environment and must name DATABASE_URL and REDIS_URL. Keys, media, logs
    (`log/web.log`, `log/worker.log`) and the secret lie in `directory`. `port=0` takes a free one.
    `demo=True` makes the demo city first. Raises StartError with the failing program's last words.
    """
    environment = {**os.environ, "VAR_DIR": str(directory), **(env or {})}
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not environment.get(name):
            message = f"running_app needs {name} in env, see throwaway_servers"
            raise StartError(message)
    settings = Settings(
        root=PROJECT_FOLDER,
        var=directory,
        environment=environment,
        commands=commands or Commands(),
    )
    make_folder(settings.logs)
    free_port = claim(settings.host, port)
    application = Application(
        settings,
        application_environment(
            settings,
            database_url=environment["DATABASE_URL"],
            redis_url=environment["REDIS_URL"],
            port=free_port,
        ),
        free_port,
    )
    family = Family()
    try:
        application.migrate(family)
        if demo:
            application.make_demo_city(family)
        application.start(family)
        yield base_url(settings.host, free_port)
    finally:
        family.stop()
