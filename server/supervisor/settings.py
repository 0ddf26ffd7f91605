"""What a supervisor is told: where, on which port, against which servers, which programs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.supervisor.backoff import Backoff
from server.supervisor.errors import StartError

PROJECT_FOLDER = Path(__file__).resolve().parents[2]
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The programs of the application, as arguments of the Python interpreter."""

    web_app: str = "server.wsgi:app"
    worker: tuple[str, ...] = ("-m", "server.worker")
    migrate: tuple[str, ...] = ("-m", "flask", "--app", "server.wsgi", "migrate")
    demo: tuple[str, ...] = ("-m", "flask", "--app", "server.wsgi", "demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One supervised instance.

    `root` is the folder the programs run in, `var` holds all they write. Without `database_url`
    or `redis_url` the supervisor starts a server of its own. `environment` is the whole environment
    of the application; what it names wins over the supervisor's defaults.
    """

    root: Path
    var: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str | None = None
    redis_url: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    commands: Commands = field(default_factory=Commands)
    backoff: Backoff = field(default_factory=Backoff)

    @property
    def mode(self) -> str:
        """development, testing or production."""
        return self.environment.get("RONGHE_ENV") or "development"

    @property
    def logs(self) -> Path:
        """The folder of the log files, one for each program."""
        return self.var / "log"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read HOST, PORT, VAR_DIR, DATABASE_URL and REDIS_URL; an empty one counts as missing."""
        source = os.environ if environment is None else environment
        given = {name: text for name, text in source.items() if text}
        return cls(
            root=PROJECT_FOLDER,
            var=Path(given.get("VAR_DIR", PROJECT_FOLDER / "var")).absolute(),
            host=given.get("HOST", "127.0.0.1"),
            port=_port(given.get("PORT", "8000")),
            database_url=given.get("DATABASE_URL"),
            redis_url=given.get("REDIS_URL"),
            environment=given,
        )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _HIGHEST_PORT):
        message = f"PORT is {text!r}: it must be a number from 0 (any free port) to {_HIGHEST_PORT}"
        raise StartError(message)
    return int(text)
