"""The application's own programs: migration, demo city, worker and web server."""

import http.client
import os
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from server.supervisor.errors import StartError
from server.supervisor.family import Child, Family
from server.supervisor.migrations import MigrationNote
from server.supervisor.process import Program
from server.supervisor.settings import Settings

_WEB_WORKERS = 2
_THREADS_PER_WORKER = 16
_BACKLOG = 1024
_HEALTH_SECONDS = 2.0


def application_environment(
    settings: Settings, *, database_url: str, redis_url: str, port: int
) -> dict[str, str]:
    """Return the environment of all programs of the application.

    What `settings.environment` names stays. Only outside production are there defaults for what
    must be chosen in earnest: the secret key and the proxies to believe.
    """
    var = settings.var
    given = settings.environment
    defaults = {
        "RONGHE_ENV": settings.mode,
        "KEY_RING_DIR": str(var / "keys"),
        "MEDIA_DIR": str(var / "media"),
        "VAR_DIR": str(var),
        "PUBLIC_URL": base_url(settings.host, port),
    }
    if settings.mode != "production":
        defaults["TRUSTED_PROXIES"] = "127.0.0.1/32"
        if not given.get("SECRET_KEY"):
            defaults["SECRET_KEY"] = _kept_secret(var / "secret-key")
    path = [str(settings.root), given.get("PYTHONPATH", "")]
    return {
        **given,
        **{name: text for name, text in defaults.items() if not given.get(name)},
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "PYTHONUNBUFFERED": "1",
    }


def base_url(host: str, port: int) -> str:
    """Return the address to open in a browser on this machine."""
    everywhere = {"0.0.0.0", "::", ""}  # noqa: S104 - only compared with
    shown = "127.0.0.1" if host in everywhere else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


class Application:
    """The programs, all with the same environment, each with its log."""

    def __init__(self, settings: Settings, environment: Mapping[str, str], port: int) -> None:
        """`environment` is that of `application_environment`."""
        self._settings = settings
        self._environment = environment
        self._port = port

    def migrate(self, family: Family) -> None:
        """Bring the database to the newest migration unless it is there. Raises StartError."""
        note = MigrationNote(self._settings.root / "migrations", self._settings.var / "migrated")
        database_url = self._environment["DATABASE_URL"]
        if not note.holds_for(database_url):
            family.run_to_end(self._python("migration", self._settings.commands.migrate))
            note.write(database_url)

    def make_demo_city(self, family: Family) -> None:
        """Fill an empty database with the demo city; a filled one stays. Raises StartError."""
        family.run_to_end(self._python("demo city", self._settings.commands.demo))

    def start(self, family: Family) -> None:
        """Start worker and web server, and return when requests are answered."""
        # A killed worker loses nothing, its job is taken up again. Asked to stop by SIGTERM it
        # would wait half a minute for a database that is gone too.
        worker = Child(
            program=self._python(
                "worker", self._settings.commands.worker, orphan_signal=signal.SIGKILL
            )
        )
        web = Child(program=self._web(), is_ready=self._answers)
        family.start(worker)
        family.start(web)
        family.wait_until_ready(web)
        family.refuse_dead(worker)

    def _python(
        self, name: str, arguments: tuple[str, ...], orphan_signal: signal.Signals = signal.SIGTERM
    ) -> Program:
        return Program(
            name=name,
            argv=[sys.executable, *arguments],
            folder=self._settings.root,
            log=self._settings.logs / f"{name.replace(' ', '-')}.log",
            environment=self._environment,
            orphan_signal=orphan_signal,
        )

    def _web(self) -> Program:
        options = {
            "interface": "wsgi",
            "host": self._settings.host,
            "port": self._port,
            "workers": _WEB_WORKERS,
            "blocking-threads": _THREADS_PER_WORKER,
            "backlog": _BACKLOG,
            "respawn-interval": 1,
            "workers-kill-timeout": 5,
        }
        flags = ["--respawn-failed-workers", "--no-ws", "--no-access-log"]
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        return self._python(
            "web", ("-m", "granian", *arguments, *flags, self._settings.commands.web_app)
        )

    def _answers(self) -> bool:
        host = self._settings.host
        target = "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104
        connection = http.client.HTTPConnection(target, self._port, timeout=_HEALTH_SECONDS)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _kept_secret(path: Path) -> str:
    """Return the development secret of this folder, made on the first start."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        secret = secrets.token_urlsafe(48)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise StartError(message) from error
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secret + "\n")
    return secret
